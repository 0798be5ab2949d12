import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';

const { bufferByteLength, bufferDetached, bufferTransfer, construct, DataView, isView } =
  primordials;
const { typedBuffer, typedByteLength, typedByteOffset, typedName, TypeError } = primordials;
const { typedSet, Uint8Array, viewBuffer, viewByteLength, viewByteOffset } = primordials;

/** What a view of a guest's says, past its own properties and its prototype's. */
export interface ViewParts {
  buffer: ArrayBuffer;
  offset: number;
  length: number;
  elementSize: number;
  constructor: Function;
}

type Kind = { size: number; constructor: Function };

const KINDS = record<Record<string, Kind>>({
  Int8Array: { size: 1, constructor: primordials.Int8Array },
  Uint8Array: { size: 1, constructor: Uint8Array },
  Uint8ClampedArray: { size: 1, constructor: primordials.Uint8ClampedArray },
  Int16Array: { size: 2, constructor: primordials.Int16Array },
  Uint16Array: { size: 2, constructor: primordials.Uint16Array },
  Float16Array: { size: 2, constructor: primordials.Float16Array as Function },
  Int32Array: { size: 4, constructor: primordials.Int32Array },
  Uint32Array: { size: 4, constructor: primordials.Uint32Array },
  Float32Array: { size: 4, constructor: primordials.Float32Array },
  Float64Array: { size: 8, constructor: primordials.Float64Array },
  BigInt64Array: { size: 8, constructor: primordials.BigInt64Array },
  BigUint64Array: { size: 8, constructor: primordials.BigUint64Array },
});

export function viewParts(view: unknown): ViewParts {
  if (!isView(view)) throw new TypeError('The chunk must be a view of an ArrayBuffer');
  const name = typedName(view);
  const parts =
    name === undefined
      ? {
          buffer: viewBuffer(view),
          offset: viewByteOffset(view),
          length: viewByteLength(view),
          elementSize: 1,
          constructor: DataView,
        }
      : {
          buffer: typedBuffer(view),
          offset: typedByteOffset(view),
          length: typedByteLength(view),
          elementSize: KINDS[name]!.size,
          constructor: KINDS[name]!.constructor,
        };
  bufferByteLength(parts.buffer); // A shared buffer has none of these: it throws a TypeError.
  return parts;
}

export function isDetached(buffer: ArrayBuffer): boolean {
  return bufferDetached(buffer);
}

/** The same bytes in a new buffer; the old one is detached. Memory of WebAssembly throws. */
export function transfer(buffer: ArrayBuffer): ArrayBuffer {
  return bufferTransfer(buffer);
}

export function bytesIn(buffer: ArrayBuffer, offset: number, length: number): Uint8Array {
  return new Uint8Array(buffer, offset, length);
}

export function viewOf(constructor: Function, buffer: ArrayBuffer, range: [number, number]): any {
  return construct(constructor, [buffer, range[0], range[1]]);
}

export function copyBytes(buffer: ArrayBuffer, offset: number, length: number): Uint8Array {
  const copy = new Uint8Array(length);
  typedSet(copy, bytesIn(buffer, offset, length));
  return copy;
}
