import type { webcrypto } from 'node:crypto';
import { GuestFault } from '../../capability.ts';
import { checkKey } from './bounds.ts';

/** A run may hold so many keys; an RSA key takes some kilobytes of the host's memory. */
const MAX_KEYS = 256;

/** What the guest is told of a key. */
export interface KeyDescription {
  handle: number;
  type: string;
  extractable: boolean;
  algorithm: Record<string, unknown>;
  usages: readonly string[];
}

/** One run's keys by handle. They never leave the host unless exported. */
export class KeyRing {
  readonly #keys: webcrypto.CryptoKey[] = [];

  add(key: webcrypto.CryptoKey): KeyDescription {
    if (this.#keys.length >= MAX_KEYS) {
      throw new GuestFault('QuotaExceededError', `A run may have no more than ${MAX_KEYS} keys`);
    }
    checkKey(key);
    const handle = this.#keys.push(key) - 1;
    const { type, extractable, usages } = key;
    return { handle, type, extractable, algorithm: plainAlgorithm(key.algorithm), usages };
  }

  get(handle: unknown): webcrypto.CryptoKey {
    const key = Number.isInteger(handle) ? this.#keys[handle as number] : undefined;
    if (!key) throw new GuestFault('TypeError', 'The key is not of this run');
    return key;
  }
}

/** `publicExponent` is the one part that is no JSON: an array of its bytes. */
function plainAlgorithm(algorithm: object): Record<string, unknown> {
  const entries = Object.entries(algorithm).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? [...value] : (value as unknown),
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}
