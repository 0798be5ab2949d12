import { EMPTY_MODULE, type CompiledModule } from '../compiler/compiled-module.ts';

/** What the loader has for `node:async_hooks` (guest/async-context/async-hooks.ts). */
const ASYNC_HOOKS: CompiledModule = {
  ...EMPTY_MODULE,
  kind: 'platform',
  own: [
    'AsyncLocalStorage',
    'AsyncResource',
    'asyncWrapProviders',
    'createHook',
    'default',
    'executionAsyncId',
    'executionAsyncResource',
    'triggerAsyncId',
  ],
  mentionsAsyncContext: true,
};

/** What it has for `node:fs/promises` (bridge/node-fs/guest/promises.ts). */
const FS_PROMISES: CompiledModule = {
  ...EMPTY_MODULE,
  kind: 'platform',
  own: [
    'access',
    'appendFile',
    'constants',
    'copyFile',
    'default',
    'lstat',
    'mkdir',
    'readFile',
    'readdir',
    'rename',
    'rm',
    'rmdir',
    'stat',
    'unlink',
    'writeFile',
  ],
};

const MODULES: ReadonlyMap<string, CompiledModule> = new Map([
  ['node:async_hooks', ASYNC_HOOKS],
  ['async_hooks', ASYNC_HOOKS],
  ['node:fs/promises', FS_PROMISES],
  ['fs/promises', FS_PROMISES],
]);

/** A module that the loader makes itself, whatever the embedder has. */
export function platformModule(specifier: string): CompiledModule | undefined {
  return MODULES.get(specifier);
}
