import type { GuestGroup } from '../../guest/core.ts';
import { isLocked, isUsed, sourceOf, streamOf, teeOf } from './guest/body-source.ts';
import { CompressionStream, DecompressionStream } from './guest/compression.ts';
import {
  ReadableByteStreamController,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
} from './guest/readable-controllers.ts';
import { isReadable, ReadableStream } from './guest/readable.ts';
import { ReadableStreamBYOBReader, ReadableStreamDefaultReader } from './guest/readers.ts';
import { ByteLengthQueuingStrategy, CountQueuingStrategy } from './guest/strategies.ts';
import { TextDecoderStream, TextEncoderStream } from './guest/text-streams.ts';
import { isFreeStream, transferStream } from './guest/transferred.ts';
import { TransformStream, TransformStreamDefaultController } from './guest/transform.ts';
import {
  writableClasses,
  WritableStream,
  WritableStreamDefaultWriter,
  writeOnce,
} from './guest/writable.ts';

const internals = {
  isFreeStream,
  isLocked,
  isReadable,
  isUsed,
  sourceOf,
  streamOf,
  teeOf,
  transferStream,
  writeOnce,
};

/** What other groups use of this one, beside its globals. */
export type StreamsGroup = typeof internals & { WritableStream: typeof WritableStream };

export const install: GuestGroup = () => ({
  ...internals,
  ByteLengthQueuingStrategy,
  CompressionStream,
  CountQueuingStrategy,
  DecompressionStream,
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  TextDecoderStream,
  TextEncoderStream,
  TransformStream,
  TransformStreamDefaultController,
  WritableStream,
  WritableStreamDefaultController: writableClasses.WritableStreamDefaultController,
  WritableStreamDefaultWriter,
});
