import { list, record, slice } from './intrinsics.ts';
import { inspectValue } from './inspect.ts';
import { guestFrames } from './stack.ts';
import { classNameOf, readText } from './read.ts';

/** How a run ended, as the host reads it: a plain array, so that nothing of it is looked up. */
export type RunOutcome = [
  exitReason: 'Completed' | 'Exception' | 'TestFailure' | 'ResultNotPlain' | 'Output',
  value: string | undefined,
  exports: string | undefined,
  errorName: string | undefined,
  errorMessage: string | undefined,
  errorStack: string | undefined,
  errorPath: string | undefined,
];

const MAX_NAME = 256;
const MAX_MESSAGE = 8192;

export interface Failure {
  name: string;
  message: string;
  stack?: string | undefined;
  path?: string | undefined;
}

export function failedOutcome(
  exitReason: Exclude<RunOutcome[0], 'Completed'>,
  { name, message, stack, path }: Failure,
): RunOutcome {
  return list<any>(exitReason, undefined, undefined, name, message, stack, path) as RunOutcome;
}

/** Any thrown thing as an outcome. */
export function describeError(thrown: unknown): RunOutcome {
  return failedOutcome('Exception', failureOf(thrown));
}

/** Any thrown thing as texts. Never throws, whatever its getters and traps do. */
export function failureOf(thrown: unknown): Failure {
  try {
    return readFailure(thrown);
  } catch {
    // Out of stack or a trap that throws where none was expected.
    return record({ name: 'Error', message: 'The script threw' });
  }
}

function readFailure(thrown: unknown): Failure {
  if (typeof thrown === 'string') {
    return record({ name: 'Error', message: slice(thrown, 0, MAX_MESSAGE) });
  }
  const isObject = typeof thrown === 'object' && thrown !== null;
  const message = isObject ? readText(thrown, 'message') : undefined;
  if (message === undefined || !isObject) {
    return record({ name: 'Error', message: slice(inspectValue(thrown), 0, MAX_MESSAGE) });
  }
  const stack = readText(thrown, 'stack');
  return record({
    name: slice(readText(thrown, 'name') || classNameOf(thrown) || 'Error', 0, MAX_NAME),
    message: slice(message, 0, MAX_MESSAGE),
    stack: stack === undefined ? undefined : guestFrames(stack),
  });
}
