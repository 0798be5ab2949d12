import { core, primordials } from '../../../guest/captured.ts';
import type { HostAnswer } from '../../../guest/core.ts';
import { defineInterface, hardened, record } from '../../../guest/interface.ts';
import { makeKey, type KeyDescription } from './key.ts';
import { pack } from './pack.ts';

const { ArrayBuffer, defineProperty, hasOwn, promiseThen, rejectedPromise, TypeError } =
  primordials;

const KEY = {};

interface Method {
  name: string;
  /** The arguments that it cannot do without, which is its `length`. */
  needed: number;
}

/** Asks the host for one operation. */
function ask({ name, needed }: Method, args: readonly unknown[]): Promise<unknown> {
  if (args.length < needed) throw new TypeError(`${name} needs ${needed} arguments`);
  const { json, bytes } = pack(args);
  return promiseThen(hardened(core.hostCall('crypto', name, json, bytes)), unpack);
}

function unpack({ json, bytes }: HostAnswer): unknown {
  if (json === null || json === undefined) return bytes ?? new ArrayBuffer(0);
  if (hasOwn(json, 'key')) return makeKey(json.key as KeyDescription);
  if (hasOwn(json, 'pair')) {
    const { publicKey, privateKey } = json.pair as Record<string, KeyDescription>;
    return { publicKey: makeKey(publicKey!), privateKey: makeKey(privateKey!) };
  }
  return json.value as unknown;
}

const METHODS: readonly Method[] = [
  { name: 'encrypt', needed: 3 },
  { name: 'decrypt', needed: 3 },
  { name: 'sign', needed: 3 },
  { name: 'verify', needed: 4 },
  { name: 'digest', needed: 2 },
  { name: 'generateKey', needed: 3 },
  { name: 'deriveKey', needed: 5 },
  { name: 'deriveBits', needed: 2 },
  { name: 'importKey', needed: 5 },
  { name: 'exportKey', needed: 2 },
  { name: 'wrapKey', needed: 4 },
  { name: 'unwrapKey', needed: 7 },
];

/** Whether an object is the true one, which its methods ask of what they are called on. */
let isSubtle: (value: object) => boolean;

export class SubtleCrypto {
  readonly #isSubtle = true;

  static {
    isSubtle = (value) => #isSubtle in value;
  }

  constructor(key: unknown) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    void this.#isSubtle;
  }
}

/** As a method of an object: it has a `this` and is no constructor. Every error rejects. */
function methodOf(method: Method): Function {
  const { call } = {
    call(this: object, ...args: unknown[]): Promise<unknown> {
      try {
        if (!isSubtle(this)) throw new TypeError('Illegal invocation');
        return ask(method, args);
      } catch (error) {
        return rejectedPromise(error);
      }
    },
  };
  defineProperty(call, 'name', record({ value: method.name, configurable: true }));
  defineProperty(call, 'length', record({ value: method.needed, configurable: true }));
  return call;
}

for (let i = 0; i < METHODS.length; i++) {
  const method = METHODS[i]!;
  const value = methodOf(method);
  const fields = record({ value, writable: true, configurable: true });
  defineProperty(SubtleCrypto.prototype, method.name, fields);
}
defineInterface(SubtleCrypto, 'SubtleCrypto', 0);

export function makeSubtle(): SubtleCrypto {
  return new SubtleCrypto(KEY);
}
