import { primordials } from '../../../../guest/captured.ts';
import type { GuestCore } from '../../../../guest/core.ts';
import { record } from '../../../../guest/interface.ts';
import { AssertionError } from './assertion-error.ts';
import { Assertion, type Asked, type PollOptions } from './assertion.ts';
import * as asymmetric from './asymmetric.ts';
import { addTester, type EqualityTester } from './equals.ts';
import { customAsymmetric, customMatcher, type CustomMatcher } from './extend.ts';
import { Judge } from './judge.ts';
import type { Matcher, Matchers } from './matcher.ts';
import { absentMatchers } from './matchers/absent.ts';
import { contentMatchers } from './matchers/contents.ts';
import { equalityMatchers } from './matchers/equality.ts';
import { snapshotMatchers } from './matchers/snapshots.ts';
import { throwMatchers } from './matchers/throwing.ts';
import { valueMatchers } from './matchers/values.ts';
import { type TestEnd, TestState } from './test-state.ts';

const { defineProperty, Error, freeze, hasOwn, isArray, objectKeys, TypeError } = primordials;

export type { Matcher } from './matcher.ts';
export type { TestEnd } from './test-state.ts';

/** The assertions of a realm. */
export interface ExpectGroup {
  /** The global function. */
  readonly expect: Function;
  /** Before each test, with its hooks. */
  beginTest(): void;
  /** After it: what its assertions left beside what they threw. */
  endTest(): TestEnd;
  /** Matchers of other groups, for values of their own: `undefined` is their answer for others. */
  addMatchers(matchers: Readonly<Record<string, Matcher>>): void;
}

const DEFAULT_POLL: PollOptions = record({ timeout: 1000, interval: 50 });
const MAX_POLL_MS = 2 ** 31 - 1;
const BUILT_IN: readonly Matchers[] = [
  absentMatchers,
  contentMatchers,
  equalityMatchers,
  snapshotMatchers,
  throwMatchers,
  valueMatchers,
];

/** Called once in a realm. What tests and assertions hold in common stays within. */
export function createExpect(_core: GuestCore): ExpectGroup {
  const tests = new TestState();
  const judge = new Judge(tests);
  for (let i = 0; i < BUILT_IN.length; i++) judge.add(BUILT_IN[i]!);
  return freeze(
    record<ExpectGroup>({
      expect: expectOf(tests, judge),
      beginTest: () => tests.begin(),
      endTest: () => tests.end(),
      addMatchers: (matchers) => judge.add(matchers),
    }),
  );
}

type Asking = (received: unknown, changes: Partial<Asked>) => Assertion;

function expectOf(tests: TestState, judge: Judge): Function {
  const ask: Asking = (received, changes) => {
    tests.countCall();
    const asked: Asked = record({ ...PLAIN, received, ...changes });
    return new Assertion(asked, judge.call);
  };
  const expect = (received: unknown, note?: unknown) => ask(received, { note: noteOf(note) });
  const not = {};
  offer(expect, { ...waysToAsk(tests, ask), ...counts(tests), ...POSITIVE, not });
  offer(not, NEGATIVE);
  offer(expect, {
    extend: (matchers: unknown) => extend(judge, matchers, expect, not),
    addEqualityTesters,
  });
  return expect;
}

const PLAIN: Asked = record<Asked>({
  received: undefined,
  isNot: false,
  isSoft: false,
  promise: '',
  note: undefined,
  poll: undefined,
});

function noteOf(note: unknown): string | undefined {
  return typeof note === 'string' ? note : undefined;
}

