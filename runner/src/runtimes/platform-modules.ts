import { EMPTY_MODULE, type CompiledModule } from '../compiler/compiled-module.ts';
import { loadFailure } from './load-failure.ts';

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

/** And for `cofferdam` (bridge/host/guest.ts), of a guest with feature `host`. */
const HOST: CompiledModule = {
  ...EMPTY_MODULE,
  kind: 'platform',
  own: ['createFileBindings', 'createIsolateHost', 'createModuleResolver', 'default'],
};
const HOST_NAMES: ReadonlySet<string> = new Set(['cofferdam', '@ricsam/isolate']);

const MODULES: ReadonlyMap<string, CompiledModule> = new Map([
  ['node:async_hooks', ASYNC_HOOKS],
  ['async_hooks', ASYNC_HOOKS],
  ['node:fs/promises', FS_PROMISES],
  ['fs/promises', FS_PROMISES],
]);

/**
 * A module that the loader makes itself, whatever the embedder has. Throws a `LoadFailure` for that of
 * nested hosts where the guest is to have none.
 */
export function platformModule(specifier: string, hasHost: boolean): CompiledModule | undefined {
  if (!HOST_NAMES.has(specifier)) return MODULES.get(specifier);
  if (hasHost) return HOST;
  throw loadFailure('Error', `Cannot import '${specifier}': this guest may have no nested hosts`);
}
