import { pipeline, type Readable, type Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
} from 'node:zlib';
import { headerValue, withoutHeaders, type Headers } from './headers.ts';
import type { Meter } from './usage.ts';

/** Pieces are passed on as they come, and a body that ends early is passed on as far as it goes. */
const FLUSH = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
const BROTLI_FLUSH = {
  flush: constants.BROTLI_OPERATION_FLUSH,
  finishFlush: constants.BROTLI_OPERATION_FLUSH,
};
const ABOUT_THE_CODING = new Set(['content-encoding', 'content-length']);
/** Answers with these have no body, whatever their head says. */
const EMPTY = new Set([204, 205, 304]);

interface Response {
  status: number;
  headers: Headers;
  body: Readable;
}

/** A response as the guest gets it: decoded when its coding is one that egress asks for. */
export function decodedResponse(
  { status, headers, body }: Response,
  method: string,
  meter: Meter,
): { headers: Headers; body: AsyncIterable<Buffer> } {
  const coding = headerValue(headers, 'content-encoding')?.trim().toLowerCase() ?? '';
  const hasBody = method !== 'HEAD' && !EMPTY.has(status);
  if (!hasBody || !DECODED.has(coding)) return { headers, body };
  return {
    headers: withoutHeaders(headers, ABOUT_THE_CODING),
    body: decoded(body, coding, meter),
  };
}

const DECODED = new Set(['gzip', 'x-gzip', 'deflate', 'br']);

async function* decoded(body: Readable, coding: string, meter: Meter): AsyncGenerator<Buffer> {
  const source = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  // The form of `deflate` shows in the first byte: with a zlib header or, from old servers, without.
  const first = await source.next();
  if (first.done) return;
  const decoder = decoderOf(coding, first.value);
  pipeline(counted(first.value, source, meter), decoder, () => {}); // the decoder fails as its source does
  try {
    yield* decoder as AsyncIterable<Buffer>;
  } finally {
    decoder.destroy();
  }
}

async function* counted(first: Buffer, rest: AsyncIterator<Buffer>, meter: Meter) {
  for (let piece = first; ;) {
    meter.raw(piece.byteLength);
    yield piece;
    // eslint-disable-next-line no-await-in-loop -- one piece after another
    const next = await rest.next();
    if (next.done) return;
    piece = next.value;
  }
}

function decoderOf(coding: string, first: Buffer): Transform {
  if (coding === 'br') return createBrotliDecompress(BROTLI_FLUSH);
  if (coding !== 'deflate') return createGunzip(FLUSH);
  return (first[0]! & 0x0f) === 0x08 ? createInflate(FLUSH) : createInflateRaw(FLUSH);
}
