import { list, record } from '../../../guest/interface.ts';
import { attempt } from './attempt.ts';
import type { Hook, HookName, Suite } from './model.ts';

const NO_ARGUMENTS = list<unknown>();

/** A hook that failed, with what it threw. */
export interface HookFailure {
  hook: HookName;
  suite: Suite;
  error: unknown;
}

/** What hooks from before answered, which is called after. */
export type Cleanups = { hook: Hook; name: HookName; suite: Suite }[];

/** Calls a suite's hooks from the first on; of one that failed on nothing more. */
export async function callBefore(
  suite: Suite,
  name: 'beforeAll' | 'beforeEach',
  cleanups: Cleanups,
): Promise<HookFailure | undefined> {
  const hooks = suite.hooks[name];
  for (let i = 0; i < hooks.length; i++) {
    const { timeout } = hooks[i]!;
    const limit = record({ ms: timeout, what: describeHook(name, suite) });
    // eslint-disable-next-line no-await-in-loop -- one after the other
    const { failed, value } = await attempt(hooks[i]!.run, NO_ARGUMENTS, limit);
    if (failed) return record({ hook: name, suite, error: value });
    if (typeof value === 'function') {
      const hook = record({ run: value as Function, timeout });
      cleanups[cleanups.length] = record({ hook, name, suite });
    }
  }
  return undefined;
}

/** Calls all hooks of a suite, the last one first, whatever becomes of them; answers the first failure. */
export async function callAfter(
  suite: Suite,
  name: 'afterAll' | 'afterEach',
): Promise<HookFailure | undefined> {
  const hooks = suite.hooks[name];
  let failure: HookFailure | undefined;
  for (let i = hooks.length - 1; i >= 0; i--) {
    const limit = record({ ms: hooks[i]!.timeout, what: describeHook(name, suite) });
    // eslint-disable-next-line no-await-in-loop -- one after the other
    const { failed, value } = await attempt(hooks[i]!.run, NO_ARGUMENTS, limit);
    if (failed) failure ??= record({ hook: name, suite, error: value });
  }
  return failure;
}

/** The same for what hooks answered. */
export async function callCleanups(cleanups: Cleanups): Promise<HookFailure | undefined> {
  let failure: HookFailure | undefined;
  for (let i = cleanups.length - 1; i >= 0; i--) {
    const { hook, name, suite } = cleanups[i]!;
    const what = `What ${describeHook(name, suite)} answered`;
    // eslint-disable-next-line no-await-in-loop -- one after the other
    const { failed, value } = await attempt(
      hook.run,
      NO_ARGUMENTS,
      record({ ms: hook.timeout, what }),
    );
    if (failed) failure ??= record({ hook: name, suite, error: value });
  }
  return failure;
}

export function describeHook(name: HookName, { fullName }: Suite): string {
  return fullName === '' ? name : `${name} of "${fullName}"`;
}
