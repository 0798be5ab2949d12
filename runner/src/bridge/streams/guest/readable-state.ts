import { primordials } from '../../../guest/captured.ts';
import { Fifo } from './fifo.ts';
import { after, Deferred, nothing, rejected, rejectedDeferred, resolved } from './promise.ts';

const { TypeError } = primordials;

/** Who waits for a chunk. `close` may be given the empty view of a read into a buffer. */
export interface ReadRequest {
  chunk(value: any): void;
  close(view?: unknown): void;
  error(reason: unknown): void;
}

/** What a stream asks of its controller. */
export interface Controller {
  pull(request: ReadRequest): void;
  cancel(reason: unknown): Promise<unknown>;
  release(): void;
}

export class ReaderState {
  stream: ReadableState | undefined;
  closed: Deferred;
  readonly isByob: boolean;
  readonly requests = new Fifo<ReadRequest>();

  constructor(stream: ReadableState, isByob: boolean) {
    if (stream.reader) throw new TypeError('The stream is locked');
    this.stream = stream;
    this.isByob = isByob;
    this.closed = new Deferred();
    stream.reader = this;
    if (stream.status === 'closed') this.closed.resolve();
    if (stream.status === 'errored') this.closed.reject(stream.storedError);
  }
}

/**
 * What a stream is, apart from the object that a guest holds. The platform works on these alone, so
 * that nothing on a prototype, and no subclass, comes between.
 */
export class ReadableState {
  status: 'readable' | 'closed' | 'errored' = 'readable';
  storedError: unknown;
  isDisturbed = false;
  reader: ReaderState | undefined;
  controller!: Controller;
  /** The controller again, if it is one of bytes. */
  bytes: unknown;

  /** How many reads wait for a chunk of any kind (`default`) or for a filled view (`byob`). */
  waiting(kind: 'default' | 'byob'): number {
    const { reader } = this;
    return reader && reader.isByob === (kind === 'byob') ? reader.requests.length : 0;
  }
}

export function closeReadable(stream: ReadableState): void {
  stream.status = 'closed';
  const { reader } = stream;
  if (!reader) return;
  reader.closed.resolve();
  if (!reader.isByob) reader.requests.drain((request) => request.close());
}

export function errorReadable(stream: ReadableState, reason: unknown): void {
  stream.status = 'errored';
  stream.storedError = reason;
  const { reader } = stream;
  if (!reader) return;
  reader.closed.reject(reason);
  reader.requests.drain((request) => request.error(reason));
}

export function cancelReadable(stream: ReadableState, reason: unknown): Promise<undefined> {
  stream.isDisturbed = true;
  if (stream.status === 'closed') return resolved();
  if (stream.status === 'errored') return rejected(stream.storedError);
  closeReadable(stream);
  const { reader } = stream;
  if (reader?.isByob) reader.requests.drain((request) => request.close(undefined));
  return after(stream.controller.cancel(reason), nothing);
}

export function readFrom(reader: ReaderState, request: ReadRequest): void {
  const stream = reader.stream!;
  stream.isDisturbed = true;
  if (stream.status === 'closed') request.close();
  else if (stream.status === 'errored') request.error(stream.storedError);
  else stream.controller.pull(request);
}

export function releaseReader(reader: ReaderState): void {
  const stream = reader.stream;
  if (!stream) return;
  const reason = new TypeError('The reader was released');
  if (stream.status === 'readable') reader.closed.reject(reason);
  else reader.closed = rejectedDeferred(reason);
  stream.controller.release();
  stream.reader = undefined;
  reader.stream = undefined;
  const error = new TypeError('The reader was released');
  reader.requests.drain((request) => request.error(error));
}
