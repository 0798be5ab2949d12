import { core, primordials } from '../../../guest/captured.ts';
import type { HostAnswer } from '../../../guest/core.ts';
import { defineInterface, hardened } from '../../../guest/interface.ts';
import { makeKey, type KeyDescription } from './key.ts';
import { pack } from './pack.ts';

const { ArrayBuffer, hasOwn, promiseThen, rejectedPromise, TypeError } = primordials;

const KEY = {};

/** Asks the host for one operation; packing errors reject, as every error of these methods does. */
function ask(method: string, args: readonly unknown[], needed: number): Promise<any> {
  try {
    if (args.length < needed) throw new TypeError(`${method} needs ${needed} arguments`);
    const { json, bytes } = pack(args);
    return promiseThen(hardened(core.hostCall('crypto', method, json, bytes)), unpack);
  } catch (error) {
    return rejectedPromise(error);
  }
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

export class SubtleCrypto {
  constructor(key: unknown) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
  }
  digest(...args: unknown[]): Promise<ArrayBuffer> {
    return ask('digest', args, 2);
  }
  sign(...args: unknown[]): Promise<ArrayBuffer> {
    return ask('sign', args, 3);
  }
  verify(...args: unknown[]): Promise<boolean> {
    return ask('verify', args, 4);
  }
  encrypt(...args: unknown[]): Promise<ArrayBuffer> {
    return ask('encrypt', args, 3);
  }
  decrypt(...args: unknown[]): Promise<ArrayBuffer> {
    return ask('decrypt', args, 3);
  }
  deriveBits(...args: unknown[]): Promise<ArrayBuffer> {
    return ask('deriveBits', args, 2);
  }
  deriveKey(...args: unknown[]): Promise<unknown> {
    return ask('deriveKey', args, 5);
  }
  generateKey(...args: unknown[]): Promise<unknown> {
    return ask('generateKey', args, 3);
  }
  importKey(...args: unknown[]): Promise<unknown> {
    return ask('importKey', args, 5);
  }
  exportKey(...args: unknown[]): Promise<unknown> {
    return ask('exportKey', args, 2);
  }
  wrapKey(...args: unknown[]): Promise<ArrayBuffer> {
    return ask('wrapKey', args, 4);
  }
  unwrapKey(...args: unknown[]): Promise<unknown> {
    return ask('unwrapKey', args, 7);
  }
}

defineInterface(SubtleCrypto, 'SubtleCrypto');

export function makeSubtle(): SubtleCrypto {
  return new SubtleCrypto(KEY);
}
