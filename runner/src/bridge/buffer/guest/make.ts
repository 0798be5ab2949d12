import { core, primordials } from '../../../guest/captured.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';
import { encodingOf } from './encodings.ts';

const { isArray, isInteger, isView, RangeError, toPrimitive } = primordials;
const { typedLength, typedSet, TypeError } = primordials;
const { bufferByteLength, Uint8Array } = primordials;
const { isBufferSource } = core.use<EncodingGroup>('encoding');

export function checkedSize(size: unknown): number {
  if (typeof size !== 'number') throw new TypeError('The size must be a number');
  if (size >= 0 && size <= 2 ** 32) return primordials.floor(size);
  throw new RangeError(`The size ${size} is out of range`);
}

/** The bytes that Buffer.from makes of a value. */
export function bytesFrom(
  value: unknown,
  second: unknown,
  third: unknown,
): Uint8Array<ArrayBuffer> {
  if (typeof value === 'string') return encodingOf(second).encode(value);
  if (typeof value !== 'object' || value === null) throw unsupported();
  if (isView(value) || isArray(value)) return copyOf(value as unknown as ArrayLike<number>);
  if (isBufferSource(value)) return shared(value as ArrayBuffer, second, third);
  return fromObject(value as Convertible, second, third);
}

function unsupported(): Error {
  return new TypeError('The first argument must be a string, an array, a buffer or array-like');
}

function copyOf(source: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const length = isView(source) && isTyped(source) ? typedLength(source) : source.length;
  const bytes = new Uint8Array(checkedSize(length ?? 0));
  if (isView(source) && isTyped(source)) typedSet(bytes, source as never);
  else for (let i = 0; i < length; i++) bytes[i] = source[i]!;
  return bytes;
}

function isTyped(view: unknown): boolean {
  return primordials.typedName(view) !== undefined;
}

function shared(buffer: ArrayBuffer, offset: unknown, length: unknown): Uint8Array<ArrayBuffer> {
  const start = offset === undefined ? 0 : +(offset as number) || 0;
  const room = bufferByteLength(buffer) - start;
  if (!isInteger(start) || start < 0 || room < 0)
    throw new RangeError('The offset is out of range');
  const size = length === undefined ? room : +(length as number) || 0;
  if (size > room) throw new RangeError('The length is out of range');
  return new Uint8Array(buffer, start, size > 0 ? size : 0);
}

interface Convertible {
  length?: unknown;
  type?: unknown;
  data?: unknown;
  valueOf?: () => unknown;
  [toPrimitive]?: (hint: string) => unknown;
}

function fromObject(value: Convertible, second: unknown, third: unknown): Uint8Array<ArrayBuffer> {
  const inner = value.valueOf?.();
  if (inner !== undefined && inner !== null && inner !== value)
    return bytesFrom(inner, second, third);
  if (value.type === 'Buffer' && isArray(value.data)) return copyOf(value.data as number[]);
  if (typeof value.length === 'number') return copyOf(value as unknown as ArrayLike<number>);
  const primitive = value[toPrimitive]?.('string');
  if (typeof primitive === 'string') return bytesFrom(primitive, second, third);
  throw unsupported();
}
