import { primordials } from '../../../guest/captured.ts';
import { Fifo } from './fifo.ts';
import {
  after,
  Deferred,
  rejected,
  rejectedDeferred,
  resolved,
  resolvedDeferred,
} from './promise.ts';
import type { WritableController } from './writable-controller.ts';

const { TypeError } = primordials;

interface PendingAbort {
  deferred: Deferred;
  reason: unknown;
  wasErroring: boolean;
}

/** What a writable stream is, apart from the object that a guest holds. */
export class WritableState {
  status: 'writable' | 'erroring' | 'errored' | 'closed' = 'writable';
  storedError: unknown;
  writer: WriterState | undefined;
  controller!: WritableController;
  hasBackpressure = false;
  readonly writes = new Fifo<Deferred>();
  inFlightWrite: Deferred | undefined;
  closing: Deferred | undefined;
  inFlightClose: Deferred | undefined;
  pendingAbort: PendingAbort | undefined;

  get isCloseAsked(): boolean {
    return this.closing !== undefined || this.inFlightClose !== undefined;
  }
}

export class WriterState {
  stream: WritableState | undefined;
  closed: Deferred;
  ready: Deferred;

  constructor(stream: WritableState) {
    if (stream.writer) throw new TypeError('The stream is locked');
    this.stream = stream;
    stream.writer = this;
    const { status, storedError } = stream;
    const waits = status === 'writable' && !stream.isCloseAsked && stream.hasBackpressure;
    this.ready = waits ? new Deferred() : resolvedDeferred();
    this.closed = status === 'closed' ? resolvedDeferred() : new Deferred();
    if (status === 'erroring' || status === 'errored') this.ready = rejectedDeferred(storedError);
    if (status === 'errored') this.closed = rejectedDeferred(storedError);
  }
}

function rejectReady(writer: WriterState, reason: unknown): void {
  if (writer.ready.isPending) writer.ready.reject(reason);
  else writer.ready = rejectedDeferred(reason);
}

function rejectClosed(writer: WriterState, reason: unknown): void {
  if (writer.closed.isPending) writer.closed.reject(reason);
  else writer.closed = rejectedDeferred(reason);
}

export function abortWritable(stream: WritableState, reason: unknown): Promise<undefined> {
  const isOver = () => stream.status === 'closed' || stream.status === 'errored';
  if (isOver()) return resolved();
  // Listeners of the signal are the guest's: they may have changed everything.
  stream.controller.signalAbort(reason);
  if (isOver()) return resolved();
  if (stream.pendingAbort) return stream.pendingAbort.deferred.promise;
  const wasErroring = stream.status === 'erroring';
  const deferred = new Deferred();
  stream.pendingAbort = { deferred, reason: wasErroring ? undefined : reason, wasErroring };
  if (!wasErroring) startErroring(stream, reason);
  return deferred.promise;
}

export function closeWritable(stream: WritableState): Promise<undefined> {
  if (stream.status === 'closed' || stream.status === 'errored') {
    return rejected(new TypeError('The stream is closed or errored'));
  }
  const deferred = new Deferred();
  stream.closing = deferred;
  const { writer } = stream;
  if (writer && stream.hasBackpressure && stream.status === 'writable') writer.ready.resolve();
  stream.controller.close();
  return deferred.promise;
}

export function dealWithRejection(stream: WritableState, reason: unknown): void {
  if (stream.status === 'writable') startErroring(stream, reason);
  else finishErroring(stream);
}

export function startErroring(stream: WritableState, reason: unknown): void {
  stream.status = 'erroring';
  stream.storedError = reason;
  if (stream.writer) rejectReady(stream.writer, reason);
  const isBusy = stream.inFlightWrite || stream.inFlightClose;
  if (!isBusy && stream.controller.isStarted) finishErroring(stream);
}

export function finishErroring(stream: WritableState): void {
  stream.status = 'errored';
  stream.controller.forgetChunks();
  stream.writes.drain((write) => write.reject(stream.storedError));
  const abort = stream.pendingAbort;
  stream.pendingAbort = undefined;
  if (!abort) return rejectCloseAndClosed(stream);
  if (abort.wasErroring) {
    abort.deferred.reject(stream.storedError);
    return rejectCloseAndClosed(stream);
  }
  const settle = (isWell: boolean) => (value: unknown) => {
    if (isWell) abort.deferred.resolve();
    else abort.deferred.reject(value);
    rejectCloseAndClosed(stream);
  };
  after(stream.controller.abort(abort.reason), settle(true), settle(false));
}

function rejectCloseAndClosed(stream: WritableState): void {
  stream.closing?.reject(stream.storedError);
  stream.closing = undefined;
  if (stream.writer) rejectClosed(stream.writer, stream.storedError);
}

export function finishClose(stream: WritableState): void {
  stream.inFlightClose!.resolve();
  stream.inFlightClose = undefined;
  if (stream.status === 'erroring') {
    stream.storedError = undefined;
    stream.pendingAbort?.deferred.resolve();
    stream.pendingAbort = undefined;
  }
  stream.status = 'closed';
  stream.writer?.closed.resolve();
}

export function failClose(stream: WritableState, reason: unknown): void {
  stream.inFlightClose!.reject(reason);
  stream.inFlightClose = undefined;
  stream.pendingAbort?.deferred.reject(reason);
  stream.pendingAbort = undefined;
  dealWithRejection(stream, reason);
}

export function updateBackpressure(stream: WritableState, isFull: boolean): void {
  const { writer } = stream;
  if (writer && isFull !== stream.hasBackpressure) {
    if (isFull) writer.ready = new Deferred();
    else writer.ready.resolve();
  }
  stream.hasBackpressure = isFull;
}

export function releaseWriter(writer: WriterState): void {
  const { stream } = writer;
  if (!stream) return;
  const reason = new TypeError('The writer was released');
  rejectReady(writer, reason);
  rejectClosed(writer, reason);
  stream.writer = undefined;
  writer.stream = undefined;
}

/** The promise of one write. `inner` is for the platform. */
export function writeTo(writer: WriterState, chunk: unknown): Deferred {
  const stream = writer.stream!;
  const size = stream.controller.sizeOf(chunk);
  // The guest's own size function may have done anything.
  if (writer.stream !== stream) return rejectedDeferred(new TypeError('The writer was released'));
  if (stream.status === 'errored') return rejectedDeferred(stream.storedError);
  if (stream.isCloseAsked || stream.status === 'closed') {
    return rejectedDeferred(new TypeError('The stream is closing or closed'));
  }
  if (stream.status === 'erroring') return rejectedDeferred(stream.storedError);
  const write = new Deferred();
  stream.writes.push(write);
  stream.controller.write(chunk, size);
  return write;
}
