import { primordials } from '../../../guest/captured.ts';
import { defineInterface } from '../../../guest/interface.ts';

const { TypeError } = primordials;

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

export class CryptoKey {
  readonly #description: KeyDescription;

  static {
    makeKey = (description) => new CryptoKey(KEY, description);
    handleOf = (key) => key.#description.handle;
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

defineInterface(CryptoKey, 'CryptoKey');
