import { core, primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import type { StreamsGroup } from '../../streams/guest.ts';
import type { PieceSource } from '../../streams/guest/body-source.ts';
import type { ReadableStream } from '../../streams/guest/readable.ts';

export type { PieceSource, ReadableStream };

const { Promise, resolvedPromise } = primordials;

// Streams are loaded with the first body that is one: texts and bytes need none.
const streams = (): StreamsGroup => core.use<StreamsGroup>('streams');

export function isStream(value: unknown): value is ReadableStream {
  return core.loaded<StreamsGroup>('streams')?.isReadable(value) ?? false;
}

export function isDisturbed(stream: ReadableStream): boolean {
  return streams().isUsed(stream);
}

export function isLocked(stream: ReadableStream): boolean {
  return streams().isLocked(stream);
}

/** The platform's own way to read a stream whole, past what a guest may have put on its prototype. */
export function takeSource(stream: ReadableStream): PieceSource {
  return streams().sourceOf(stream);
}

export function makeStream(source: PieceSource): ReadableStream {
  return streams().streamOf(source);
}

export function teeStream(stream: ReadableStream): [ReadableStream, ReadableStream] {
  return streams().teeOf(stream);
}

/** One piece. As a stream it takes the buffer of the bytes for its own. */
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
