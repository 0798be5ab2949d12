import { primordials } from '../../../guest/captured.ts';
import { defineInterface, record } from '../../../guest/interface.ts';

const { defineProperty, hasOwn, TypeError, Uint8Array } = primordials;

/** What the host says of a key; the key itself stays there. */
export interface KeyDescription {
  handle: number;
  type: string;
  extractable: boolean;
  algorithm: object;
  usages: string[];
}

const KEY = {};

export let makeKey: (description: KeyDescription) => CryptoKey;
export let handleOf: (key: CryptoKey) => number;
export let isKey: (value: unknown) => boolean;
/** Another object for the same key of the host's. */
export let cloneKey: (value: object) => CryptoKey | undefined;

/** The one part of an algorithm that is no JSON came as an array of its bytes. */
function restoreExponent(algorithm: object): void {
  if (!hasOwn(algorithm, 'publicExponent')) return;
  const { publicExponent } = algorithm as { publicExponent: ArrayLike<number> };
  const value = new Uint8Array(publicExponent.length);
  for (let i = 0; i < publicExponent.length; i++) value[i] = publicExponent[i]!;
  defineProperty(algorithm, 'publicExponent', record({ value }));
}

export class CryptoKey {
  readonly #description: KeyDescription;

  static {
    makeKey = (description) => {
      restoreExponent(description.algorithm);
      return new CryptoKey(KEY, description);
    };
    handleOf = (key) => key.#description.handle;
    cloneKey = (value) =>
      #description in value ? new CryptoKey(KEY, value.#description) : undefined;
    isKey = (value) => typeof value === 'object' && value !== null && #description in value;
  }

  constructor(key: unknown, description: KeyDescription) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    this.#description = description;
  }
  get type(): string {
    return this.#description.type;
  }
  get extractable(): boolean {
    return this.#description.extractable;
  }
  get algorithm(): object {
    return this.#description.algorithm;
  }
  get usages(): string[] {
    return this.#description.usages;
  }
}

defineInterface(CryptoKey, 'CryptoKey', 0);
