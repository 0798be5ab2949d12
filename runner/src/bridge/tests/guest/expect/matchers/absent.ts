import { AssertionError } from '../assertion-error.ts';
import { record } from '../../../../../guest/interface.ts';
import type { Matcher, Matchers } from '../matcher.ts';

const MOCKS = 'a sandbox has no mock functions: let a function of your own count its calls';
const FILES = 'a sandbox has no snapshot files: use toMatchInlineSnapshot';

/** Of Jest and Vitest, to say why they are not there rather than that they are no functions. */
const ABSENT: Record<string, string> = record({
  toHaveBeenCalled: MOCKS,
  toHaveBeenCalledOnce: MOCKS,
  toHaveBeenCalledTimes: MOCKS,
  toHaveBeenCalledWith: MOCKS,
  toHaveBeenCalledExactlyOnceWith: MOCKS,
  toHaveBeenLastCalledWith: MOCKS,
  toHaveBeenNthCalledWith: MOCKS,
  toHaveBeenCalledBefore: MOCKS,
  toHaveBeenCalledAfter: MOCKS,
  toBeCalled: MOCKS,
  toBeCalledTimes: MOCKS,
  toBeCalledWith: MOCKS,
  toHaveReturned: MOCKS,
  toHaveReturnedTimes: MOCKS,
  toHaveReturnedWith: MOCKS,
  toHaveLastReturnedWith: MOCKS,
  toHaveNthReturnedWith: MOCKS,
  toHaveResolved: MOCKS,
  toHaveResolvedTimes: MOCKS,
  toHaveResolvedWith: MOCKS,
  toHaveLastResolvedWith: MOCKS,
  toHaveNthResolvedWith: MOCKS,
  toMatchSnapshot: FILES,
  toMatchFileSnapshot: FILES,
  toThrowErrorMatchingSnapshot: FILES,
});

function absent(name: string, why: string): Matcher {
  return () => {
    throw new AssertionError(`${name} is not there: ${why}`, record({ matcherName: name }));
  };
}

export const absentMatchers: Matchers = (() => {
  const made: Matchers = record({});
  for (const name in ABSENT) made[name] = absent(name, ABSENT[name]!);
  return made;
})();
