import type { GuestGroup } from '../../guest/core.ts';
import { createFileBindings } from './guest/file-part.ts';
import { createModuleResolver } from './guest/module-resolver.ts';
import { createIsolateHost } from './guest/nested-host.ts';

/** The exports of the module `cofferdam`, for the loader of modules (runtimes/platform-modules.ts). */
export const install: GuestGroup = () => ({
  createFileBindings,
  createIsolateHost,
  createModuleResolver,
});
