import { core, primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';

const { apply } = primordials;

export type HookName = 'init' | 'before' | 'after' | 'destroy' | 'promiseResolve';

export type Hook = { readonly [name in HookName]: Function | undefined } & { self: object };

/** The enabled hooks, as a list that is never changed: one that is being told goes on unharmed. */
export const hooks = record({ count: 0, enabled: list<Hook>() });

export function enable(hook: Hook): void {
  disable(hook);
  setHooks(hooks.enabled, hook);
}

export function disable(hook: Hook): void {
  const rest = list<Hook>();
  for (let i = 0; i < hooks.enabled.length; i++) {
    if (hooks.enabled[i] !== hook) rest[rest.length] = hooks.enabled[i]!;
  }
  setHooks(rest);
}

function setHooks(before: Hook[], added?: Hook): void {
  const made = list<Hook>();
  for (let i = 0; i < before.length; i++) made[i] = before[i]!;
  if (added) made[made.length] = added;
  hooks.enabled = made;
  hooks.count = made.length;
}

/** As in Node, nobody can catch what a hook throws: it ends the run. */
export function emit(name: HookName, args: unknown[]): void {
  const { enabled } = hooks;
  for (let i = 0; i < enabled.length; i++) {
    const hook = enabled[i]!;
    const callback = hook[name];
    if (!callback) continue;
    try {
      apply(callback, hook.self, args);
    } catch (error) {
      core.fail(error);
    }
  }
}
