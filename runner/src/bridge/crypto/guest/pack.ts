import { core, primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';
import { handleOf, isKey, type CryptoKey } from './key.ts';

const { isArray, typedLength, typedSet, TypeError, Uint8Array } = primordials;
const { bytesOf, isBufferSource } = core.use<EncodingGroup>('encoding');

/**
 * What crosses to the host: one JSON value, in which `{"$bytes":[offset,length]}` is a part of the
 * one buffer beside it and `{"$key":handle}` a key that never leaves the host.
 */
export interface Packed {
  json: unknown;
  bytes: ArrayBuffer;
}

interface Packing {
  parts: Uint8Array[];
  size: number;
  depth: number;
}

/** Algorithm parameters are flat, and a JWK has one list of records; deeper is no argument of ours. */
const MAX_DEPTH = 6;
const MAX_ITEMS = 64;

export function pack(args: readonly unknown[]): Packed {
  const packing: Packing = record({ parts: list<Uint8Array>(), size: 0, depth: 0 });
  const json = packValue(args, packing);
  const bytes = new Uint8Array(packing.size);
  let at = 0;
  for (let i = 0; i < packing.parts.length; i++) {
    typedSet(bytes, packing.parts[i]!, at);
    at += typedLength(packing.parts[i]);
  }
  return record({ json, bytes: primordials.typedBuffer(bytes) });
}

function packValue(value: unknown, packing: Packing): unknown {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    case 'object':
      return value === null ? null : packObject(value, packing);
    default:
      return null;
  }
}

function packObject(value: object, packing: Packing): unknown {
  if (isKey(value)) return record({ $key: handleOf(value as CryptoKey) });
  if (isBufferSource(value)) return packBytes(bytesOf(value), packing);
  if (++packing.depth > MAX_DEPTH) throw new TypeError('The argument is nested too deeply');
  const packed = isArray(value) ? packItems(value, packing) : packFields(value, packing);
  packing.depth--;
  return packed;
}

function packBytes(bytes: Uint8Array, packing: Packing): unknown {
  const length = typedLength(bytes);
  const range = list<number>();
  range[0] = packing.size;
  range[1] = length;
  packing.parts[packing.parts.length] = bytes;
  packing.size += length;
  return record({ $bytes: range });
}

function packItems(value: readonly unknown[], packing: Packing): unknown[] {
  if (value.length > MAX_ITEMS) throw new TypeError('The argument has too many items');
  const items = list<unknown>();
  for (let i = 0; i < value.length; i++) items[i] = packValue(value[i], packing);
  return items;
}

/** What algorithms and JSON Web Keys have: as of any dictionary, inherited members are read too. */
const MEMBERS: readonly string[] = [
  'additionalData',
  'counter',
  'hash',
  'info',
  'iterations',
  'iv',
  'label',
  'length',
  'modulusLength',
  'name',
  'namedCurve',
  'public',
  'publicExponent',
  'salt',
  'saltLength',
  'tagLength',
  'alg',
  'crv',
  'd',
  'dp',
  'dq',
  'e',
  'ext',
  'k',
  'key_ops',
  'kty',
  'n',
  'oth',
  'p',
  'q',
  'qi',
  'r',
  't',
  'use',
  'x',
  'y',
];

function packFields(value: object, packing: Packing): object {
  const fields = record<Record<string, unknown>>({});
  for (let i = 0; i < MEMBERS.length; i++) {
    const name = MEMBERS[i]!;
    const field = (value as Record<string, unknown>)[name];
    if (field !== undefined) fields[name] = packValue(field, packing);
  }
  return fields;
}
