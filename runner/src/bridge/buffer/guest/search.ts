import { primordials } from '../../../guest/captured.ts';

const { min, typedIndexOf, typedLastIndexOf, typedLength } = primordials;

/** Where one run of bytes is found in another, from an index on or backwards from it. */
export function findBytes(
  bytes: Uint8Array,
  wanted: Uint8Array,
  from: number,
  isLast: boolean,
): number {
  const size = typedLength(wanted);
  const last = typedLength(bytes) - size;
  if (size === 0) return from;
  if (last < 0) return -1;
  const first = wanted[0]!;
  const find = isLast ? typedLastIndexOf : typedIndexOf;
  const step = isLast ? -1 : 1;
  let at = isLast ? min(from, last) : from;
  while (at >= 0 && at <= last) {
    at = find(bytes, first, at);
    if (at === -1) return -1;
    if (matchesAt(bytes, wanted, at, size)) return at;
    at += step;
  }
  return -1;
}

/** Whether all but the first byte is the same; past the end it is not. */
function matchesAt(bytes: Uint8Array, wanted: Uint8Array, at: number, size: number): boolean {
  for (let i = 1; i < size; i++) {
    if (bytes[at + i] !== wanted[i]) return false;
  }
  return true;
}

/** -1, 0 or 1, as bytes sort. */
export function compareBytes(a: Uint8Array, b: Uint8Array): -1 | 0 | 1 {
  const sizeA = typedLength(a);
  const sizeB = typedLength(b);
  const shared = sizeA < sizeB ? sizeA : sizeB;
  for (let i = 0; i < shared; i++) {
    if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
  }
  return sizeA === sizeB ? 0 : sizeA < sizeB ? -1 : 1;
}
