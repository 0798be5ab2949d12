import type { IncomingMessage } from 'node:http';
import { CofferdamError } from '@cofferdam/protocol';

/** The body of a request as it comes, if there is one. Throws `BODY_TOO_LARGE`, at once or on the way. */
export function bodyOf(
  raw: IncomingMessage,
  maxBytes: number,
): AsyncIterable<Uint8Array> | undefined {
  const { headers, method } = raw;
  const length = Number(headers['content-length'] ?? 0);
  if (method === 'GET' || method === 'HEAD') return undefined;
  if (length === 0 && headers['transfer-encoding'] === undefined) return undefined;
  if (length > maxBytes) throw tooLarge(maxBytes);
  return limited(raw, maxBytes);
}

async function* limited(raw: IncomingMessage, maxBytes: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  // Its connection still has to carry the answer.
  const chunks = raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

function tooLarge(maxBytes: number): CofferdamError {
  return new CofferdamError('BODY_TOO_LARGE', `The body is larger than ${maxBytes} bytes.`);
}
