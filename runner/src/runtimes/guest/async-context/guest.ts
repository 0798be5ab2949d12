import { core } from '../../../guest/captured.ts';
import type { GuestGroup } from '../../../guest/core.ts';
import { asyncHooks } from './async-hooks.ts';
import { carry } from './carry.ts';
import { enterFrame } from './frame.ts';
import { patchThen } from './promise-then.ts';
import { AsyncContext } from './variable.ts';

/** What the loader of a stateful guest takes from this group. Touching it patches the realm. */
export interface AsyncContextGroup {
  /** For the global of that name. */
  AsyncContext: typeof AsyncContext;
  /** The exports of `node:async_hooks`. */
  asyncHooks: typeof asyncHooks;
  /** What rewritten code has its one free name for (`compiler/downlevel.ts`). */
  enterFrame: typeof enterFrame;
}

export const install: GuestGroup = () => {
  patchThen();
  core.carry = carry;
  return { AsyncContext, asyncHooks, enterFrame };
};
