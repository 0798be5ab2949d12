import type { HookAnswer } from '../../../guest/hooks.ts';

/** As much as a program mostly asks for at once: seeds and keys. */
const POOL_BYTES = 256;
/** The least that limits.bridgePayloadBytes can be: no run is ended for asking for more at once. */
const MAX_BYTES = 1024;

/** Asks the host for random bytes. */
export type AskRandom = (length: number) => HookAnswer;

/** The host's randomness, fetched ahead so that small requests cost no call each. */
export class RandomSource {
  readonly #ask: AskRandom;
  #pool = new Uint8Array(0);

  constructor(ask: AskRandom) {
    this.#ask = ask;
  }

  fill(target: Uint8Array): void {
    let at = 0;
    while (at < target.length) {
      if (this.#pool.length === 0) this.#pool = this.#fetch(target.length - at);
      const piece = this.#pool.subarray(0, target.length - at);
      target.set(piece, at);
      this.#pool = this.#pool.subarray(piece.length);
      at += piece.length;
    }
  }

  #fetch(wanted: number): Uint8Array<ArrayBuffer> {
    const [ok, , bytes] = this.#ask(Math.min(Math.max(wanted, POOL_BYTES), MAX_BYTES));
    if (!ok || !bytes || bytes.byteLength === 0) throw new Error('the host gave no random bytes');
    return new Uint8Array(bytes);
  }
}
