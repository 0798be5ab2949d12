/** Of calling Node at all. */
const CALL_MS = 0.2;
/** Hashing and ciphers are 3 to 10 times as fast as this on a slow machine. */
const PER_BYTE_MS = 0.000_02;
/** PBKDF2 takes 0.1 to 0.4 µs for each, on a fast machine. */
const PER_ITERATION_MS = 0.002;
/** Of the shortest hash: longer keys are derived in so many rounds. */
const BLOCK_BITS = 160;
/** A signature or decryption with an RSA key of 4096 bits, or of the slowest curve. */
const ASYMMETRIC_MS = 60;
/** How long finding two primes of 2048 bits may take: about a second on average. */
const PRIMES_MS = 30_000;

const SYMMETRIC = /^(?:SHA-|HMAC$|AES-|PBKDF2$|HKDF$)/i;

export interface Operation {
  /** Every algorithm that it names. */
  algorithms: readonly unknown[];
  /** All that came along. */
  bytes: number;
  /** The number of bits that is derived, where it is an argument. */
  bits: unknown;
}

/** The most that an operation may be taken to have cost, in milliseconds, however long it took. */
export function mostCost({ algorithms, bytes, bits }: Operation): number {
  let most = CALL_MS + bytes * PER_BYTE_MS;
  for (const algorithm of algorithms) {
    if (!SYMMETRIC.test(nameOf(algorithm))) most += ASYMMETRIC_MS;
    if (hasModulus(algorithm)) most += PRIMES_MS;
  }
  return most + derivationCost(algorithms, bits);
}

function derivationCost([kdf, key]: readonly unknown[], bits: unknown): number {
  const { iterations } = Object(kdf) as { iterations?: unknown };
  if (!(Number(iterations) > 0)) return 0;
  const { length } = Object(key) as { length?: unknown };
  const longest = Math.max(MIN_KEY_BITS, Number(bits) || 0, Number(length) || 0);
  return Number(iterations) * Math.ceil(longest / BLOCK_BITS) * PER_ITERATION_MS;
}
/** A key for HMAC without a length of its own has the block of its hash. */
const MIN_KEY_BITS = 1024;

function nameOf(algorithm: unknown): string {
  if (typeof algorithm === 'string') return algorithm;
  return String((Object(algorithm) as { name?: unknown }).name);
}

function hasModulus(value: unknown): boolean {
  return (Object(value) as { modulusLength?: unknown }).modulusLength !== undefined;
}
