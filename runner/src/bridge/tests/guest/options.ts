import { core, primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import { MAX_TEST_NAME } from './results.ts';
import type { Options } from './model.ts';

const { getOwnPropertyDescriptor, isInteger, stringSlice, TypeError } = primordials;

const MAX_RETRIES = 100;
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** What a test, a suite or a case is called: a text, a function by its name, anything else as it is shown. */
export function nameOf(given: unknown): string {
  if (typeof given === 'string') return stringSlice(given, 0, MAX_TEST_NAME);
  if (typeof given !== 'function') return stringSlice(core.inspect(given), 0, MAX_TEST_NAME);
  const name = getOwnPropertyDescriptor(given, 'name');
  const text = name && (record(name).value as unknown);
  return typeof text === 'string' && text !== ''
    ? stringSlice(text, 0, MAX_TEST_NAME)
    : '<anonymous>';
}

/** Milliseconds; 0 for no limit, as which Infinity counts too. */
export function timeoutOf(given: unknown): number | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== 'number' || given !== given) {
    throw new TypeError('A timeout is a number of milliseconds');
  }
  return given > 0 && given <= MAX_TIMEOUT_MS ? given : 0;
}

interface GivenOptions {
  timeout?: unknown;
  retry?: unknown;
  skip?: unknown;
  only?: unknown;
  todo?: unknown;
  fails?: unknown;
}

/** `(name, body, timeout)`, `(name, body, options)` or `(name, options, body)`. */
export function readArguments(
  second: unknown,
  third: unknown,
): { body: Function | undefined; options: Options } {
  const isBody = typeof second === 'function';
  const body = isBody ? second : third;
  const given = isBody ? third : second;
  if (body !== undefined && typeof body !== 'function') {
    throw new TypeError('The body of a test or a suite is a function');
  }
  return record({ body: body as Function | undefined, options: readOptions(given) });
}

function readOptions(given: unknown): Options {
  if (given === undefined || given === null) return record({});
  if (typeof given === 'number') return record({ timeout: timeoutOf(given) });
  if (typeof given !== 'object') {
    throw new TypeError('The options of a test are an object, or milliseconds');
  }
  const { timeout, retry, skip, only, todo, fails } = given as GivenOptions;
  return record({
    timeout: timeoutOf(timeout),
    retry: retryOf(retry),
    skip: skip === true,
    only: only === true,
    todo: todo === true,
    fails: fails === true,
  });
}

function retryOf(given: unknown): number | undefined {
  if (given === undefined) return undefined;
  if (isInteger(given) && (given as number) >= 0 && (given as number) <= MAX_RETRIES) {
    return given as number;
  }
  throw new TypeError(`retry is a whole number from 0 to ${MAX_RETRIES}`);
}
