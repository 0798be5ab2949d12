import { core, primordials } from '../../../../guest/captured.ts';
import { record } from '../../../../guest/interface.ts';
import { AssertionError, framesOf } from './assertion-error.ts';
import { Assertion, isThenable, type MatcherCall } from './assertion.ts';
import { awaitable, quiet } from './awaitable.ts';
import {
  failure,
  type Matcher,
  type Matchers,
  type MatcherState,
  type Outcome,
} from './matcher.ts';
import { poll } from './poll.ts';
import type { TestState } from './test-state.ts';
import { brief, whole } from './texts.ts';

const { isArray, objectKeys, TypeError } = primordials;

interface Known {
  matcher: Matcher;
  /** The one of this name that was there before. */
  before: Known | undefined;
}

/** Calls matchers and makes errors of what they find. */
export class Judge {
  readonly #tests: TestState;
  readonly #known = record<Record<string, Known>>({});

  constructor(tests: TestState) {
    this.#tests = tests;
  }

  /** Of several matchers of a name the last is asked first. */
  add(matchers: Matchers): void {
    const names = objectKeys(matchers);
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      this.#known[name] = record({ matcher: matchers[name]!, before: this.#known[name] });
      Assertion.offer(name);
    }
  }

  /** What a matcher's method does: throws, or answers a promise where there is something to wait for. */
  readonly call = (call: MatcherCall): unknown => {
    const { poll: polled, promise, isSoft } = call.asked;
    if (polled) call.frames = framesOf(call.entry);
    if (polled)
      return this.#later(call, () => poll({ call, tests: this.#tests, check: this.#check }));
    if (promise !== '') {
      // What the matcher calls of the guest's is called in the async context of now.
      call.frames = framesOf(call.entry);
      const check = core.carry((received: unknown) => this.#check(call, received));
      const under = quiet(this.#settled(call, check));
      return this.#later(call, () => under);
    }
    try {
      const checked = this.#check(call, call.asked.received);
      return checked && this.#later(call, () => checked);
    } catch (error) {
      if (!isSoft) throw error;
      this.#tests.addSoft(error);
      return undefined;
    }
  };

  #later(call: MatcherCall, start: () => Promise<unknown>): PromiseLike<unknown> {
    const tests = this.#tests;
    const { testNumber } = tests;
    const run = async (): Promise<void> => {
      try {
        await start();
      } catch (error) {
        if (!call.asked.isSoft || tests.testNumber !== testNumber) throw error;
        tests.addSoft(error);
      }
    };
    return awaitable(tests, labelOf(call), run);
  }

  async #settled(call: MatcherCall, check: (received: unknown) => unknown): Promise<void> {
    const { asked } = call;
    let settled: unknown;
    try {
      settled = await (asked.received as PromiseLike<unknown>);
    } catch (error) {
      if (asked.promise === 'resolves') {
        throw unsettled(call, `promise rejected ${brief(error)} instead of resolving`, error);
      }
      await check(error);
      return;
    }
    if (asked.promise === 'rejects') {
      throw unsettled(call, `promise resolved ${brief(settled)} instead of rejecting`);
    }
    await check(settled);
  }

  /** Throws where the matcher does not find what was expected; a promise does so later. */
  readonly #check = (call: MatcherCall, received: unknown): Promise<void> | undefined => {
    const { asked, name } = call;
    const state = record<MatcherState>({ name, isNot: asked.isNot, promise: asked.promise });
    const outcome = this.#ask(call, received, state);
    if (!isThenable(outcome)) {
      judge(call, state, outcome);
      return undefined;
    }
    call.frames ??= framesOf(call.entry);
    const judged = async (): Promise<void> => judge(call, state, await outcome);
    return quiet(judged());
  };

  #ask({ name, args }: MatcherCall, received: unknown, state: MatcherState) {
    let known: Known | undefined = this.#known[name];
    for (; known; known = known.before) {
      const outcome = known.matcher(received, args, state);
      if (outcome !== undefined) return outcome;
    }
    const text = `${name} does not apply to ${brief(received)}`;
    throw new AssertionError(text, record({ matcherName: name }));
  }
}

function judge({ asked, entry, frames }: MatcherCall, state: MatcherState, outcome: unknown): void {
  if (typeof outcome !== 'object' || outcome === null || !('pass' in outcome)) {
    throw new TypeError(`the matcher ${state.name} has to answer { pass, message }`);
  }
  if (!!outcome.pass !== asked.isNot) return;
  throw failure({ state, outcome: outcome as Outcome, note: asked.note, entry, frames });
}

function unsettled({ asked, name, frames }: MatcherCall, text: string, cause?: unknown): Error {
  const title = asked.note === undefined ? text : `${asked.note}: ${text}`;
  return new AssertionError(title, {
    matcherName: name,
    frames,
    cause,
    ...(cause !== undefined && { actual: whole(cause) }),
  });
}

function labelOf({ asked, name, args }: MatcherCall): string {
  const kind = asked.poll ? '.poll' : asked.isSoft ? '.soft' : '';
  const promise = asked.promise === '' ? '' : `.${asked.promise}`;
  const value = asked.poll ? 'callback' : 'actual';
  const expected = isArray(args) && args.length > 0 ? 'expected' : '';
  return `expect${kind}(${value})${promise}${asked.isNot ? '.not' : ''}.${name}(${expected})`;
}
