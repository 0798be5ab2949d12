import { primordials } from '../../../guest/captured.ts';
import { SizedQueue } from './fifo.ts';
import { after, promiseOf } from './promise.ts';
import {
  closeReadable,
  errorReadable,
  type Controller,
  type ReadableState,
  type ReadRequest,
} from './readable-state.ts';

const { TypeError } = primordials;

/** The functions behind a stream: the guest's, wrapped, or the platform's own. */
export interface Source {
  start?(): unknown;
  pull?(): Promise<unknown>;
  cancel?(reason: unknown): Promise<unknown>;
}

export interface DefaultOptions {
  source: Source;
  highWaterMark: number;
  size: ((chunk: unknown) => number) | undefined;
}

export class DefaultController implements Controller {
  readonly stream: ReadableState;
  readonly #queue = new SizedQueue();
  readonly #highWaterMark: number;
  #size: ((chunk: unknown) => number) | undefined;
  #source: Source | undefined;
  #isStarted = false;
  #isClosing = false;
  #isPulling = false;
  #pullsAgain = false;

  constructor(stream: ReadableState, options: DefaultOptions) {
    this.stream = stream;
    this.#source = options.source;
    this.#highWaterMark = options.highWaterMark;
    this.#size = options.size;
    stream.controller = this;
  }

  /** Apart from the constructor: the guest's `start` is given a controller that is whole. */
  start(): void {
    const result = this.#source?.start?.();
    const onStart = () => {
      this.#isStarted = true;
      this.pullIfNeeded();
    };
    after(promiseOf(result), onStart, (reason) => this.error(reason));
  }

  get canTake(): boolean {
    return !this.#isClosing && this.stream.status === 'readable';
  }

  get desiredSize(): number | null {
    if (this.stream.status === 'errored') return null;
    return this.stream.status === 'closed' ? 0 : this.#highWaterMark - this.#queue.total;
  }

  get hasBackpressure(): boolean {
    return !this.#shouldPull();
  }

  close(): void {
    if (!this.canTake) return;
    this.#isClosing = true;
    if (this.#queue.length > 0) return;
    this.#forget();
    closeReadable(this.stream);
  }

  enqueue(chunk: unknown): void {
    if (!this.canTake) return;
    if (this.stream.waiting('default') > 0) this.stream.reader!.requests.shift().chunk(chunk);
    else {
      try {
        this.#queue.push(chunk, this.#size ? this.#size(chunk) : 1);
      } catch (error) {
        this.error(error);
        throw error;
      }
    }
    this.pullIfNeeded();
  }

  error(reason: unknown): void {
    if (this.stream.status !== 'readable') return;
    this.#queue.clear();
    this.#forget();
    errorReadable(this.stream, reason);
  }

  pull(request: ReadRequest): void {
    if (this.#queue.length === 0) {
      this.stream.reader!.requests.push(request);
      this.pullIfNeeded();
      return;
    }
    const chunk = this.#queue.shift();
    if (this.#isClosing && this.#queue.length === 0) {
      this.#forget();
      closeReadable(this.stream);
    } else this.pullIfNeeded();
    request.chunk(chunk);
  }

  cancel(reason: unknown): Promise<unknown> {
    this.#queue.clear();
    const result = this.#source?.cancel?.(reason);
    this.#forget();
    return result ?? promiseOf(undefined);
  }

  release(): void {}

  pullIfNeeded(): void {
    if (!this.#shouldPull()) return;
    if (this.#isPulling) {
      this.#pullsAgain = true;
      return;
    }
    this.#isPulling = true;
    const onPulled = () => {
      this.#isPulling = false;
      if (!this.#pullsAgain) return;
      this.#pullsAgain = false;
      this.pullIfNeeded();
    };
    const result = this.#source?.pull?.() ?? promiseOf(undefined);
    after(result, onPulled, (reason) => this.error(reason));
  }

  #shouldPull(): boolean {
    if (!this.canTake || !this.#isStarted) return false;
    return this.stream.waiting('default') > 0 || this.desiredSize! > 0;
  }

  #forget(): void {
    this.#source = undefined;
    this.#size = undefined;
  }
}

export function refuseUnless(canTake: boolean): void {
  if (!canTake) throw new TypeError('The stream is closing, closed or errored');
}
