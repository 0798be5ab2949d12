import type { Transform } from 'node:stream';
import { createDeflate, createDeflateRaw, createGunzip, createGzip } from 'node:zlib';
import { createInflate, createInflateRaw } from 'node:zlib';
import { GuestFault, type BridgeValue } from '../../capability.ts';

/** Of one answer, and what lies ready before the work goes on: a bomb unpacks as it is read. */
const OUTPUT_BYTES = 64 * 1024;

const SETTINGS = { chunkSize: OUTPUT_BYTES, rejectGarbageAfterEnd: true };

export const CODECS = {
  'to-gzip': () => createGzip(SETTINGS),
  'to-deflate': () => createDeflate(SETTINGS),
  'to-deflate-raw': () => createDeflateRaw(SETTINGS),
  'from-gzip': () => createGunzip(SETTINGS),
  'from-deflate': () => createInflate(SETTINGS),
  'from-deflate-raw': () => createInflateRaw(SETTINGS),
} as const satisfies Record<string, () => Transform>;

export type CodecName = keyof typeof CODECS;

/** One stream of bytes through zlib: what goes in is worked on only as what comes out is taken. */
export class Codec {
  isOver = false;
  readonly #zlib: Transform;
  #error: Error | undefined;
  #isIdle = true;
  #isTaken = false;
  #wake: () => void = () => {};

  constructor(name: CodecName) {
    this.#zlib = CODECS[name]();
    const wake = () => this.#wake();
    this.#zlib.on('readable', wake);
    this.#zlib.on('end', () => {
      this.isOver = true;
      wake();
    });
    this.#zlib.on('close', wake);
    this.#zlib.on('error', (error) => {
      this.#error = error;
      wake();
    });
  }

  write(bytes: Uint8Array): Promise<BridgeValue> {
    return this.#work(() => {
      this.#isIdle = false;
      this.#zlib.write(bytes, () => {
        this.#isIdle = true;
        this.#wake();
      });
    });
  }

  end(): Promise<BridgeValue> {
    return this.#work(() => {
      this.#isIdle = false;
      this.#zlib.end();
    });
  }

  next(): Promise<BridgeValue> {
    return this.#work(() => {});
  }

  close(): void {
    this.isOver = true;
    this.#zlib.destroy();
    this.#wake();
  }

  /** One answer after another: the guest's half never asks twice, but a hostile one would. */
  async #work(begin: () => void): Promise<BridgeValue> {
    if (this.#isTaken) throw new GuestFault('TypeError', 'The stream is at work already');
    this.#isTaken = true;
    try {
      begin();
      for (;;) {
        const piece = this.#zlib.read() as Buffer | null;
        if (piece) return { json: { more: true }, bytes: new Uint8Array(piece) };
        if (this.#error) throw new GuestFault('TypeError', 'The compressed data is not valid');
        if (this.#isIdle || this.isOver) return { json: { more: false } };
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#isTaken = false;
    }
  }
}
