import { primordials } from '../../../guest/captured.ts';

const {
  bufferByteLength,
  isView,
  typedBuffer,
  typedByteLength,
  typedByteOffset,
  typedName,
  TypeError,
  Uint8Array,
  viewBuffer,
  viewByteLength,
  viewByteOffset,
} = primordials;

/** Whether a value is an ArrayBuffer, told by its inner slot and not by its prototype. */
function isArrayBuffer(value: unknown): value is ArrayBuffer {
  if (typeof value !== 'object' || value === null) return false;
  try {
    bufferByteLength(value);
    return true;
  } catch {
    return false;
  }
}

/** A BufferSource's bytes, as a view on the same memory. */
export function bytesOf(source: unknown): Uint8Array<ArrayBuffer> {
  if (isView(source)) {
    return typedName(source) === undefined
      ? new Uint8Array(viewBuffer(source), viewByteOffset(source), viewByteLength(source))
      : new Uint8Array(typedBuffer(source), typedByteOffset(source), typedByteLength(source));
  }
  if (isArrayBuffer(source)) return new Uint8Array(source);
  throw new TypeError('The argument must be an ArrayBuffer or a view on one');
}

export function isBufferSource(value: unknown): boolean {
  return isView(value) || isArrayBuffer(value);
}
