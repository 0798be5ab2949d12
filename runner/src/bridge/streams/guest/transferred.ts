import { core, primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import type { CloneGroup } from '../../clone/guest.ts';
import { Pipe } from './pipe.ts';
import { after, nothing, promiseCall } from './promise.ts';
import type { ReadableState } from './readable-state.ts';
import { isReadable, readableStateOf } from './readable.ts';
import { Halves } from './text-streams.ts';
import { isTransform, transformOf, TransformState } from './transform.ts';
import type { WritableState } from './writable-state.ts';
import { isWritable, writableStateOf } from './writable.ts';

const { TypeError } = primordials;

/** A stream that took another's place, once it is connected to it. */
export interface TransferredStream {
  stream: object;
  connect(): void;
}

/** Whether a value is a stream that nobody reads or writes yet. */
export function isFreeStream(value: unknown): boolean {
  if (isReadable(value)) return !readableStateOf(value).reader;
  if (isWritable(value)) return !writableStateOf(value).writer;
  return isTransform(value) && isFreeStream(value.readable) && isFreeStream(value.writable);
}

/** Within one realm nothing has to be moved: the new stream is piped from, or to, the old one. */
export function transferStream(value: unknown): TransferredStream {
  if (isReadable(value)) return fromReadable(readableStateOf(value));
  if (isWritable(value)) return toWritable(writableStateOf(value));
  if (!isTransform(value)) throw new TypeError('The value is no stream');
  const readable = transferStream(value.readable);
  const writable = transferStream(value.writable);
  const connect = () => {
    readable.connect();
    writable.connect();
  };
  return record({ stream: transformOf(readable.stream, writable.stream), connect });
}

function fromReadable(source: ReadableState): TransferredStream {
  const state = cloning();
  const { readable } = new Halves(state);
  return record({ stream: readable, connect: () => pipe(source, state.writable) });
}

function toWritable(target: WritableState): TransferredStream {
  const state = cloning();
  const { writable } = new Halves(state);
  return record({ stream: writable, connect: () => pipe(state.readable, target) });
}

/** What goes through it arrives as a copy, as through a message port. */
function cloning(): TransformState {
  const { cloneAndMove } = core.use<CloneGroup>('clone');
  const pass = (chunk: unknown) => state.enqueue(cloneAndMove(chunk, list()).value);
  const transform = (chunk: unknown) => promiseCall(pass, undefined, [chunk]);
  const state: TransformState = new TransformState(record({ transform }));
  return state;
}

function pipe(source: ReadableState, target: WritableState): void {
  const options = { preventAbort: false, preventCancel: false, preventClose: false };
  const { promise } = new Pipe(source, target, record({ ...options, signal: undefined }));
  after(promise, nothing, nothing);
}
