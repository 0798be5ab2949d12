import { createDeflate, createDeflateRaw, createGzip } from 'node:zlib';
import { createInflate, createInflateRaw } from 'node:zlib';
import { GuestFault, type BridgeValue } from '../../capability.ts';
import { GzipMember } from './gzip-member.ts';

/** Of one answer, and what lies ready before the work goes on: a bomb unpacks as it is read. */
const OUTPUT_BYTES = 64 * 1024;

const SETTINGS = { chunkSize: OUTPUT_BYTES, rejectGarbageAfterEnd: true };

export const CODECS = {
  'to-gzip': () => createGzip(SETTINGS),
  'to-deflate': () => createDeflate(SETTINGS),
  'to-deflate-raw': () => createDeflateRaw(SETTINGS),
  'from-gzip': () => createInflateRaw(SETTINGS),
  'from-deflate': () => createInflate(SETTINGS),
  'from-deflate-raw': () => createInflateRaw(SETTINGS),
} as const;

export type CodecName = keyof typeof CODECS;

/** One stream of bytes through zlib: what goes in is worked on only as what comes out is taken. */
export class Codec {
  isOver = false;
  readonly #zlib: ReturnType<(typeof CODECS)[CodecName]>;
  /** What is around the data, where that is for nobody else to read. */
  readonly #member: GzipMember | undefined;
  #error: Error | undefined;
  #isIdle = true;
  #isTaken = false;
  #isClosed = false;
  #wake: () => void = () => {};

  constructor(name: CodecName) {
    this.#zlib = CODECS[name]();
    if (name === 'from-gzip') this.#member = new GzipMember();
    const wake = () => this.#wake();
    this.#zlib.on('readable', wake);
    this.#zlib.on('end', () => {
      this.isOver = true;
      wake();
    });
    this.#zlib.on('close', wake);
    this.#zlib.on('error', (error: NodeJS.ErrnoException) => {
      const isTrailer = this.#member && error.code === 'ERR_TRAILING_JUNK_AFTER_STREAM_END';
      if (isTrailer) this.#endOfData();
      else this.#error = error;
      wake();
    });
  }

  write(bytes: Uint8Array): Promise<BridgeValue> {
    return this.#work(() => {
      const data = this.#member ? this.#guarded(() => this.#member!.take(bytes)) : bytes;
      if (!data || data.byteLength === 0) return;
      this.#isIdle = false;
      this.#zlib.write(data, () => {
        this.#isIdle = true;
        this.#wake();
      });
    });
  }

  end(): Promise<BridgeValue> {
    return this.#work(() => {
      this.#isIdle = false;
      if (this.#member?.isDataOver) this.isOver = true;
      else this.#zlib.end();
    });
  }

  next(): Promise<BridgeValue> {
    return this.#work(() => {});
  }

  close(): void {
    this.isOver = true;
    this.#isClosed = true;
    this.#zlib.destroy();
    this.#wake();
  }

  /** The inflater is done and says so by an error: what it was given beyond is the trailer. */
  #endOfData(): void {
    this.#isIdle = true;
    this.#guarded(() => this.#member!.endAt(this.#zlib.bytesWritten));
  }

  #guarded<T>(step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      this.#error = error as Error;
      return undefined;
    }
  }

  /** One answer after another: the guest's half never asks twice, but a hostile one would. */
  async #work(begin: () => void): Promise<BridgeValue> {
    if (this.#isTaken) throw new GuestFault('TypeError', 'The stream is at work already');
    this.#isTaken = true;
    try {
      begin();
      for (;;) {
        const piece = this.#zlib.read() as Buffer | null;
        if (piece) {
          this.#member?.unpacked(piece);
          return { json: { more: true }, bytes: new Uint8Array(piece) };
        }
        if (this.isOver && !this.#isClosed) this.#guarded(() => this.#member?.finish());
        if (this.#error) throw new GuestFault('TypeError', 'The compressed data is not valid');
        if (this.#isIdle || this.isOver) return { json: { more: false } };
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#isTaken = false;
    }
  }
}
