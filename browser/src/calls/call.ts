import type { SessionCore } from '../core.ts';
import type { Subject } from './resolve.ts';

/** One call of a method that is done otherwise than by handing its arguments on. */
export interface Call {
  core: SessionCore;
  subject: Subject;
  args: unknown[];
}
export type SpecialCall = (call: Call) => unknown;

/** Calls a method of Playwright's. */
export async function invoke({ target, method }: Subject, args: unknown[]): Promise<unknown> {
  const found = (target as Record<string, unknown> | undefined)?.[method];
  // An older Playwright than the list was written for.
  if (typeof found !== 'function') throw new TypeError(`This browser has no ${method}()`);
  return await (found as (...given: unknown[]) => unknown).apply(target, args);
}
