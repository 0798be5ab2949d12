import { primordials } from '../../../guest/captured.ts';
import { defineInterface, hardened, list, record } from '../../../guest/interface.ts';

const { defineProperty, Promise, promiseThen, rejectedPromise, resolvedPromise, TypeError } =
  primordials;

/** What a stream reads from: pieces, one at a time and only when somebody wants one. */
export interface PieceSource {
  /** Answers the next piece, or `undefined` at the end. */
  pull(): Promise<Uint8Array | undefined>;
  cancel(reason: unknown): void;
}

type ReadResult = { value: Uint8Array | undefined; done: boolean };

const KEY = {};

/** The platform's own way to read a stream whole, past what a guest may have put on its prototype. */
export let takeSource: (stream: ReadableStream) => PieceSource;
export let isStream: (value: unknown) => value is ReadableStream;
export let isDisturbed: (stream: ReadableStream) => boolean;

let readStream: (stream: ReadableStream) => Promise<ReadResult>;
let cancelStream: (stream: ReadableStream, reason: unknown) => Promise<void>;
let lockStream: (stream: ReadableStream, reader: ReadableStreamDefaultReader | undefined) => void;
let readerCancel: (reader: ReadableStreamDefaultReader, reason: unknown) => Promise<void>;

/** A stream of bytes: the part of the standard's class that a body needs. */
export class ReadableStream {
  readonly #source: PieceSource;
  #reader: ReadableStreamDefaultReader | undefined;
  #isDisturbed = false;
  #isClosed = false;
  /** Reads answer in the order they were asked in. */
  #last: Promise<unknown> = resolvedPromise();

