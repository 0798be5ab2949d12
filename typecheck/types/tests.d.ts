/** What a test is given, behind the values of its case. */
interface TestContext {
  readonly task: { readonly name: string; readonly fullName: string };
  readonly expect: Expect;
  /** Ends the test here: it counts as skipped. */
  skip(): never;
}
interface TestOptions {
  /** Milliseconds; 0 or Infinity for no limit. Default 5,000. */
  timeout?: number;
  /** How often a test that fails is tried again, up to 100 times. Default 0. */
  retry?: number;
  skip?: boolean;
  only?: boolean;
  todo?: boolean;
  /** The test passes where its body fails. */
  fails?: boolean;
}
/** Registers tests, or suites, by their body. */
interface Register<B> {
  (name: string | Function, body?: B, options?: TestOptions | number): void;
  (name: string | Function, options: TestOptions, body: B): void;
}
/** One test for each case; a case that is an array is the arguments, any other value the only one. */
interface RegisterEach<More extends unknown[]> {
  <T extends readonly unknown[]>(
    cases: readonly T[],
  ): Register<(...values: [...T, ...More]) => unknown>;
  <T>(cases: readonly T[]): Register<(value: T, ...more: More) => unknown>;
  /** A table: names in the first line, values in the others. */
  (
    names: TemplateStringsArray,
    ...values: unknown[]
  ): Register<(row: any, ...more: More) => unknown>;
}
interface TestFunction extends Register<(context: TestContext) => unknown> {
  readonly only: TestFunction;
  readonly skip: TestFunction;
  readonly todo: TestFunction;
  /** The test passes where its body fails. */
  readonly fails: TestFunction;
  readonly each: RegisterEach<[context: TestContext]>;
  /** As `each`, with a case as it is for the first argument. */
  for<T>(cases: readonly T[]): Register<(value: T, context: TestContext) => unknown>;
  skipIf(condition: unknown): TestFunction;
  runIf(condition: unknown): TestFunction;
}
/** The body of a suite is synchronous. */
interface DescribeFunction extends Register<() => void> {
  readonly only: DescribeFunction;
  readonly skip: DescribeFunction;
  readonly todo: DescribeFunction;
  readonly each: RegisterEach<[]>;
  for<T>(cases: readonly T[]): Register<(value: T) => void>;
  skipIf(condition: unknown): DescribeFunction;
  runIf(condition: unknown): DescribeFunction;
}
/** What a hook from before answers, where that is a function, is called after. */
type TestHook = (body: () => unknown, timeout?: number) => void;
declare var describe: DescribeFunction;
declare var it: TestFunction;
declare var test: TestFunction;
/** Default of `timeout`: 10,000 milliseconds. */
declare var beforeAll: TestHook;
declare var afterAll: TestHook;
declare var beforeEach: TestHook;
declare var afterEach: TestHook;

type ExpectedClass = abstract new (...args: any[]) => unknown;
/** What a thrown value is expected to be: a part of its message, its class, or a value equal to it. */
type ErrorLike = string | RegExp | ExpectedClass | object;
/** What `expect.extend` takes; `this` is what Jest gives a matcher, as far as it is here. */
interface MatcherContext {
  readonly isNot: boolean;
  readonly promise: '' | 'resolves' | 'rejects';
  readonly customTesters: EqualityTester[];
  equals(a: unknown, b: unknown, testers?: EqualityTester[], strict?: boolean): boolean;
  readonly utils: {
    stringify(value: unknown): string;
    printReceived(value: unknown): string;
    printExpected(value: unknown): string;
    diff(expected: unknown, received: unknown): string;
    matcherHint(name: string, received?: string, expected?: string): string;
    readonly iterableEquality: EqualityTester;
    readonly subsetEquality: EqualityTester;
  };
}
type EqualityTester = (a: any, b: any) => boolean | undefined;
interface MatcherResult {
  pass: boolean;
  message?: string | (() => string);
  expected?: unknown;
  actual?: unknown;
}
type CustomMatcher = (
  this: MatcherContext,
  received: any,
  ...args: any[]
) => MatcherResult | Promise<MatcherResult>;

