import { primordials } from '../../../../guest/captured.ts';

const { RangeError } = primordials;

/** Pairs of values that one assertion looks at: a second's work at most. */
const MAX_PARTS = 1_000_000;
/** How deep values may lie within each other; the stack has room for about three times as many. */
const MAX_DEPTH = 500;

let isOpen = false;
let left = 0;
let depth = 0;

/** Runs a comparison within its budget; one that it leads to (an asymmetric matcher's) shares it. */
export function bounded<T>(run: () => T): T {
  if (isOpen) return run();
  isOpen = true;
  left = MAX_PARTS;
  depth = 0;
  try {
    return run();
  } finally {
    isOpen = false;
  }
}

/** Takes from the budget of the comparison under way. Throws a `RangeError` when it is used up. */
export function spend(parts: number): void {
  left -= parts;
  if (left < 0) throw new RangeError(`the values have more than ${MAX_PARTS} parts to compare`);
}

/** Goes one level down, and back up whatever happens. */
export function deeper<T>(run: () => T): T {
  if (depth >= MAX_DEPTH) {
    throw new RangeError(`the values are nested more than ${MAX_DEPTH} levels deep`);
  }
  depth++;
  try {
    return run();
  } finally {
    depth--;
  }
}
