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
import { TransformStream, TransformStreamDefaultController } from './guest/transform.ts';
import { writableClasses, WritableStream, WritableStreamDefaultWriter } from './guest/writable.ts';

const internals = { isLocked, isReadable, isUsed, sourceOf, streamOf, teeOf };

/** What other groups use of this one, beside its globals. */
export type StreamsGroup = typeof internals;

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
