import type { GuestCore } from './core.ts';

/** The parameter of the function that a group's bundle is wrapped into. */
declare const $core: GuestCore;

/** For the modules of groups only; the core's own modules use `intrinsics.ts`. */
export const core = $core;
export const { primordials } = core;
