import * as nodeModule from 'node:module';
import { collectGarbage } from './collect-garbage.ts';

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
    collectGarbage();
  }, SETTLE_MS).unref();
}
