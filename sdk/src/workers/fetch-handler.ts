import { isUtf8 } from 'node:buffer';
import type { FetchBinding } from '../types.ts';
import type { Requests } from './requests.ts';
import type { WorkerFetchAnswer, WorkerFetchHandler, WorkerFetchRequest } from './types.ts';

/** The handler gets a body whole. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** Answers with these have no body. */
const EMPTY = new Set([204, 205, 304]);

/** Answers a worker's `fetch` by the handler of requests `fetch`. */
export function fetchOf(requests: Requests): FetchBinding {
  return async (request, context) => {
    const handler = requests.handler('fetch') as WorkerFetchHandler;
    const { url, method, headers } = request;
    const body = request.body ? written(await bytesOf(request.body)) : { body: undefined };
    const asked: WorkerFetchRequest = {
      url,
      method,
      headers: Object.fromEntries(headers),
      ...body,
    };
    return responseOf(await handler(asked, context));
  };
}

async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.byteLength;
    if (size > MAX_BODY_BYTES) throw new TypeError('the body is larger than 16 MiB');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function written(bytes: Buffer): Pick<WorkerFetchRequest, 'body' | 'bodyBase64'> {
  if (isUtf8(bytes)) return { body: bytes.toString('utf8') };
  return { body: undefined, bodyBase64: bytes.toString('base64') };
}

function responseOf(given: WorkerFetchAnswer): Response {
  const answer = Object(given) as Partial<WorkerFetchAnswer>;
  const { status, statusText = '', headers = {} } = answer;
  const isStatus = Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599;
  if (!isStatus) throw new TypeError('the handler of fetch answered no status from 200 to 599');
  const body = EMPTY.has(status!) ? null : bodyOf(answer);
  return new Response(body, { status: status!, statusText, headers });
}

function bodyOf({
  body,
  bodyBase64,
}: Partial<WorkerFetchAnswer>): string | Buffer<ArrayBuffer> | null {
  if (typeof bodyBase64 === 'string') return Buffer.from(bodyBase64, 'base64');
  if (body === undefined || body === null || typeof body === 'string') return body ?? null;
  throw new TypeError('the handler of fetch answered a body that is no text');
}
