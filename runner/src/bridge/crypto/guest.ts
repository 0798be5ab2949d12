import { core, primordials } from '../../guest/captured.ts';
import type { GuestGroup } from '../../guest/core.ts';
import { defineInterface } from '../../guest/interface.ts';
import { cloneKey, CryptoKey } from './guest/key.ts';
import { makeSubtle, SubtleCrypto } from './guest/subtle.ts';

const { numberToString, typedBuffer, typedByteLength, typedByteOffset, typedLength } = primordials;
const { isView, typedName, typedSet, TypeError, Uint8Array } = primordials;

const KEY = {};
/** The standard's bound on one call. */
const MAX_BYTES = 65_536;
/** Random bytes are asked for ahead: one call to the host is enough for 256 UUIDs. */
const POOL_BYTES = 4096;

let pool = new Uint8Array(0);
let used = 0;

function randomBytes(size: number): Uint8Array {
  if (size > POOL_BYTES / 4) return fromHost(size);
  if (used + size > typedLength(pool)) {
    pool = fromHost(POOL_BYTES);
    used = 0;
  }
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    bytes[i] = pool[used]!;
    // Given out once: a script that reads its own heap finds nothing of it again.
    pool[used++] = 0;
  }
  return bytes;
}

function fromHost(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(core.hostCallSync('crypto', 'random', { size }).bytes!);
}

function exception(message: string, name: string): Error {
  const { DOMException } = core.use('exception');
  return new DOMException(message, name);
}

function isIntegerView(name: string | undefined): boolean {
  return (
    name !== undefined &&
    name !== 'Float64Array' &&
    name !== 'Float32Array' &&
    name !== 'Float16Array'
  );
}

class Crypto {
  readonly #subtle = makeSubtle();

  constructor(key: unknown) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
  }

  get subtle(): SubtleCrypto {
    return this.#subtle;
  }

  getRandomValues<T>(array: T): T {
    void this.#subtle;
    if (!isView(array)) throw new TypeError('The argument must be a view of a buffer');
    if (!isIntegerView(typedName(array))) {
      throw exception('The argument must be a typed array of integers', 'TypeMismatchError');
    }
    const size = typedByteLength(array);
    if (size > MAX_BYTES) {
      throw exception(`No more than ${MAX_BYTES} bytes at once`, 'QuotaExceededError');
    }
    const target = new Uint8Array(typedBuffer(array), typedByteOffset(array), size);
    typedSet(target, randomBytes(size));
    return array;
  }

  randomUUID(): string {
    void this.#subtle;
    const bytes = randomBytes(16);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    let text = '';
    for (let i = 0; i < 16; i++) {
      if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
      text += (bytes[i]! < 16 ? '0' : '') + numberToString(bytes[i]!, 16);
    }
    return text;
  }
}

defineInterface(Crypto, 'Crypto', 0);

/** What other groups use of this one, beside its global. */
export interface CryptoGroup {
  cloneKey: typeof cloneKey;
  randomBytes: typeof randomBytes;
}

export const install: GuestGroup = () => ({
  crypto: new Crypto(KEY),
  Crypto,
  CryptoKey,
  SubtleCrypto,
  cloneKey,
  randomBytes,
});
