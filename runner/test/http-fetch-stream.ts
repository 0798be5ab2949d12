import { CofferdamError } from '@cofferdam/protocol';
import type { FetchHead, FetchStart, FetchStream } from '../src/bridge/fetch/stream.ts';

/** A way out that goes straight to the target, by Node's own fetch: real, but without a policy. */
export function httpFetchStream(start: FetchStart): FetchStream {
  const abort = new AbortController();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  const response = fetch(start.url, {
    method: start.method,
    headers: start.headers,
    redirect: start.redirect,
    signal: abort.signal,
    ...(start.hasBody ? { body: readable, duplex: 'half' } : {}),
  } as RequestInit);
  const head = response.then(headOf, (cause: unknown) => {
    throw new CofferdamError('EGRESS_FAILED', 'the target could not be reached', { cause });
  });
  head.catch(() => {});
  return {
    head,
    body: bodyOf(response),
    write: (bytes) => writer.write(bytes),
    endWrite: () => void writer.close().catch(() => {}),
    abort: () => abort.abort(),
  };
}

function headOf({ status, statusText, headers, url, redirected }: Response): FetchHead {
  return { status, statusText, headers: [...headers], url, redirected };
}

async function* bodyOf(response: Promise<Response>): AsyncGenerator<Uint8Array> {
  const { body } = await response;
  if (body) yield* body as AsyncIterable<Uint8Array>;
}
