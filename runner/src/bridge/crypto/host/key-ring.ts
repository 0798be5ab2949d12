import type { webcrypto } from 'node:crypto';
import { GuestFault } from '../../capability.ts';
import { checkKey } from './bounds.ts';

/** What the keys of a run may take of the host's memory: 1,024 RSA keys of 4096 bits, or 8,192 of curves. */
const MAX_BYTES = 16 * 1024 * 1024;
/** What Node and OpenSSL keep of any key beside its own bytes. */
const OVERHEAD_BYTES = 1024;
const CURVE_BYTES = 1024;
/** An RSA key's numbers, those that OpenSSL works out for speed among them, for each bit of its modulus. */
const RSA_BYTES_PER_BIT = 4;

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
  #bytes = 0;

  /** `given` is how many bytes came with the call that made the key: no secret is longer than them. */
  add(key: webcrypto.CryptoKey, given: number): KeyDescription {
    checkKey(key);
    const bytes = bytesOf(key, given);
    if (this.#bytes + bytes > MAX_BYTES) {
      throw new GuestFault(
        'QuotaExceededError',
        `The keys of a run are more than ${MAX_BYTES} bytes`,
      );
    }
    this.#bytes += bytes;
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

function bytesOf(key: webcrypto.CryptoKey, given: number): number {
  const { length = 0, modulusLength } = key.algorithm as {
    length?: number;
    modulusLength?: number;
  };
  if (key.type === 'secret') return OVERHEAD_BYTES + Math.max(length / 8, given);
  return OVERHEAD_BYTES + (modulusLength ? modulusLength * RSA_BYTES_PER_BIT : CURVE_BYTES);
}

/** `publicExponent` is the one part that is no JSON: an array of its bytes. */
function plainAlgorithm(algorithm: object): Record<string, unknown> {
  const entries = Object.entries(algorithm).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? [...value] : (value as unknown),
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}
