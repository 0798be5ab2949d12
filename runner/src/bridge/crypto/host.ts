import type { webcrypto } from 'node:crypto';
import {
  GuestFault,
  type AsyncMethod,
  type BridgeValue,
  type Capability,
  type RunContext,
} from '../capability.ts';
import { charged } from '../charge.ts';
import { checkArguments, checkName } from './host/bounds.ts';
import { mostCost } from './host/cost.ts';
import { KeyRing } from './host/key-ring.ts';
import { unpackArguments } from './host/unpack.ts';

const NAME = 'crypto';
/** Loaded for the first guest that uses it: it takes 9 ms of a process's start. */
const nodeCrypto = () => process.getBuiltinModule('node:crypto');
const MAX_RANDOM_BYTES = 65_536;
/** Operations of one run under way at once: they use the host's thread pool, beside any CPU limit. */
const MAX_RUNNING = 2;

/** Each method, and which of its arguments name algorithms. */
const METHODS = {
  digest: [0],
  sign: [0],
  verify: [0],
  encrypt: [0],
  decrypt: [0],
  deriveBits: [0],
  deriveKey: [0, 2],
  generateKey: [0],
  importKey: [2],
  exportKey: [],
  wrapKey: [3],
  unwrapKey: [3, 4],
} as const satisfies Record<string, readonly number[]>;

type MethodName = keyof typeof METHODS;

/** One run's keys, and its operations' place in the queue. */
class CryptoState {
  readonly keys = new KeyRing();
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  async limited<T>(signal: AbortSignal, operation: () => Promise<T>): Promise<T> {
    if (this.#running >= MAX_RUNNING) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running++;
    try {
      if (signal.aborted) throw new GuestFault('AbortError', 'The run is over');
      return await operation();
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }
}

function stateOf(context: RunContext): CryptoState {
  const known = context.state.get(NAME) as CryptoState | undefined;
  const state = known ?? new CryptoState();
  if (!known) context.state.set(NAME, state);
  return state;
}

/** WebCrypto on the host: Node's own, with what would cost too much refused. */
export const cryptoCapability: Capability = {
  name: NAME,
  uncounted: ['random'],
  sync: {
    random: (_context, { json }) => {
      const { size } = Object(json) as { size?: unknown };
      if (!Number.isInteger(size) || (size as number) < 0 || (size as number) > MAX_RANDOM_BYTES) {
        throw new GuestFault('TypeError', 'size must be a number of bytes');
      }
      return { bytes: nodeCrypto().randomFillSync(new Uint8Array(size as number)) };
    },
  },
  async: Object.fromEntries(
    (Object.keys(METHODS) as MethodName[]).map((name) => [name, methodOf(name)]),
  ),
};

function methodOf(name: MethodName): AsyncMethod {
  return async (context, { json, bytes = new Uint8Array() }) => {
    const state = stateOf(context);
    const args = unpackArguments(json, { bytes, keys: state.keys });
    const algorithms = METHODS[name].map((position) => args[position]);
    for (const algorithm of algorithms) checkName(algorithm);
    checkArguments(args);
    const most = mostCost({ algorithms, bytes: bytes.byteLength, bits: args[2] });
    const { subtle } = nodeCrypto().webcrypto;
    const operation = subtle[name] as (...args: unknown[]) => Promise<unknown>;
    try {
      const result = await state.limited(context.signal, () =>
        charged(context, most, () => operation.apply(subtle, args)),
      );
      return packResult(result, state.keys, bytes.byteLength);
    } catch (error) {
      throw faultOf(error);
    }
  };
}

function packResult(result: unknown, keys: KeyRing, given: number): BridgeValue {
  if (result instanceof ArrayBuffer) return { bytes: new Uint8Array(result) };
  if (isKey(result)) return { json: { key: keys.add(result, given) } };
  if (isPair(result)) {
    const publicKey = keys.add(result.publicKey, given);
    return { json: { pair: { publicKey, privateKey: keys.add(result.privateKey, given) } } };
  }
  return { json: { value: result } };
}

function isKey(value: unknown): value is webcrypto.CryptoKey {
  return value instanceof CryptoKey;
}

function isPair(value: unknown): value is webcrypto.CryptoKeyPair {
  const { publicKey, privateKey } = Object(value) as Record<string, unknown>;
  return isKey(publicKey) && isKey(privateKey);
}

/** Names of DOMExceptions and TypeError pass; what else Node may throw says only that it failed. */
function faultOf(error: unknown): GuestFault {
  if (error instanceof GuestFault) return error;
  if (error instanceof DOMException) return new GuestFault(error.name, error.message);
  if (error instanceof TypeError) return new GuestFault('TypeError', error.message);
  return new GuestFault('OperationError', 'The operation failed');
}
