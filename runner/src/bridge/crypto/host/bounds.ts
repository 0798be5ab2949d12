import { GuestFault } from '../../capability.ts';

/** About 0.3 s of one core; the current advice for SHA-256 is 600,000. */
const MAX_ITERATIONS = 1_000_000;
/** Making a key of 4096 bits takes about a second, of 8192 half a minute. */
const MAX_MODULUS_BITS = 4096;
const MAX_DERIVED_BITS = 1024 * 1024;

/** With others the search for primes may take for ever. */
const EXPONENTS = new Set(['010001', '03']);

/** Every algorithm that may be named, in any position. */
const ALGORITHMS = new Set([
  'SHA-1',
  'SHA-256',
  'SHA-384',
  'SHA-512',
  'HMAC',
  'AES-GCM',
  'AES-CBC',
  'AES-CTR',
  'AES-KW',
  'RSA-OAEP',
  'RSA-PSS',
  'RSASSA-PKCS1-V1_5',
  'ECDSA',
  'ECDH',
  'ED25519',
  'X25519',
  'PBKDF2',
  'HKDF',
]);

/** Refuses what would cost the host more than a run may: the work is done outside its CPU limit. */
export function checkArguments(args: readonly unknown[]): void {
  for (const value of args) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      checkAlgorithm(value);
      // The length of a key that is to be made; that of bytes is bounded as what a call carries.
      if (!ArrayBuffer.isView(value)) checkBits((value as { length?: unknown }).length);
    } else if (typeof value === 'number') checkBits(value);
  }
}

function checkBits(bits: unknown): void {
  if (Number(bits) > MAX_DERIVED_BITS) {
    throw new GuestFault('OperationError', `No more than ${MAX_DERIVED_BITS} bits at once`);
  }
}

/** The name that stands in the algorithm's position of a method. */
export function checkName(algorithm: unknown): void {
  const name =
    typeof algorithm === 'string' ? algorithm : (Object(algorithm) as { name?: unknown }).name;
  if (name === undefined) throw new GuestFault('TypeError', 'The algorithm has no name');
  const text = String(name);
  if (typeof name === 'string' && ALGORITHMS.has(text.toUpperCase())) return;
  const shown = text.slice(0, 64);
  throw new GuestFault('NotSupportedError', `Unrecognized algorithm name: ${shown}`);
}

/** Keys that were imported are bounded as those that were made. */
export function checkKey({ algorithm }: { algorithm: object }): void {
  checkAlgorithm(algorithm);
}

function checkAlgorithm(fields: object): void {
  const { iterations, modulusLength, publicExponent } = fields as Record<string, unknown>;
  if (
    publicExponent instanceof Uint8Array &&
    !EXPONENTS.has(Buffer.from(publicExponent).toString('hex'))
  ) {
    throw new GuestFault('OperationError', 'The public exponent must be 65537 or 3');
  }
  if (Number(iterations) > MAX_ITERATIONS) {
    throw new GuestFault(
      'OperationError',
      `PBKDF2 has no more than ${MAX_ITERATIONS} iterations here`,
    );
  }
  if (Number(modulusLength) > MAX_MODULUS_BITS) {
    throw new GuestFault(
      'OperationError',
      `RSA keys have no more than ${MAX_MODULUS_BITS} bits here`,
    );
  }
}