function waysToAsk(tests: TestState, ask: Asking) {
  return {
    soft(received: unknown, note?: unknown) {
      if (!tests.isOpen) throw new Error('expect.soft() needs a test to fail at its end');
      return ask(received, { isSoft: true, note: noteOf(note) });
    },
    poll(callback: unknown, options?: Partial<PollOptions> & { message?: unknown }) {
      if (typeof callback !== 'function') throw new TypeError('expect.poll() needs a function');
      const timeout = milliseconds(options?.timeout, 'timeout', DEFAULT_POLL.timeout);
      const interval = milliseconds(options?.interval, 'interval', DEFAULT_POLL.interval);
      const poll = record<PollOptions>({ timeout, interval });
      return ask(callback, { poll, note: noteOf(options?.message) });
    },
    unreachable(note?: unknown) {
      const what = typeof note === 'string' ? `"${note}"` : 'this';
      const message = `expected ${what} not to be reached`;
      throw new AssertionError(message, record({ matcherName: 'unreachable' }));
    },
  };
}

function milliseconds(value: unknown, name: string, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value === 'number' && value >= 0 && value <= MAX_POLL_MS) return value;
  throw new TypeError(`expect.poll(): ${name} has to be milliseconds, up to ${MAX_POLL_MS}`);
}

function counts(tests: TestState) {
  return {
    assertions(calls: unknown) {
      if (typeof calls !== 'number') throw new TypeError('expect.assertions() needs a number');
      tests.want(calls);
    },
    hasAssertions() {
      tests.want(undefined);
    },
  };
}

const { anything, any, arrayContaining, closeTo } = asymmetric;
const { objectContaining, stringContaining, stringMatching } = asymmetric;

const POSITIVE = {
  anything,
  any,
  arrayContaining: (sample: unknown) => arrayContaining(sample),
  closeTo: (sample: unknown, digits?: unknown) => closeTo(sample, digits),
  objectContaining: (sample: unknown) => objectContaining(sample),
  stringContaining: (sample: unknown) => stringContaining(sample),
  stringMatching: (sample: unknown) => stringMatching(sample),
};

const NEGATIVE = {
  arrayContaining: (sample: unknown) => arrayContaining(sample, true),
  closeTo: (sample: unknown, digits?: unknown) => closeTo(sample, digits, true),
  objectContaining: (sample: unknown) => objectContaining(sample, true),
  stringContaining: (sample: unknown) => stringContaining(sample, true),
  stringMatching: (sample: unknown) => stringMatching(sample, true),
};

function offer(holder: object, members: Record<string, unknown>): void {
  const names = objectKeys(members);
  for (let i = 0; i < names.length; i++) {
    const value = members[names[i]!];
    const fields = { value, writable: true, enumerable: true, configurable: true };
    defineProperty(holder, names[i]!, record(fields));
  }
}

/** Words between `expect` and the matcher: none can be a matcher's name. */
const TAKEN: Record<string, true> = record({ not: true, resolves: true, rejects: true });

function extend(judge: Judge, matchers: unknown, expect: object, not: object): void {
  if (typeof matchers !== 'object' || matchers === null) {
    throw new TypeError('expect.extend() needs an object of matchers');
  }
  const names = objectKeys(matchers);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const matcher = (matchers as Record<string, unknown>)[name];
    if (typeof matcher !== 'function' || TAKEN[name] || name === 'constructor') {
      throw new TypeError(`expect.extend(): ${name} cannot be a matcher`);
    }
    const custom = matcher as CustomMatcher;
    judge.add(record({ [name]: customMatcher(name, custom) }));
    // What `expect` has already keeps its meaning.
    if (hasOwn(expect, name) && !hasOwn(not, name)) continue;
    offer(expect, { [name]: customAsymmetric(name, custom, false) });
    offer(not, { [name]: customAsymmetric(name, custom, true) });
  }
}

function addEqualityTesters(testers: unknown): void {
  if (!isArray(testers)) throw new TypeError('expect.addEqualityTesters() needs an array');
  for (let i = 0; i < testers.length; i++) {
    const tester: unknown = testers[i];
    if (typeof tester !== 'function') throw new TypeError('a tester has to be a function');
    addTester(tester as EqualityTester);
  }
}
