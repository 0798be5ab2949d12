import { primordials } from '../../../guest/captured.ts';
import { ByteQueue, filledView, type PullInto } from './byte-queue.ts';
import { Fifo } from './fifo.ts';
import { after, promiseOf } from './promise.ts';
import type { Source } from './readable-default.ts';
import {
  closeReadable,
  errorReadable,
  type Controller,
  type ReadableState,
  type ReadRequest,
} from './readable-state.ts';
import { bytesIn, copyBytes, isDetached, transfer, viewOf, type ViewParts } from './views.ts';

const { ArrayBuffer, bufferByteLength, RangeError, TypeError, Uint8Array } = primordials;

export interface ByteOptions {
  source: Source;
  highWaterMark: number;
  autoAllocate: number | undefined;
}

/** A place to write into that the guest's source may be given; void once it was answered. */
export class ByobPlace {
  controller: ByteController | undefined;
  view: Uint8Array | null;
  /** The object that the guest holds. */
  shell: unknown;
  constructor(controller: ByteController, view: Uint8Array) {
    this.controller = controller;
    this.view = view;
  }
}

export class ByteController implements Controller {
  readonly stream: ReadableState;
  readonly #queue = new ByteQueue();
  readonly #pending = new Fifo<PullInto>();
  readonly #highWaterMark: number;
  readonly #autoAllocate: number | undefined;
  #source: Source | undefined;
  #place: ByobPlace | undefined;
  #isStarted = false;
  #isClosing = false;
  #isPulling = false;
  #pullsAgain = false;

  constructor(stream: ReadableState, options: ByteOptions) {
    this.stream = stream;
    this.#source = options.source;
    this.#highWaterMark = options.highWaterMark;
    this.#autoAllocate = options.autoAllocate;
    stream.controller = this;
    stream.bytes = this;
  }

  start(): void {
    const result = this.#source?.start?.();
    const onStart = () => {
      this.#isStarted = true;
      this.#pullIfNeeded();
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

  get place(): ByobPlace | null {
    const first = this.#pending.first;
    if (!this.#place && first) {
      const { buffer, filled, length, offset } = first;
      this.#place = new ByobPlace(this, bytesIn(buffer, offset + filled, length - filled));
    }
    return this.#place ?? null;
  }

  close(): void {
    if (!this.canTake) return;
    if (this.#queue.total > 0) {
      this.#isClosing = true;
      return;
    }
    const first = this.#pending.first;
    if (first && first.filled % first.elementSize !== 0) {
      const error = new TypeError('The stream closes in the middle of an element');
      this.error(error);
      throw error;
    }
    this.#source = undefined;
    closeReadable(this.stream);
  }

  enqueue(chunk: ViewParts): void {
    if (!this.canTake) return;
    if (isDetached(chunk.buffer)) throw new TypeError('The buffer of the chunk is detached');
    const buffer = transfer(chunk.buffer);
    this.#readyFirst();
    if (this.stream.reader && !this.stream.reader.isByob) this.#giveDefault(buffer, chunk);
    else {
      this.#queue.push(buffer, chunk.offset, chunk.length);
      if (this.stream.reader) this.#commitAll(this.#takeFilled());
    }
    this.#pullIfNeeded();
  }

  /** The buffer of the first read may be with the guest: it gets none of what comes after. */
  #readyFirst(): void {
    const first = this.#pending.first;
    if (!first) return;
    if (isDetached(first.buffer)) throw new TypeError('The buffer of the BYOB request is detached');
    this.#voidPlace();
    first.buffer = transfer(first.buffer);
    if (first.reader === 'none') this.#queueFilled(first);
  }

  #giveDefault(buffer: ArrayBuffer, { offset, length }: ViewParts): void {
    const { requests } = this.stream.reader!;
    while (requests.length > 0 && this.#queue.total > 0) this.#answerFromQueue(requests.shift());
    if (requests.length === 0) {
      this.#queue.push(buffer, offset, length);
      return;
    }
    if (this.#pending.length > 0) this.#pending.shift();
    requests.shift().chunk(bytesIn(buffer, offset, length));
  }

  error(reason: unknown): void {
    if (this.stream.status !== 'readable') return;
    this.#clear();
    this.#source = undefined;
    errorReadable(this.stream, reason);
  }

  pull(request: ReadRequest): void {
    if (this.#queue.total > 0) return this.#answerFromQueue(request);
    if (this.#autoAllocate !== undefined) {
      try {
        this.#pending.push(allocated(this.#autoAllocate));
      } catch (error) {
        return request.error(error);
      }
    }
    this.stream.reader!.requests.push(request);
    this.#pullIfNeeded();
  }

  /** A read of at least `minimum` elements into a guest's view. */
  pullInto(view: ViewParts, minimum: number, request: ReadRequest): void {
    const { constructor, elementSize, offset, length } = view;
    const { stream } = this;
    let into: PullInto;
    try {
      const buffer = transfer(view.buffer);
      const fields = { buffer, offset, length, elementSize, constructor, filled: 0 };
      const size = bufferByteLength(buffer);
      const rest = { bufferByteLength: size, minimum: minimum * elementSize };
      into = { ...fields, ...rest, reader: 'byob' };
    } catch (error) {
      return request.error(error);
    }
    if (this.#pending.length > 0) return this.#wait(into, request);
    if (stream.status === 'closed') {
      return request.close(viewOf(constructor, into.buffer, [offset, 0]));
    }
    if (this.#queue.total > 0 && this.#queue.fill(into)) {
      const filled = filledView(into);
      this.#onDrained();
      return request.chunk(filled);
    }
    if (this.#isClosing) {
      const error = new TypeError('The stream closes before the view is filled');
      this.error(error);
      return request.error(error);
    }
    this.#wait(into, request);
    this.#pullIfNeeded();
  }

  #wait(into: PullInto, request: ReadRequest): void {
    this.#pending.push(into);
    this.stream.reader!.requests.push(request);
  }

  respond(written: number): void {
    const first = this.#pending.first!;
    this.#checkWritten(written);
    if (first.filled + written > first.length) throw new RangeError('More bytes than fit the view');
    first.buffer = transfer(first.buffer);
    this.#respondWith(written);
  }

  respondWithView({ buffer, offset, length }: ViewParts): void {
    const first = this.#pending.first!;
    this.#checkWritten(length);
    if (first.offset + first.filled !== offset) throw new RangeError('The view begins elsewhere');
    if (first.bufferByteLength !== bufferByteLength(buffer)) {
      throw new RangeError('The view is of a buffer of another size');
    }
    if (first.filled + length > first.length) throw new RangeError('The view is too long');
    first.buffer = transfer(buffer);
    this.#respondWith(length);
  }

  #checkWritten(written: number): void {
    const isClosed = this.stream.status === 'closed';
    if (isClosed && written !== 0) throw new TypeError('The stream is closed: nothing fits');
    if (!isClosed && written === 0) throw new TypeError('Nothing was written');
  }

  #respondWith(written: number): void {
    this.#voidPlace();
    if (this.stream.status === 'closed') this.#respondClosed();
    else this.#respondReadable(written);
    this.#pullIfNeeded();
  }

  #respondClosed(): void {
    if (this.#pending.first!.reader === 'none') this.#pending.shift();
    const waiting = this.stream.waiting('byob');
    for (let i = 0; i < waiting; i++) this.#commit(this.#pending.shift());
  }

  #respondReadable(written: number): void {
    const first = this.#pending.first!;
    first.filled += written;
    if (first.reader === 'none') {
      this.#queueFilled(first);
      this.#commitAll(this.#takeFilled());
      return;
    }
    if (first.filled < first.minimum) return;
    this.#pending.shift();
    const rest = first.filled % first.elementSize;
    if (rest > 0) this.#queueCopy(first.buffer, first.offset + first.filled - rest, rest);
    first.filled -= rest;
    const others = this.#takeFilled();
    this.#commit(first);
    this.#commitAll(others);
  }

