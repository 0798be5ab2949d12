import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, record } from '../../../guest/interface.ts';
import type { AbortGroup } from '../../abort/guest.ts';
import {
  callback,
  dictionary,
  highWaterMarkOf,
  objectOf,
  strategyOf,
  wholeNumber,
  type Strategy,
} from './dictionary.ts';
import { fromIterable } from './from.ts';
import { iterate } from './iterator.ts';
import { Pipe, type PipeOptions } from './pipe.ts';
import { after, exposed, nothing, promiseCall, promiseOf } from './promise.ts';
import { ByteController } from './readable-bytes.ts';
import {
  KEY,
  ReadableByteStreamController,
  ReadableStreamDefaultController,
} from './readable-controllers.ts';
import { DefaultController, type Source } from './readable-default.ts';
import { cancelReadable, ReadableState } from './readable-state.ts';
import { ReadableStreamBYOBReader, ReadableStreamDefaultReader, setStateOf } from './readers.ts';
import { ByteTee } from './tee-bytes.ts';
import { teeDefault } from './tee.ts';
import { attempt, writableStateOf } from './writable.ts';

const { apply, asyncIterator, defineProperty, RangeError, TypeError } = primordials;

export let readableStateOf: (stream: unknown) => ReadableState;
export let isReadable: (value: unknown) => value is ReadableStream;

export class ReadableStream {
  readonly #state: ReadableState;

  static {
    readableStateOf = (stream) => (stream as ReadableStream).#state;
    isReadable = (value): value is ReadableStream =>
      typeof value === 'object' && value !== null && #state in value;
  }

  constructor(source: unknown = undefined, strategy: unknown = undefined) {
    if (source === KEY) {
      this.#state = strategy as ReadableState;
      return;
    }
    const queueing = strategyOf(strategy);
    this.#state = new ReadableState();
    connect(this.#state, objectOf(source, 'The source'), queueing);
  }

  static from(iterable: unknown): ReadableStream {
    return readableOf(fromIterable(iterable));
  }

  get locked(): boolean {
    return this.#state.reader !== undefined;
  }

  cancel(reason: unknown = undefined): Promise<undefined> {
    return attempt(() => {
      if (this.#state.reader) throw new TypeError('The stream is locked');
      return exposed(cancelReadable(this.#state, reason));
    });
  }

  getReader(options: unknown = undefined): ReadableStreamDefaultReader | ReadableStreamBYOBReader {
    const mode = dictionary(options, 'The options')?.mode;
    if (mode === undefined) return new ReadableStreamDefaultReader(this);
    if (`${mode as string}` !== 'byob') throw new TypeError('mode must be byob');
    return new ReadableStreamBYOBReader(this);
  }

  pipeThrough(transform: unknown, options: unknown = undefined): ReadableStream {
    const source = this.#state;
    const pair = dictionary(transform, 'The transform');
    const readable = pair?.readable;
    if (!isReadable(readable)) throw new TypeError('readable must be a ReadableStream');
    const target = writableStateOf(pair!.writable);
    const how = pipeOptions(options);
    if (source.reader || target.writer) throw new TypeError('The stream is locked');
    after(new Pipe(source, target, how).promise, nothing, nothing);
    return readable;
  }

  pipeTo(target: unknown, options: unknown = undefined): Promise<undefined> {
    return attempt(() => {
      const source = this.#state;
      const into = writableStateOf(target);
      const how = pipeOptions(options);
      if (source.reader || into.writer) throw new TypeError('The stream is locked');
      return new Pipe(source, into, how).promise;
    });
  }

  tee(): [ReadableStream, ReadableStream] {
    const pair = teeState(this.#state);
    return [readableOf(pair[0]), readableOf(pair[1])];
  }

  values(options: unknown = undefined): AsyncIterableIterator<unknown> {
    const keeps = !!dictionary(options, 'The options')?.preventCancel;
    return iterate(this.#state, keeps);
  }
}

export function teeState(state: ReadableState): [ReadableState, ReadableState] {
  return state.bytes ? new ByteTee(state).streams : teeDefault(state);
}

function pipeOptions(options: unknown): PipeOptions {
  const given = dictionary(options, 'The options');
  const preventAbort = !!given?.preventAbort;
  const preventCancel = !!given?.preventCancel;
  const preventClose = !!given?.preventClose;
  const signal = given?.signal;
  if (signal !== undefined && !core.use<AbortGroup>('abort').isSignal(signal)) {
    throw new TypeError('signal must be an AbortSignal');
  }
  return { preventAbort, preventCancel, preventClose, signal: signal as PipeOptions['signal'] };
}

function connect(
  state: ReadableState,
  given: Record<string, unknown> | undefined,
  strategy: Strategy,
): void {
  const chunkSize = given?.autoAllocateChunkSize;
  const autoAllocate =
    chunkSize === undefined ? undefined : wholeNumber(chunkSize, 'autoAllocateChunkSize');
  const functions = functionsOf(given);
  const isBytes = isOfBytes(given?.type);
  let shell: unknown;
  const source = sourceOf(given, functions, () => shell);
  if (!isBytes) {
    const highWaterMark = highWaterMarkOf(strategy, 1);
    const options = { source, highWaterMark, size: strategy.size };
    const controller = new DefaultController(state, options);
    shell = new ReadableStreamDefaultController(KEY, controller);
    return controller.start();
  }
  if (strategy.size) throw new RangeError('A stream of bytes has no size function');
  const highWaterMark = highWaterMarkOf(strategy, 0);
  if (autoAllocate === 0) throw new TypeError('autoAllocateChunkSize must be more than 0');
  const controller = new ByteController(state, { source, highWaterMark, autoAllocate });
  shell = new ReadableByteStreamController(KEY, controller);
  controller.start();
}

function isOfBytes(type: unknown): boolean {
  if (type === undefined) return false;
  if (`${type as string}` === 'bytes') return true;
  throw new TypeError('type must be bytes');
}

interface Functions {
  start: Function | undefined;
  pull: Function | undefined;
  cancel: Function | undefined;
}

function functionsOf(given: Record<string, unknown> | undefined): Functions {
  const cancel = callback(given, 'cancel') as Function | undefined;
  const pull = callback(given, 'pull') as Function | undefined;
  const start = callback(given, 'start') as Function | undefined;
  return { cancel, pull, start };
}

function sourceOf(
  given: Record<string, unknown> | undefined,
  { start, pull, cancel }: Functions,
  controller: () => unknown,
): Source {
  return {
    start: () => start && (apply(start, given, [controller()]) as unknown),
    pull: () => (pull ? promiseCall(pull, given, [controller()]) : promiseOf(undefined)),
    cancel: (reason) => (cancel ? promiseCall(cancel, given, [reason]) : promiseOf(undefined)),
  };
}

export function readableOf(state: ReadableState): ReadableStream {
  return new ReadableStream(KEY, state);
}

setStateOf(readableStateOf);
defineInterface(ReadableStream, 'ReadableStream');
defineProperty(ReadableStream, 'from', record({ enumerable: true }));
const values = record({ value: ReadableStream.prototype.values, enumerable: false });
defineProperty(
  ReadableStream.prototype,
  asyncIterator,
  record({ ...values, writable: true, configurable: true }),
);
