import * as nodeModule from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Modules have been loaded by then, and nothing was asked yet. */
const SETTLE_MS = 300;

/**
 * Once after start: writes the compile cache (a killed process would not), so that the next start
 * loads no type stripper (17 to 39 MiB), and collects what loading left behind (10 MiB or so).
 */
export function settle(): void {
  setTimeout(() => {
    // A program that embeds Cofferdam loads this module too, maybe on Node 20, which has none.
    nodeModule.flushCompileCache?.();
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    setFlagsFromString('--no-expose-gc');
    collect();
  }, SETTLE_MS).unref();
}
