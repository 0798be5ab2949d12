import { record } from '../../../guest/interface.ts';
import { after, microtask, nothing, promiseOf } from './promise.ts';
import { ByteController } from './readable-bytes.ts';
import {
  cancelReadable,
  readFrom,
  ReadableState,
  ReaderState,
  releaseReader,
} from './readable-state.ts';
import { TeeCancel } from './tee.ts';
import { copyBytes, viewParts } from './views.ts';

/** Two streams of one stream of bytes: each has its own copy, and may read into its own buffers. */
export class ByteTee {
  readonly #stream: ReadableState;
  readonly #cancel: TeeCancel;
  readonly #branches: readonly [ByteController, ByteController];
  readonly #readsAgain = [false, false];
  #reader: ReaderState;
  #isReading = false;

  constructor(stream: ReadableState) {
    this.#stream = stream;
    this.#reader = new ReaderState(stream, false);
    this.#cancel = new TeeCancel(stream);
    this.#branches = [this.#branch(0), this.#branch(1)];
    for (let i = 0; i < 2; i++) this.#branches[i]!.start();
    this.#forwardError();
  }

  get streams(): [ReadableState, ReadableState] {
    return [this.#branches[0].stream, this.#branches[1].stream];
  }

  #branch(index: number): ByteController {
    const pull = () => this.#pull(index);
    const cancel = (reason: unknown) => this.#cancel.cancel(index, reason);
    const source = record({ pull, cancel });
    const options = record({ source, highWaterMark: 0, autoAllocate: undefined });
    return new ByteController(new ReadableState(), options);
  }

  #forwardError(): void {
    const reader = this.#reader;
    after(reader.closed.inner, nothing, (reason) => {
      if (this.#reader !== reader) return;
      for (let i = 0; i < 2; i++) this.#branches[i]!.error(reason);
      this.#cancel.settle();
    });
  }

  #pull(index: number): Promise<unknown> {
    if (this.#isReading) this.#readsAgain[index] = true;
    else this.#read(index);
    return promiseOf(undefined);
  }

  #read(index: number): void {
    this.#isReading = true;
    const { place } = this.#branches[index]!;
    if (place) this.#readInto(index, place.view!);
    else this.#readDefault();
  }

  /** Readers of the two kinds take turns; only what the last one says of an error counts. */
  #useReader(isByob: boolean): void {
    if (this.#reader.isByob === isByob) return;
    releaseReader(this.#reader);
    this.#reader = new ReaderState(this.#stream, isByob);
    this.#forwardError();
  }

  #readDefault(): void {
    this.#useReader(false);
    readFrom(this.#reader, {
      chunk: (chunk) => microtask(() => this.#onChunk(chunk)),
      close: () => this.#onClose(),
      error: () => void (this.#isReading = false),
    });
  }

  #onChunk(chunk: Uint8Array): void {
    this.#readsAgain[0] = this.#readsAgain[1] = false;
    let other: Uint8Array | undefined = chunk;
    if (!this.#cancel.isCancelled[0] && !this.#cancel.isCancelled[1]) other = this.#copy(chunk);
    if (!other) return;
    if (!this.#cancel.isCancelled[0]) this.#branches[0].enqueue(viewParts(chunk));
    if (!this.#cancel.isCancelled[1]) this.#branches[1].enqueue(viewParts(other));
    this.#onRead();
  }

  #copy(chunk: unknown): Uint8Array | undefined {
    try {
      const { buffer, offset, length } = viewParts(chunk);
      return copyBytes(buffer, offset, length);
    } catch (error) {
      for (let i = 0; i < 2; i++) this.#branches[i]!.error(error);
      const { done } = this.#cancel;
      const onFailure = (reason: unknown) => done.reject(reason);
      after(cancelReadable(this.#stream, error), () => done.resolve(), onFailure);
      return undefined;
    }
  }

  #onRead(): void {
    this.#isReading = false;
    if (this.#readsAgain[0]) this.#read(0);
    else if (this.#readsAgain[1]) this.#read(1);
  }

  #onClose(): void {
    this.#isReading = false;
    for (let i = 0; i < 2; i++) {
      const branch = this.#branches[i]!;
      if (!this.#cancel.isCancelled[i]) branch.close();
      if (branch.place) branch.respond(0);
    }
    this.#cancel.settle();
  }

  #readInto(index: number, view: Uint8Array): void {
    this.#useReader(true);
    const { stream } = this.#reader;
    stream!.isDisturbed = true;
    const request = {
      chunk: (chunk: unknown) => microtask(() => this.#onFilled(index, chunk)),
      close: (chunk?: unknown) => this.#onFilledClose(index, chunk),
      error: () => void (this.#isReading = false),
    };
    if (stream!.status === 'errored') request.error();
    else (stream!.bytes as ByteController).pullInto(viewParts(view), 1, request);
  }

  #onFilled(index: number, chunk: unknown): void {
    this.#readsAgain[0] = this.#readsAgain[1] = false;
    const isCancelled = this.#cancel.isCancelled[index]!;
    if (!this.#cancel.isCancelled[1 - index]) {
      const copy = this.#copy(chunk);
      if (!copy) return;
      if (!isCancelled) this.#branches[index]!.respondWithView(viewParts(chunk));
      this.#branches[1 - index]!.enqueue(viewParts(copy));
    } else if (!isCancelled) this.#branches[index]!.respondWithView(viewParts(chunk));
    this.#onRead();
  }

  #onFilledClose(index: number, chunk: unknown): void {
    this.#isReading = false;
    const { isCancelled } = this.#cancel;
    for (let i = 0; i < 2; i++) if (!isCancelled[i]) this.#branches[i]!.close();
    if (chunk !== undefined) {
      if (!isCancelled[index]) this.#branches[index]!.respondWithView(viewParts(chunk));
      const other = this.#branches[1 - index]!;
      if (!isCancelled[1 - index] && other.place) other.respond(0);
    }
    this.#cancel.settle();
  }
}