  /** What a reader that is gone had been given so far is for the next one. */
  #queueFilled(into: PullInto): void {
    if (into.filled > 0) this.#queueCopy(into.buffer, into.offset, into.filled);
    this.#pending.shift();
  }

  #queueCopy(buffer: ArrayBuffer, offset: number, length: number): void {
    try {
      const copy = copyBytes(buffer, offset, length);
      this.#queue.push(primordials.typedBuffer(copy), 0, length);
    } catch (error) {
      this.error(error);
      throw error;
    }
  }

  #takeFilled(): Fifo<PullInto> {
    const filled = new Fifo<PullInto>();
    while (this.#pending.length > 0 && this.#queue.total > 0) {
      if (this.#queue.fill(this.#pending.first!)) filled.push(this.#pending.shift());
    }
    return filled;
  }

  #commitAll(filled: Fifo<PullInto>): void {
    while (filled.length > 0) this.#commit(filled.shift());
  }

  #commit(into: PullInto): void {
    const view = filledView(into);
    const request = this.stream.reader!.requests.shift();
    if (this.stream.status === 'closed') request.close(view);
    else request.chunk(view);
  }

  #answerFromQueue(request: ReadRequest): void {
    const bytes = this.#queue.shift();
    this.#onDrained();
    request.chunk(bytes);
  }

  #onDrained(): void {
    if (this.#queue.total > 0 || !this.#isClosing) return this.#pullIfNeeded();
    this.#source = undefined;
    closeReadable(this.stream);
  }

  cancel(reason: unknown): Promise<unknown> {
    this.#clear();
    const result = this.#source?.cancel?.(reason);
    this.#source = undefined;
    return result ?? promiseOf(undefined);
  }

  release(): void {
    const first = this.#pending.first;
    if (!first) return;
    first.reader = 'none';
    this.#pending.clear();
    this.#pending.push(first);
  }

  #clear(): void {
    this.#voidPlace();
    this.#pending.clear();
    this.#queue.clear();
  }

  #voidPlace(): void {
    if (!this.#place) return;
    this.#place.controller = undefined;
    this.#place.view = null;
    this.#place = undefined;
  }

  #pullIfNeeded(): void {
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
      this.#pullIfNeeded();
    };
    const result = this.#source?.pull?.() ?? promiseOf(undefined);
    after(result, onPulled, (reason) => this.error(reason));
  }

  #shouldPull(): boolean {
    if (!this.canTake || !this.#isStarted) return false;
    const { stream } = this;
    return stream.waiting('default') + stream.waiting('byob') > 0 || this.desiredSize! > 0;
  }
}

function allocated(length: number): PullInto {
  const fields = { bufferByteLength: length, offset: 0, length, filled: 0, minimum: 1 };
  const kind = { elementSize: 1, constructor: Uint8Array, reader: 'default' as const };
  return { buffer: new ArrayBuffer(length), ...fields, ...kind };
}
