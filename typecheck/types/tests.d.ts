type TestBody = () => void | Promise<void>;
interface TestOptions {
  /** Milliseconds. */
  timeout?: number;
}
interface TestFunction {
  (name: string, body: TestBody, options?: TestOptions | number): void;
  only(name: string, body: TestBody, options?: TestOptions | number): void;
  skip(name: string, body?: TestBody, options?: TestOptions | number): void;
  todo(name: string): void;
}
interface DescribeFunction {
  (name: string, body: () => void): void;
  only(name: string, body: () => void): void;
  skip(name: string, body?: () => void): void;
}
declare var describe: DescribeFunction;
declare var it: TestFunction;
declare var test: TestFunction;
declare function beforeAll(body: TestBody, timeout?: number): void;
declare function afterAll(body: TestBody, timeout?: number): void;
declare function beforeEach(body: TestBody, timeout?: number): void;
declare function afterEach(body: TestBody, timeout?: number): void;

type ErrorLike = string | RegExp | Error | (abstract new (...args: any[]) => Error);
/** `R` is what a matcher answers: nothing, or a promise after `resolves` and `rejects`. */
interface Matchers<R, T> {
  readonly not: Matchers<R, T>;
  toBe(expected: unknown): R;
  toEqual(expected: unknown): R;
  toStrictEqual(expected: unknown): R;
  toMatchObject(expected: object): R;
  toBeTruthy(): R;
  toBeFalsy(): R;
  toBeNull(): R;
  toBeUndefined(): R;
  toBeDefined(): R;
  toBeNaN(): R;
  toBeGreaterThan(expected: number | bigint): R;
  toBeGreaterThanOrEqual(expected: number | bigint): R;
  toBeLessThan(expected: number | bigint): R;
  toBeLessThanOrEqual(expected: number | bigint): R;
  toBeCloseTo(expected: number, digits?: number): R;
  toBeInstanceOf(expected: abstract new (...args: any[]) => unknown): R;
  toContain(expected: unknown): R;
  toContainEqual(expected: unknown): R;
  toHaveLength(expected: number): R;
  toHaveProperty(path: string | readonly (string | number)[], expected?: unknown): R;
  toMatch(expected: string | RegExp): R;
  toThrow(expected?: ErrorLike): R;
}
interface PromiseMatchers<T> {
  readonly resolves: Matchers<Promise<void>, Awaited<T>>;
  readonly rejects: Matchers<Promise<void>, unknown>;
}
type Expectation<T> = Matchers<void, T> & PromiseMatchers<T>;
interface Expect {
  <T>(actual: T, message?: string): Expectation<T>;
  anything(): any;
  any(constructor: abstract new (...args: any[]) => unknown): any;
  arrayContaining(expected: readonly unknown[]): any;
  objectContaining(expected: object): any;
  stringContaining(expected: string): any;
  stringMatching(expected: string | RegExp): any;
}
declare var expect: Expect;
