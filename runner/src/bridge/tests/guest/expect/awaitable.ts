import { primordials } from '../../../../guest/captured.ts';
import type { Pending, TestState } from './test-state.ts';

const { apply, freeze, promiseThen, resolvedPromise, toStringTag } = primordials;

type Callback = ((value: any) => unknown) | null | undefined;

/**
 * A promise of an assertion that knows whether somebody waits for it: in a test, one that nobody
 * waited for fails the test at its end, so that no assertion passes by being overlooked.
 * `start` is called when somebody waits, unless the promise is under way already.
 */
export function awaitable(
  state: TestState,
  label: string,
  start: () => Promise<unknown>,
): PromiseLike<unknown> {
  if (!state.isOpen) return start();
  const pending: Pending = { label };
  state.addPending(pending);
  const { testNumber } = state;
  let promise: Promise<unknown> | undefined;
  const wait = (): Promise<unknown> => {
    if (state.testNumber === testNumber) state.awaited(pending);
    return (promise ??= start());
  };
  return freeze({
    // oxlint-disable-next-line unicorn/no-thenable -- That somebody waits is known by this alone.
    then: (onValue?: Callback, onError?: Callback) =>
      promiseThen(wait(), onValue as never, onError as never),
    catch: (onError?: Callback) => promiseThen(wait(), undefined, onError as never),
    finally: (onEnd?: () => unknown) => afterwards(wait(), onEnd),
    [toStringTag]: 'Promise',
  }) as PromiseLike<unknown>;
}

function afterwards(promise: Promise<unknown>, onEnd?: () => unknown): Promise<unknown> {
  if (typeof onEnd !== 'function') return promise;
  const ended = () => resolvedPromise(apply(onEnd, undefined, []));
  return promiseThen(
    promise,
    (value) => promiseThen(ended(), () => value),
    (error: unknown) =>
      promiseThen(ended(), () => {
        throw error;
      }),
  );
}

/** A promise under way that is no failure of the realm's while nobody waits for it. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promiseThen(promise, undefined, () => undefined);
  return promise;
}
