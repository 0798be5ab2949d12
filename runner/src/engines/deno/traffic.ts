import type { FetchStream } from '../../bridge/fetch/stream.ts';

/** What a request on its way out costs beside its bytes: its call, its end, its credit frames. */
const FETCH_FRAMES_BYTES = 1024;
/** A console line's share beside its text: level, time and the frame around it. */
const LINE_FRAME_BYTES = 128;
/** A character of a console line, escaped: `\u0000`. */
const MAX_ESCAPED_BYTES = 6;
const GREETING_BYTES = 64 * 1024;
const PIECE_FRAME_BYTES = 32;
/** What one call's stream may have under way (protocol/src/wire/flow.ts). */
const STREAM_WINDOW_BYTES = 256 * 1024;

/**
 * What a process has written against what a run's answer, console and requests can come to. One
 * that floods its channel with frames that mean nothing keeps the runner busy for as long as it may.
 */
export class Traffic {
  received = 0;
  #allowed: number;

  constructor(outputBytes: number, logLines: number) {
    const console = outputBytes * MAX_ESCAPED_BYTES + logLines * LINE_FRAME_BYTES;
    this.#allowed = GREETING_BYTES + console + outputBytes * 2;
  }

  get isFlood(): boolean {
    return this.received > this.#allowed;
  }

  /** A request: what it says, and where a body follows, what may be under way unread. */
  allowFetch(payloadBytes: number, hasBody: boolean): void {
    this.#allowed += payloadBytes + FETCH_FRAMES_BYTES + (hasBody ? STREAM_WINDOW_BYTES : 0);
  }

  /** A piece of a body, with the frame around it or the credit that it gives. */
  #allowPiece(bytes: number): void {
    this.#allowed += bytes + PIECE_FRAME_BYTES;
  }

  /** Counts the pieces of a request's bodies as they pass. */
  counted(stream: FetchStream): FetchStream {
    return {
      head: stream.head,
      body: this.#countedBody(stream.body),
      write: (bytes) => {
        this.#allowPiece(bytes.byteLength);
        return stream.write(bytes);
      },
      endWrite: () => stream.endWrite(),
      abort: () => stream.abort(),
    };
  }

  async *#countedBody(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of body) {
      this.#allowPiece(0);
      yield piece;
    }
  }
}
