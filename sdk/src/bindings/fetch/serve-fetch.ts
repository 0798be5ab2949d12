import { abortable, headersFit, type FetchStart, type IncomingCall } from '@cofferdam/protocol';
import type { HostCallContext } from '../../types.ts';
import type { BindingScope } from '../scope.ts';
import { fetchFailure, refused } from './failure.ts';
import { requestHeaders } from './headers.ts';
import { nextHop, type Hop } from './redirect.ts';
import { asResponse, deliver, discard } from './response.ts';
import { uploadStream } from './upload.ts';

/** One request of a guest, which the scope's fetch binding answers. */
interface Exchange {
  scope: BindingScope;
  call: IncomingCall;
  context: HostCallContext;
}

/** Answers a guest's `fetch`; rejects with a CofferdamError whose message the guest is told. */
export async function serveFetch(
  scope: BindingScope,
  call: IncomingCall,
  { start, requestId }: { start: FetchStart; requestId?: string | undefined },
): Promise<unknown> {
  using entered = scope.enter('fetch', call.signal, requestId);
  const exchange = { scope, call, context: entered.context };
  try {
    await answer(exchange, start);
    return {};
  } catch (error) {
    // A guest that gave its request up is no failure of the binding.
    if (!entered.context.signal.aborted) scope.report(error);
    throw fetchFailure(error);
  }
}

async function answer(exchange: Exchange, start: FetchStart): Promise<void> {
  const { scope, call, context } = exchange;
  const { signal } = context;
  // Open until the exchange is over, also where the binding does not read it.
  using upload = start.hasBody ? scope.openStream() : undefined;
  let hop: Hop = { request: requestOf(exchange, start, upload), redirects: 0 };
  let response = await ask(exchange, hop);
  for (let next = nextHop(hop, response); next; next = nextHop(hop, response)) {
    hop = next;
    // eslint-disable-next-line no-await-in-loop -- one hop leads to the next
    await discard(response);
    // eslint-disable-next-line no-await-in-loop
    response = await ask(exchange, hop);
  }
  const download = scope.openStream();
  await deliver(response, { call, hop, signal }).finally(() => download[Symbol.dispose]());
}

/** Throws a TypeError, as the standard does, for what is no request that fetch could make. */
function requestOf(
  { call, context }: Exchange,
  { url, method, redirect, headers }: FetchStart,
  upload: Disposable | undefined,
): Request {
  if (!headersFit(headers)) throw refused('the headers of the request are too large');
  const init = { method, redirect, headers: requestHeaders(headers), signal: context.signal };
  if (!upload) return new Request(url, init);
  const body = uploadStream(call, () => upload[Symbol.dispose]());
  return new Request(url, { ...init, body, duplex: 'half' });
}

/** A binding that never answers is not waited for once its request is given up. */
async function ask({ scope, context }: Exchange, hop: Hop): Promise<Response> {
  const { fetch } = scope.bindings;
  if (!fetch) throw refused('fetch is not available: the host gave no fetch binding');
  const { signal } = context;
  const answered = Promise.resolve(fetch(hop.request, context));
  answered.then(
    (late) => void (signal.aborted && discard(late)),
    () => {},
  );
  return asResponse(await abortable(answered, signal));
}
