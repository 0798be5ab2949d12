import { list, min, PromiseConstructor } from '../../../guest/intrinsics.ts';
import { byteLength, subarray } from './primordials.ts';
import { CHUNK_BYTES, CREDIT, DATA, END, u32Payload, WINDOW_BYTES, type Send } from './wire.ts';

const CREDIT_STEP_BYTES = WINDOW_BYTES / 4;

/** The sending half of a call's bytes: waits for the runner's credit. */
export class Outflow {
  readonly #send: Send;
  #credit = WINDOW_BYTES;
  #failure: unknown;
  #wake: (() => void) | undefined;

  constructor(send: Send) {
    this.#send = send;
  }

  async write(bytes: Uint8Array): Promise<void> {
    let at = 0;
    while (at < byteLength(bytes)) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#credit === 0) {
        await new PromiseConstructor<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      const size = min(byteLength(bytes) - at, this.#credit, CHUNK_BYTES);
      this.#credit -= size;
      this.#send(DATA, subarray(bytes, at, at + size));
      at += size;
    }
  }

  end(): void {
    this.#send(END);
  }

  grant(bytes: number): void {
    this.#credit += bytes;
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#failure ??= error;
    this.#wake?.();
  }
}

/** The receiving half: chunks in order, `undefined` at the end; credit goes back as they are read. */
export class Inflow {
  readonly #send: Send;
  #chunks = list<Uint8Array<ArrayBuffer> | undefined>();
  #next = 0;
  #unacknowledged = 0;
  #ended = false;
  #failure: { error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(send: Send) {
    this.#send = send;
  }

  push(chunk: Uint8Array<ArrayBuffer>): void {
    this.#chunks[this.#chunks.length] = chunk;
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake?.();
  }

  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    for (;;) {
      if (this.#failure) throw this.#failure.error;
      const chunk = this.#take();
      if (chunk) {
        this.#consumed(byteLength(chunk));
        return chunk;
      }
      if (this.#ended) return undefined;
      await new PromiseConstructor<void>((resolve) => (this.#wake = resolve));
    }
  }

  #take(): Uint8Array<ArrayBuffer> | undefined {
    const chunk = this.#chunks[this.#next];
    if (chunk) {
      this.#chunks[this.#next++] = undefined;
      return chunk;
    }
    this.#chunks.length = 0;
    this.#next = 0;
    return undefined;
  }

  #consumed(bytes: number): void {
    this.#unacknowledged += bytes;
    if (this.#unacknowledged < CREDIT_STEP_BYTES || this.#ended) return;
    this.#send(CREDIT, u32Payload(this.#unacknowledged));
    this.#unacknowledged = 0;
  }
}
