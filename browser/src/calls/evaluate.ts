import { plainArguments, pageFunction } from './arguments.ts';
import { invoke, type Call, type SpecialCall } from './call.ts';

/** A function, or the text of an expression, and what it is called with in the page. */
async function evaluate({ subject, args }: Call): Promise<unknown> {
  const [code, ...rest] = args;
  return await invoke(subject, [pageFunction(code), ...handedOver(rest)]);
}

/** The same, after a selector. */
async function evaluateSelected({ subject, args }: Call): Promise<unknown> {
  const [selector, code, ...rest] = args;
  plainArguments([selector]);
  return await invoke(subject, [selector, pageFunction(code), ...handedOver(rest)]);
}

/** Data, whatever its fields are called; a function in it would be one of this process's for the page. */
function handedOver(rest: unknown[]): unknown[] {
  if (rest.length > 2) throw new TypeError('There are too many arguments');
  return rest;
}

export const EVALUATIONS: Readonly<Record<string, SpecialCall>> = {
  '*.evaluate': evaluate,
  '*.evaluateAll': evaluate,
  '*.evaluateHandle': evaluate,
  '*.waitForFunction': evaluate,
  '*.$eval': evaluateSelected,
  '*.$$eval': evaluateSelected,
};