  static {
    isStream = (value): value is ReadableStream =>
      typeof value === 'object' && value !== null && #source in value;
    isDisturbed = (stream) => stream.#isDisturbed;
    takeSource = (stream) => {
      if (stream.#reader || stream.#isDisturbed) throw new TypeError('The body is used already');
      const reader = new ReadableStreamDefaultReader(stream);
      stream.#isDisturbed = true;
      return record<PieceSource>({
        pull: () =>
          promiseThen(hardened(stream.#read()), (step: ReadResult) => step.value) as never,
        cancel: (reason) => void readerCancel(reader, reason),
      });
    };
    readStream = (stream) => stream.#read();
    cancelStream = (stream, reason) => stream.#cancel(reason);
    lockStream = (stream, reader) => {
      if (reader && stream.#reader) throw new TypeError('The stream is locked');
      stream.#reader = reader;
    };
  }

  constructor(key: unknown, source: PieceSource) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    this.#source = source;
  }

  get locked(): boolean {
    return this.#reader !== undefined;
  }

  getReader(): ReadableStreamDefaultReader {
    return new ReadableStreamDefaultReader(this);
  }

  cancel(reason: unknown = undefined): Promise<void> {
    if (this.#reader) return rejectedPromise(new TypeError('The stream is locked'));
    return this.#cancel(reason);
  }

  /** Both branches share the pieces; the slower one keeps what it has not read yet. */
  tee(): [ReadableStream, ReadableStream] {
    const source = takeSource(this);
    return teeSource(source);
  }

  values(options: { preventCancel?: unknown } = {}): AsyncIterableIterator<Uint8Array> {
    const reader = this.getReader();
    const keeps = !!options?.preventCancel;
    return streamIterator(reader, keeps);
  }

  #read(): Promise<ReadResult> {
    this.#isDisturbed = true;
    const next = () => this.#pull();
    const result = promiseThen(hardened(this.#last), next, next) as Promise<ReadResult>;
    this.#last = result;
    return result;
  }

  #pull(): Promise<ReadResult> {
    if (this.#isClosed) return resolvedPromise({ value: undefined, done: true });
    return promiseThen(hardened(this.#source.pull()), (value: Uint8Array | undefined) => {
      if (value === undefined) this.#isClosed = true;
      return { value, done: value === undefined };
    }) as unknown as Promise<ReadResult>;
  }

  #cancel(reason: unknown): Promise<void> {
    this.#isDisturbed = true;
    if (!this.#isClosed) this.#source.cancel(reason);
    this.#isClosed = true;
    return resolvedPromise();
  }
}

class ReadableStreamDefaultReader {
  #stream: ReadableStream | undefined;

  static {
    readerCancel = (reader, reason) => reader.cancel(reason);
  }

  constructor(stream: ReadableStream) {
    lockStream(stream, this);
    this.#stream = stream;
  }

  read(): Promise<ReadResult> {
    if (!this.#stream) return rejectedPromise(new TypeError('The reader is released'));
    return readStream(this.#stream);
  }
  cancel(reason: unknown = undefined): Promise<void> {
    if (!this.#stream) return rejectedPromise(new TypeError('The reader is released'));
    return cancelStream(this.#stream, reason);
  }
  releaseLock(): void {
    if (this.#stream) lockStream(this.#stream, undefined);
    this.#stream = undefined;
  }
}

defineInterface(ReadableStream, 'ReadableStream');
defineInterface(ReadableStreamDefaultReader, 'ReadableStreamDefaultReader');
const iterate = record({
  value: ReadableStream.prototype.values,
  writable: true,
  configurable: true,
});
defineProperty(ReadableStream.prototype, primordials.asyncIterator, iterate);

export function makeStream(source: PieceSource): ReadableStream {
  return new ReadableStream(KEY, source);
}

function streamIterator(
  reader: ReadableStreamDefaultReader,
  keeps: boolean,
): AsyncIterableIterator<Uint8Array> {
  const end = (value: unknown) => {
    const cancelled = keeps ? resolvedPromise() : reader.cancel(value);
    reader.releaseLock();
    const done = () => ({ value, done: true });
    return promiseThen(hardened(cancelled), done) as unknown as Promise<IteratorResult<any>>;
  };
  const iterator: AsyncIterableIterator<any> = {
    next: () => reader.read() as Promise<IteratorResult<any>>,
    return: (value?: unknown) => end(value),
    [primordials.asyncIterator]: () => iterator,
  };
  return iterator;
}

/** Two streams of one source. */
export function teeSource(source: PieceSource): [ReadableStream, ReadableStream] {
  const queues = [list<Uint8Array>(), list<Uint8Array>()] as const;
  const cancelled = [false, false];
  let pending: Promise<void> | undefined;
  let isOver = false;
  const fetchOne = (): Promise<void> => {
    pending ??= hardened(
      promiseThen(hardened(source.pull()), (piece: Uint8Array | undefined) => {
        pending = undefined;
        if (piece === undefined) isOver = true;
        else for (let i = 0; i < 2; i++) if (!cancelled[i]) queues[i]![queues[i]!.length] = piece;
      }) as unknown as Promise<void>,
    );
    return pending;
  };
  const branch = (index: 0 | 1): ReadableStream => {
    const pull = (): Promise<Uint8Array | undefined> => {
      const queue = queues[index];
      if (queue.length > 0) return resolvedPromise(takeFirst(queue));
      if (isOver) return resolvedPromise(undefined);
      return promiseThen(fetchOne(), pull) as unknown as Promise<Uint8Array | undefined>;
    };
    const cancel = (reason: unknown) => {
      cancelled[index] = true;
      if (cancelled[1 - index]) source.cancel(reason);
    };
    return makeStream(record({ pull, cancel }));
  };
  return [branch(0), branch(1)];
}

function takeFirst(queue: Uint8Array[]): Uint8Array {
  const first = queue[0]!;
  for (let i = 1; i < queue.length; i++) queue[i - 1] = queue[i]!;
  queue.length--;
  return first;
}

/** A stream of one piece. */
export function pieceSource(bytes: Uint8Array): PieceSource {
  let isGiven = false;
  return record<PieceSource>({
    pull: () => {
      if (isGiven) return resolvedPromise(undefined);
      isGiven = true;
      return new Promise((resolve) => resolve(bytes));
    },
    cancel: () => {
      isGiven = true;
    },
  });
}
