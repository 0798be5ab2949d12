import { core, primordials } from '../../../guest/captured.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';
import { Buffer } from './buffer.ts';
import { encodingOf } from './encodings.ts';

const { isArray, isInteger, isView, RangeError, setPrototypeOf, toPrimitive } =
  primordials;
const { typedBuffer, typedByteLength, typedByteOffset, typedLength, typedSet, TypeError } =
  primordials;
const { bufferByteLength, Uint8Array } = primordials;
const { isBufferSource } = core.use<EncodingGroup>('encoding');

/** A Buffer on the same memory as a plain view; the constructor of the class is the guest's. */
export function asBuffer(bytes: Uint8Array): Buffer {
  const view = new Uint8Array(typedBuffer(bytes), typedByteOffset(bytes), typedByteLength(bytes));
  return setPrototypeOf(view, Buffer.prototype) as Buffer;
}

export function checkedSize(size: unknown): number {
  if (typeof size !== 'number') throw new TypeError('The size must be a number');
  if (size >= 0 && size <= 2 ** 32) return primordials.floor(size);
  throw new RangeError(`The size ${size} is out of range`);
}

export function makeFrom(value: unknown, second: unknown, third: unknown): Buffer {
  if (typeof value === 'string') return asBuffer(encodingOf(second).encode(value));
  if (typeof value !== 'object' || value === null) throw unsupported();
  if (isView(value) || isArray(value)) return copyOf(value as unknown as ArrayLike<number>);
  if (isBufferSource(value)) return shared(value as ArrayBuffer, second, third);
  return fromObject(value as Convertible, second, third);
}

function unsupported(): Error {
  return new TypeError('The first argument must be a string, an array, a buffer or array-like');
}

function copyOf(source: ArrayLike<number>): Buffer {
  const length = isView(source) && isTyped(source) ? typedLength(source) : source.length;
  const bytes = new Uint8Array(checkedSize(length ?? 0));
  if (isView(source) && isTyped(source)) typedSet(bytes, source as never);
  else for (let i = 0; i < length; i++) bytes[i] = source[i]!;
  return asBuffer(bytes);
}

function isTyped(view: unknown): boolean {
  return primordials.typedName(view) !== undefined;
}

function shared(buffer: ArrayBuffer, offset: unknown, length: unknown): Buffer {
  const start = offset === undefined ? 0 : +(offset as number) || 0;
  const room = bufferByteLength(buffer) - start;
  if (!isInteger(start) || start < 0 || room < 0) throw new RangeError('The offset is out of range');
  const size = length === undefined ? room : +(length as number) || 0;
  if (size > room) throw new RangeError('The length is out of range');
  return asBuffer(new Uint8Array(buffer, start, size > 0 ? size : 0));
}

interface Convertible {
  length?: unknown;
  type?: unknown;
  data?: unknown;
  valueOf?: () => unknown;
  [toPrimitive]?: (hint: string) => unknown;
}

function fromObject(value: Convertible, second: unknown, third: unknown): Buffer {
  const inner = value.valueOf?.();
  if (inner !== undefined && inner !== null && inner !== value) return makeFrom(inner, second, third);
  if (value.type === 'Buffer' && isArray(value.data)) return copyOf(value.data as number[]);
  if (typeof value.length === 'number') return copyOf(value as unknown as ArrayLike<number>);
  const primitive = value[toPrimitive]?.('string');
  if (typeof primitive === 'string') return makeFrom(primitive, second, third);
  throw unsupported();
}
