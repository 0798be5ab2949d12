import { GuestFault } from '../../capability.ts';
import type { KeyRing } from './key-ring.ts';

const MAX_DEPTH = 6;

export interface Unpacking {
  bytes: Uint8Array;
  keys: KeyRing;
}

/**
 * The arguments of one operation: `{"$bytes":[offset,length]}` is a part of the buffer that came
 * along, `{"$key":handle}` a key of this run.
 */
export function unpackArguments(json: unknown, unpacking: Unpacking): unknown[] {
  if (!Array.isArray(json) || json.length > 8) throw new GuestFault('TypeError', 'Bad arguments');
  return json.map((value: unknown) => unpackValue(value, unpacking, 0));
}

function unpackValue(value: unknown, unpacking: Unpacking, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) throw new GuestFault('TypeError', 'Bad arguments');
  if (Array.isArray(value)) return value.map((item) => unpackValue(item, unpacking, depth + 1));
  const fields = value as Record<string, unknown>;
  if (Object.hasOwn(fields, '$bytes')) return part(fields.$bytes, unpacking.bytes);
  if (Object.hasOwn(fields, '$key')) return unpacking.keys.get(fields.$key);
  return fieldsOf(fields, unpacking, depth);
}

function part(range: unknown, bytes: Uint8Array): Uint8Array {
  const [offset, length] = Array.isArray(range) ? (range as unknown[]) : [];
  const isInside =
    Number.isInteger(offset) &&
    Number.isInteger(length) &&
    (offset as number) >= 0 &&
    (length as number) >= 0 &&
    (offset as number) + (length as number) <= bytes.byteLength;
  if (!isInside) throw new GuestFault('TypeError', 'Bad arguments');
  return bytes.subarray(offset as number, (offset as number) + (length as number));
}

function fieldsOf(
  fields: Record<string, unknown>,
  unpacking: Unpacking,
  depth: number,
): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, field]) => [
    name,
    unpackValue(field, unpacking, depth + 1),
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}
