import { primordials } from '../../../../guest/captured.ts';
import { record } from '../../../../guest/interface.ts';

const { freeze } = primordials;

/** What a comparison takes for equal. A guest's asymmetric matchers see which one it is. */
export interface Mode {
  /** A field that is `undefined` is not the same as none; a hole is no `undefined`. */
  readonly undefinedCounts: boolean;
  /** Both have to be of one class. */
  readonly types: boolean;
  /** The right side may have fewer fields. */
  readonly subset: boolean;
}

const mode = (undefinedCounts: boolean, types: boolean, subset: boolean): Mode =>
  freeze(record({ undefinedCounts, types, subset }));

export const LOOSE = mode(false, false, false);
export const STRICT = mode(true, true, false);
export const SUBSET = mode(false, false, true);
/** Within an asymmetric matcher of a strict comparison: such a matcher says itself which fields count. */
const TYPED = mode(false, true, false);

/** How an asymmetric matcher compares that was met in a mode; guests may pass anything for one. */
export function modeWithin(outer: unknown): Mode {
  return outer === STRICT || outer === TYPED ? TYPED : LOOSE;
}