/** Matchers of `expect.extend` are declared by adding to this interface. */
interface CustomMatchers<R = unknown> {}

/** `R` is what a matcher answers: nothing, or a promise after `resolves`, `rejects` and `poll`. */
interface Matchers<R, T> extends CustomMatchers<R> {
  readonly not: Matchers<R, T>;
  toBe(expected: unknown): R;
  toEqual(expected: unknown): R;
  toStrictEqual(expected: unknown): R;
  toMatchObject(expected: object): R;
  toBeOneOf(expected: readonly unknown[] | ReadonlySet<unknown>): R;
  toSatisfy(predicate: (value: T) => unknown, message?: string): R;
  toBeTruthy(): R;
  toBeFalsy(): R;
  toBeNull(): R;
  toBeUndefined(): R;
  toBeNullable(): R;
  toBeDefined(): R;
  toBeNaN(): R;
  toBeGreaterThan(expected: number | bigint): R;
  toBeGreaterThanOrEqual(expected: number | bigint): R;
  toBeLessThan(expected: number | bigint): R;
  toBeLessThanOrEqual(expected: number | bigint): R;
  toBeCloseTo(expected: number, digits?: number): R;
  toBeInstanceOf(expected: ExpectedClass): R;
  toBeTypeOf(
    expected:
      'bigint' | 'boolean' | 'function' | 'number' | 'object' | 'string' | 'symbol' | 'undefined',
  ): R;
  toContain(expected: unknown): R;
  toContainEqual(expected: unknown): R;
  toHaveLength(expected: number): R;
  toHaveProperty(path: PropertyKey | readonly PropertyKey[], expected?: unknown): R;
  toMatch(expected: string | RegExp): R;
  toThrow(expected?: ErrorLike): R;
  toThrowError(expected?: ErrorLike): R;
  /** Without a snapshot it fails with the text to write: nothing writes it into the source. */
  toMatchInlineSnapshot(snapshot?: string): R;
  toMatchInlineSnapshot(properties: object, snapshot?: string): R;
  toThrowErrorMatchingInlineSnapshot(snapshot?: string): R;
}
interface PromiseMatchers<T> {
  readonly resolves: Matchers<Promise<void>, Awaited<T>>;
  readonly rejects: Matchers<Promise<void>, any>;
}
type Expectation<T> = Matchers<void, T> & PromiseMatchers<T>;

/** Values that stand within an expected value for all those that they match. */
interface AsymmetricMatchers {
  arrayContaining(expected: readonly unknown[]): any;
  /** Half of the last of so many digits is the difference that is allowed; default 2. */
  closeTo(expected: number, digits?: number): any;
  objectContaining(expected: object): any;
  stringContaining(expected: string): any;
  stringMatching(expected: string | RegExp): any;
}
interface ExpectPollOptions {
  /** Milliseconds; default 1000. */
  timeout?: number;
  /** Milliseconds between two calls; default 50. */
  interval?: number;
  message?: string;
}
interface Expect extends AsymmetricMatchers {
  <T>(actual: T, message?: string): Expectation<T>;
  /** What fails is told at the end of the test, which goes on. */
  soft<T>(actual: T, message?: string): Expectation<T>;
  /** Calls a function again until what it answers is as expected. */
  poll<T>(callback: () => T, options?: ExpectPollOptions): Matchers<Promise<void>, Awaited<T>>;
  readonly not: AsymmetricMatchers;
  anything(): any;
  any(constructor: Function): any;
  /** So many times has `expect` to be called in the test. */
  assertions(count: number): void;
  hasAssertions(): void;
  unreachable(message?: string): never;
  extend(matchers: Record<string, CustomMatcher>): void;
  /** Functions that are asked whether two values are equal, before what is said by default. */
  addEqualityTesters(testers: readonly EqualityTester[]): void;
}
declare var expect: Expect;
