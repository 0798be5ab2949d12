import { slices } from './slices.ts';
import type { Meter } from './usage.ts';

/** A body of at most this size is kept, so that a redirect with 307 or 308 can send it again. */
const MAX_REPLAY_BYTES = 256 * 1024;

/** A request's body: pulled from the runner as the target takes it. */
export class Upload {
  readonly #source: AsyncIterator<Uint8Array>;
  #kept: Uint8Array[] = [];
  #bytes = 0;
  /** Pieces that were sent and are no longer here. */
  #dropped = 0;
  #reader = 0;
  #pulling: Promise<boolean> | undefined;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Whether the body can be sent again from its start. */
  get replayable(): boolean {
    return this.#dropped === 0;
  }

  /** The body from its start. Whoever read it before gets nothing more. */
  async *open(meter: Meter, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const reader = ++this.#reader;
    for (let at = 0; ; at++) {
      const here = at - this.#dropped < this.#kept.length;
      // eslint-disable-next-line no-await-in-loop -- one piece after another
      const more = here || (await this.#pull());
      if (!more || reader !== this.#reader) return;
      const piece = this.#kept[at - this.#dropped]!;
      this.#forget();
      for (const slice of meter.isSlowed ? slices(piece) : [piece]) {
        meter.up(slice.byteLength);
        // eslint-disable-next-line no-await-in-loop -- one piece after another
        await meter.pacedUp(signal);
        if (reader !== this.#reader) return;
        yield slice;
      }
    }
  }

  /** Gets one more piece; whoever asks while one is on its way waits for the same one. */
  #pull(): Promise<boolean> {
    this.#pulling ??= this.#next().finally(() => (this.#pulling = undefined));
    return this.#pulling;
  }

  async #next(): Promise<boolean> {
    const { done, value } = await this.#source.next();
    if (done) return false;
    this.#kept.push(value);
    this.#bytes += value.byteLength;
    return true;
  }

  /** Once the body is too large to be sent again nothing of it stays. */
  #forget(): void {
    if (this.#bytes <= MAX_REPLAY_BYTES) return;
    this.#dropped += this.#kept.length;
    this.#kept = [];
  }
}
