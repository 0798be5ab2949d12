import { primordials } from '../../../../guest/captured.ts';
import { spend } from './budget.ts';
import { isBuffer } from './kinds.ts';

const { sameValue, typedLength, Uint8Array } = primordials;
const { viewBuffer, viewByteLength, viewByteOffset } = primordials;

/** Elements of a buffer are compared without a call each: so many count as one part. */
const ELEMENTS_A_PART = 64;

/** The bytes of two array buffers or data views. */
export function sameBytes(a: object, b: object): boolean {
  return sameElements(bytesOf(a), bytesOf(b));
}

function bytesOf(holder: object): Uint8Array {
  if (isBuffer(holder)) return new Uint8Array(holder);
  return new Uint8Array(viewBuffer(holder), viewByteOffset(holder), viewByteLength(holder));
}

/** The elements of two typed arrays of one kind. */
export function sameElements(a: Uint8Array, b: Uint8Array): boolean {
  const length = typedLength(a);
  if (length !== typedLength(b)) return false;
  spend(length / ELEMENTS_A_PART);
  for (let i = 0; i < length; i++) if (!sameValue(a[i], b[i])) return false;
  return true;
}
