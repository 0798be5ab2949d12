import { primordials } from '../../../../../guest/captured.ts';
import { record } from '../../../../../guest/interface.ts';
import { equals } from '../equals.ts';
import { isObject } from '../kinds.ts';
import {
  found,
  type Matcher,
  type Matchers,
  type MatcherState,
  misuse,
  type Outcome,
} from '../matcher.ts';
import { SUBSET } from '../mode.ts';
import { merged, plainLines, trimmed, withoutIndentation, writable } from '../snapshot-text.ts';
import { brief, snapshotText } from '../texts.ts';
import { thrownBy } from './throwing.ts';

const { stringIndexOf } = primordials;

const toMatchInlineSnapshot: Matcher = (received: unknown, args, state) => {
  const hasProperties = isObject(args[0]);
  const snapshot = hasProperties ? args[1] : args[0];
  if (!hasProperties) return compared(received, snapshot, state);
  const properties = args[0] as object;
  if (!isObject(received)) throw misuse(state, `needs an object, and got ${brief(received)}`);
  if (!equals(received, properties, SUBSET)) {
    return found({
      ...{ state, pass: false, received },
      verb: 'to match',
      expected: { value: properties },
    });
  }
  return compared(merged(received, properties), snapshot, state);
};

const toThrowErrorMatchingInlineSnapshot: Matcher = (received: unknown, args, state) => {
  const thrown = thrownBy(received, state);
  if (!thrown) throw misuse(state, 'the function threw nothing');
  return compared(thrown.error, args[0], state);
};

function compared(received: unknown, snapshot: unknown, state: MatcherState): Outcome {
  if (state.isNot) throw misuse(state, 'a snapshot says what a value is: it has no not');
  if (snapshot !== undefined && typeof snapshot !== 'string') {
    throw misuse(state, `a snapshot is a string, not ${brief(snapshot)}`);
  }
  const actual = trimmed(plainLines(snapshotText(received)));
  if (snapshot === undefined) return missing(actual, state);
  const expected = trimmed(withoutIndentation(snapshot));
  const isLong = stringIndexOf(expected + actual, '\n') !== -1;
  const message = () =>
    isLong
      ? 'the value is not the snapshot'
      : `expected ${actual} to match the snapshot ${expected}`;
  return record({ pass: actual === expected, message, shown: () => record({ expected, actual }) });
}

/** Nobody can write it into the source from here, so the author is told what to write. */
function missing(actual: string, { name }: MatcherState): Outcome {
  const message = () =>
    `there is no snapshot yet, and a sandbox cannot change the source; write:\n\n${name}(${writable(actual)})`;
  return record({ pass: false, message, shown: () => record({ actual }) });
}

export const snapshotMatchers: Matchers = record({
  toMatchInlineSnapshot,
  toThrowErrorMatchingInlineSnapshot,
});
