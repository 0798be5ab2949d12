import { createHash } from 'node:crypto';
import type { ScriptIdentity } from '../sources/source.ts';
import { keyOf } from '../sources/source.ts';

/** A script's uid where no cluster gives one: the same for the same namespace and name, in UUID form. */
export function uidOf(identity: ScriptIdentity): string {
  const hash = createHash('sha256')
    .update(`cofferdam/${keyOf(identity)}`)
    .digest();
  // RFC 9562: version 8 (custom), variant 10.
  hash[6] = (hash[6]! & 0x0f) | 0x80;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join('-');
}
