import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';

const p = primordials;

export function isBuffer(value: unknown): value is ArrayBuffer {
  try {
    p.bufferByteLength(value);
    return true;
  } catch {
    return false;
  }
}

/** A copy of an ArrayBuffer, as large and as resizable. */
export function cloneBuffer(value: object): ArrayBuffer | undefined {
  if (p.isView(value) || !isBuffer(value)) return undefined;
  const size = p.bufferByteLength(value);
  const copy = p.bufferResizable(value)
    ? new p.ArrayBuffer(size, record({ maxByteLength: p.bufferMaxByteLength(value) }))
    : new p.ArrayBuffer(size);
  p.typedSet(new p.Uint8Array(copy), new p.Uint8Array(value));
  return copy;
}

/** Moves a buffer's memory: the one given is detached. Nothing of one that was already. */
export function transferBuffer(value: ArrayBuffer): ArrayBuffer | undefined {
  try {
    return p.bufferTransfer(value);
  } catch {
    return undefined;
  }
}

type ViewConstructor = new (buffer: ArrayBuffer, offset: number, length: number) => object;

const VIEWS: Record<string, unknown> = record({
  BigInt64Array: p.BigInt64Array,
  BigUint64Array: p.BigUint64Array,
  Float16Array: p.Float16Array,
  Float32Array: p.Float32Array,
  Float64Array: p.Float64Array,
  Int16Array: p.Int16Array,
  Int32Array: p.Int32Array,
  Int8Array: p.Int8Array,
  Uint16Array: p.Uint16Array,
  Uint32Array: p.Uint32Array,
  Uint8Array: p.Uint8Array,
  Uint8ClampedArray: p.Uint8ClampedArray,
});

/** The same view on another buffer. */
export function cloneView(view: ArrayBufferView, buffer: ArrayBuffer): object {
  const name = p.typedName(view);
  if (name === undefined) {
    return new p.DataView(buffer, p.viewByteOffset(view), p.viewByteLength(view));
  }
  const View = VIEWS[name] as ViewConstructor;
  return new View(buffer, p.typedByteOffset(view), p.typedLength(view));
}
