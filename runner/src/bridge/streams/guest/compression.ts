import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, hardened, record } from '../../../guest/interface.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';
import { after, nothing, promiseOf, rejected } from './promise.ts';
import type { ReadableStream } from './readable.ts';
import { Halves } from './text-streams.ts';
import { TransformState } from './transform.ts';
import type { WritableStream } from './writable.ts';

const { min, typedLength, TypeError, Uint8Array } = primordials;
const { bytesOf, isBufferSource, ownBuffer } = core.use<EncodingGroup>('encoding');

/** What one call carries: the host works on no more before the guest's turn comes again. */
const PIECE_BYTES = 64 * 1024;

let lastId = 0;

interface Answer {
  json: { more: boolean };
  bytes: ArrayBuffer | undefined;
}

/** One stream's work on the host. It is opened by the first chunk, so that an idle one is free. */
class Codec {
  readonly #kind: string;
  readonly #id = ++lastId;
  #state!: TransformState;
  #opened: Promise<unknown> | undefined;

  constructor(kind: string) {
    this.#kind = kind;
  }

  connect(): TransformState {
    this.#state = new TransformState({
      transform: (chunk) => this.#take(chunk),
      flush: () => this.#send('end', undefined),
      cancel: () => {
        this.close();
        return promiseOf(undefined);
      },
    });
    return this.#state;
  }

  close(): void {
    if (this.#opened) after(this.#ask('close'), nothing, nothing);
  }

  #ask(method: string, bytes?: ArrayBuffer): Promise<Answer> {
    return hardened(
      core.hostCall('streams', method, record({ id: this.#id, kind: this.#kind }), bytes),
    );
  }

  #take(chunk: unknown): Promise<unknown> {
    if (!isBufferSource(chunk)) return rejected(new TypeError('A chunk must be bytes'));
    let bytes: Uint8Array;
    try {
      bytes = bytesOf(chunk);
    } catch (error) {
      return rejected(error);
    }
    // A copy: the guest may write to its buffer while the host works on the first piece.
    const own = new Uint8Array(ownBuffer(bytes, 0, typedLength(bytes)));
    return this.#takeFrom(own, 0);
  }

  #takeFrom(bytes: Uint8Array, at: number): Promise<unknown> {
    const size = typedLength(bytes);
    if (at >= size) return promiseOf(undefined);
    const end = min(at + PIECE_BYTES, size);
    const sent = this.#send('write', ownBuffer(bytes, at, end));
    return after(sent, () => this.#takeFrom(bytes, end));
  }

  #send(method: string, bytes: ArrayBuffer | undefined): Promise<unknown> {
    this.#opened ??= this.#ask('open');
    const onFailure = (reason: unknown) => {
      this.close();
      throw reason;
    };
    return after(
      after(this.#opened, () => this.#give(method, bytes)),
      nothing,
      onFailure,
    );
  }

  /** Gives on what the host made, until it wants the next piece. */
  #give(method: string, bytes?: ArrayBuffer): Promise<unknown> {
    return after(this.#ask(method, bytes), (answer: Answer) => {
      if (answer.bytes) this.#state.enqueue(new Uint8Array(answer.bytes));
      return answer.json.more ? this.#give('next') : undefined;
    });
  }
}

function kindOf(format: unknown, direction: string): string {
  const name = `${format as string}`;
  if (name === 'gzip' || name === 'deflate' || name === 'deflate-raw') return direction + name;
  throw new TypeError('The format must be gzip, deflate or deflate-raw');
}

export class CompressionStream {
  readonly #halves: Halves;

  constructor(format: unknown) {
    this.#halves = new Halves(new Codec(kindOf(format, 'to-')).connect());
  }
  get readable(): ReadableStream {
    return this.#halves.readable;
  }
  get writable(): WritableStream {
    return this.#halves.writable;
  }
}

export class DecompressionStream {
  readonly #halves: Halves;

  constructor(format: unknown) {
    this.#halves = new Halves(new Codec(kindOf(format, 'from-')).connect());
  }
  get readable(): ReadableStream {
    return this.#halves.readable;
  }
  get writable(): WritableStream {
    return this.#halves.writable;
  }
}

defineInterface(CompressionStream, 'CompressionStream');
defineInterface(DecompressionStream, 'DecompressionStream');
