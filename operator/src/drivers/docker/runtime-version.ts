import { execFile } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { promisify } from 'node:util';
import type { EngineRuntime } from './engine-facts.ts';

const VERSION = /^runsc version (\S{1,64})$/m;
const SAY_MS = 5_000;

/**
 * What `runsc --version` says: no container can see it from inside. `undefined` where the engine names no program
 * of this machine, or it is not told.
 */
export async function runtimeVersion(
  runtime: EngineRuntime | undefined,
): Promise<string | undefined> {
  const path = runtime?.path ?? '';
  if (!isAbsolute(path)) return undefined;
  const said = await promisify(execFile)(path, ['--version'], { timeout: SAY_MS, env: {} }).catch(
    () => undefined,
  );
  return VERSION.exec(said?.stdout ?? '')?.[1];
}
