import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import { after, promiseCall } from './promise.ts';
import { ByteController } from './readable-bytes.ts';
import { readFrom, ReadableState, ReaderState, cancelReadable } from './readable-state.ts';
import { readableOf, readableStateOf, teeState, type ReadableStream } from './readable.ts';
import { nothing } from './promise.ts';
import { viewParts } from './views.ts';

const { Promise, TypeError } = primordials;

/** What the platform reads a body from: pieces, one at a time and only when somebody wants one. */
export interface PieceSource {
  /** Answers the next piece, or `undefined` at the end. The reader owns its buffer. */
  pull(): Promise<Uint8Array | undefined>;
  cancel(reason: unknown): void;
}

/** A stream of bytes, read only when it is: it holds nothing ahead. */
export function streamOf(source: PieceSource): ReadableStream {
  const pull = (): Promise<unknown> =>
    after(source.pull(), (piece: Uint8Array | undefined) => {
      if (piece === undefined) return finish(controller);
      const parts = viewParts(piece);
      if (parts.length === 0) return pull();
      controller.enqueue(parts);
    });
  const cancel = (reason: unknown) =>
    promiseCall((why: unknown) => void source.cancel(why), undefined, [reason]);
  const functions = record({ pull, cancel });
  const options = record({ source: functions, highWaterMark: 0, autoAllocate: undefined });
  const controller = new ByteController(new ReadableState(), options);
  controller.start();
  return readableOf(controller.stream);
}

function finish(controller: ByteController): void {
  if (!controller.canTake) return;
  controller.close();
  if (controller.place) controller.respond(0);
}

export function isUsed(stream: ReadableStream): boolean {
  return readableStateOf(stream).isDisturbed;
}

export function isLocked(stream: ReadableStream): boolean {
  return readableStateOf(stream).reader !== undefined;
}

/** Reads a stream past what a guest may have put on its prototype; it is locked from now on. */
export function sourceOf(stream: ReadableStream): PieceSource {
  const state = readableStateOf(stream);
  if (state.reader || state.isDisturbed) throw new TypeError('The body is used already');
  const reader = new ReaderState(state, false);
  state.isDisturbed = true;
  const pull = () =>
    new Promise<Uint8Array | undefined>((resolve, reject) =>
      readFrom(reader, { chunk: resolve, close: () => resolve(undefined), error: reject }),
    );
  const cancel = (reason: unknown) => void after(cancelReadable(state, reason), nothing, nothing);
  return record({ pull, cancel });
}

export function teeOf(stream: ReadableStream): [ReadableStream, ReadableStream] {
  const state = readableStateOf(stream);
  if (state.reader || state.isDisturbed) throw new TypeError('The body is used already');
  const pair = teeState(state);
  return [readableOf(pair[0]), readableOf(pair[1])];
}
