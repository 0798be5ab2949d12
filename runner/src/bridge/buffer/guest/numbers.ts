import { primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';

const p = primordials;
const { BigInt, DataView, defineProperty, isInteger, RangeError, TypeError } = primordials;

type Value = number | bigint;

interface NumberKind {
  name: string;
  /** Node's second spelling. */
  alias?: string;
  size: number;
  get(view: DataView, at: number, little: boolean): Value;
  set(view: DataView, at: number, value: never, little: boolean): void;
  least?: Value;
  most?: Value;
}

const KINDS: readonly NumberKind[] = [
  { name: 'Int8', size: 1, get: p.getInt8, set: p.setInt8, least: -0x80, most: 0x7f },
  {
    name: 'UInt8',
    alias: 'Uint8',
    size: 1,
    get: p.getUint8,
    set: p.setUint8,
    least: 0,
    most: 0xff,
  },
  { name: 'Int16', size: 2, get: p.getInt16, set: p.setInt16, least: -0x8000, most: 0x7fff },
  {
    name: 'UInt16',
    alias: 'Uint16',
    size: 2,
    get: p.getUint16,
    set: p.setUint16,
    least: 0,
    most: 0xffff,
  },
  {
    name: 'Int32',
    size: 4,
    get: p.getInt32,
    set: p.setInt32,
    least: -(2 ** 31),
    most: 2 ** 31 - 1,
  },
  {
    name: 'UInt32',
    alias: 'Uint32',
    size: 4,
    get: p.getUint32,
    set: p.setUint32,
    least: 0,
    most: 2 ** 32 - 1,
  },
  {
    name: 'BigInt64',
    size: 8,
    get: p.getBigInt64,
    set: p.setBigInt64,
    least: -(2n ** 63n),
    most: 2n ** 63n - 1n,
  },
  {
    name: 'BigUInt64',
    alias: 'BigUint64',
    size: 8,
    get: p.getBigUint64,
    set: p.setBigUint64,
    least: 0n,
    most: 2n ** 64n - 1n,
  },
  { name: 'Float', size: 4, get: p.getFloat32, set: p.setFloat32 },
  { name: 'Double', size: 8, get: p.getFloat64, set: p.setFloat64 },
];

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(p.typedBuffer(bytes), p.typedByteOffset(bytes), p.typedByteLength(bytes));
}

/** An offset at which so many bytes lie within the buffer. */
export function checkedOffset(bytes: Uint8Array, offset: unknown, size: number): number {
  const at = offset === undefined ? 0 : offset;
  if (typeof at !== 'number') throw new TypeError('The offset must be a number');
  if (isInteger(at) && at >= 0 && at + size <= p.typedLength(bytes)) return at;
  throw new RangeError(`The offset ${at} is out of range`);
}

function checkedValue(kind: NumberKind, value: unknown): Value {
  if (kind.least === undefined) return +(value as number);
  const given = typeof kind.least === 'bigint' ? BigInt(value as bigint) : +(value as number);
  if (given < kind.least || given > kind.most!) {
    throw new RangeError(`The value is out of range for ${kind.name}`);
  }
  return given;
}

/** Defines read and write methods for every kind of number on a prototype. */
export function defineNumberMethods(prototype: object): void {
  for (let i = 0; i < KINDS.length; i++) {
    const kind = record(KINDS[i]!);
    const orders = kind.size === 1 ? [''] : ['LE', 'BE'];
    for (let j = 0; j < orders.length; j++) defineFor(prototype, kind, orders[j]!);
  }
  defineVariable(prototype);
}

function defineFor(prototype: object, kind: NumberKind, order: string): void {
  const little = order === 'LE';
  const methods = {
    read(this: Uint8Array, offset?: unknown): Value {
      return kind.get(viewOf(this), checkedOffset(this, offset, kind.size), little);
    },
    write(this: Uint8Array, value: unknown, offset?: unknown): number {
      const checked = checkedValue(kind, value);
      const at = checkedOffset(this, offset, kind.size);
      kind.set(viewOf(this), at, checked as never, little);
      return at + kind.size;
    },
  };
  define(
    prototype,
    [`read${kind.name}${order}`, kind.alias && `read${kind.alias}${order}`],
    methods.read,
  );
  define(
    prototype,
    [`write${kind.name}${order}`, kind.alias && `write${kind.alias}${order}`],
    methods.write,
  );
}

function define(prototype: object, names: (string | undefined)[], value: Function): void {
  defineProperty(value, 'name', record({ value: names[0], configurable: true }));
  for (let i = 0; i < names.length; i++) {
    if (!names[i]) continue;
    const fields = { value, writable: true, enumerable: false, configurable: true };
    defineProperty(prototype, names[i]!, record(fields));
  }
}

function checkedSize(size: unknown): number {
  if (typeof size === 'number' && isInteger(size) && size >= 1 && size <= 6) return size;
  throw new RangeError('The byte length must be from 1 to 6');
}

/** Integers of 1 to 6 bytes. */
function defineVariable(prototype: object): void {
  const signs = list<boolean>();
  signs[0] = true;
  signs[1] = false;
  for (let i = 0; i < 4; i++) {
    const signed = signs[i & 1]!;
    const little = i < 2;
    const suffix = little ? 'LE' : 'BE';
    const methods = {
      read(this: Uint8Array, offset: unknown, size: unknown): number {
        const bytes = checkedSize(size);
        return readInteger(this, checkedOffset(this, offset, bytes), { bytes, signed, little });
      },
      write(this: Uint8Array, value: unknown, offset: unknown, size: unknown): number {
        const bytes = checkedSize(size);
        const at = checkedOffset(this, offset, bytes);
        writeInteger(this, at, +(value as number), { bytes, signed, little });
        return at + bytes;
      },
    };
    const names = signed ? ['Int'] : ['UInt', 'Uint'];
    for (let j = 0; j < names.length; j++) {
      define(prototype, [`read${names[j]!}${suffix}`], methods.read);
      define(prototype, [`write${names[j]!}${suffix}`], methods.write);
    }
  }
}

interface Layout {
  bytes: number;
  signed: boolean;
  little: boolean;
}

function readInteger(buffer: Uint8Array, at: number, { bytes, signed, little }: Layout): number {
  let value = 0;
  for (let i = 0; i < bytes; i++)
    value = value * 256 + buffer[little ? at + bytes - 1 - i : at + i]!;
  const limit = 2 ** (8 * bytes);
  return signed && value >= limit / 2 ? value - limit : value;
}

function writeInteger(buffer: Uint8Array, at: number, value: number, layout: Layout): void {
  const { bytes, signed, little } = layout;
  const limit = 2 ** (8 * bytes);
  const least = signed ? -limit / 2 : 0;
  const most = signed ? limit / 2 - 1 : limit - 1;
  if (value < least || value > most) throw new RangeError('The value is out of range');
  let rest = p.trunc(value < 0 ? value + limit : value);
  for (let i = 0; i < bytes; i++) {
    buffer[little ? at + i : at + bytes - 1 - i] = rest % 256;
    rest = p.floor(rest / 256);
  }
}
