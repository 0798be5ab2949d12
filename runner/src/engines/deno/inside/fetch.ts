import {
  defineProperty,
  errorConstructors,
  indexOf,
  jsonStringify,
  list,
  min,
  PromiseConstructor,
  record,
  utf8Length,
} from '../../../guest/intrinsics.ts';
import type { Call, Link } from './link.ts';
import {
  appendHeader,
  byteLength,
  cloneResponse,
  closeStream,
  enqueue,
  failStream,
  forEachHeader,
  isBytes,
  listen,
  nativeFetch,
  NativeHeaders,
  NativeRequest,
  NativeResponse,
  NativeStream,
  readStream,
  requestBody,
  requestHeaders,
  requestMethod,
  requestRedirect,
  requestSignal,
  requestUrl,
  signalAborted,
  signalReason,
  streamReader,
} from './primordials.ts';
import { MAX_PAYLOAD_BYTES } from './wire.ts';

interface Head {
  status: number;
  statusText: string;
  headers: [string, string][];
  url: string;
  redirected: boolean;
}

interface FetchLimits {
  maxPieceBytes(): number;
  /** A piece was larger: the run is over. */
  onTooLarge(): void;
}

/** Deno's own classes around requests that leave through the runner. */
export function bridgedFetch(link: Link, limits: FetchLimits): typeof fetch {
  return async function fetch(input, init) {
    const request = new NativeRequest(input as Request, init);
    const url = requestUrl(request);
    // Both are data that this process already holds.
    if (indexOf(url, 'data:') === 0 || indexOf(url, 'blob:') === 0) return nativeFetch(request);
    const signal = requestSignal(request);
    if (signalAborted(signal)) throw signalReason(signal);
    const body = requestBody(request);
    const call = link.call('fetch', fitting(startOf(request, url, body !== null), limits));
    const head = headOf(call);
    listen(signal, 'abort', () => link.cancel(call, signalReason(signal)));
    if (body) void upload(body, { call, link, limits });
    return responseOf(await head, call, link);
  };
}

function fitting(start: unknown, { maxPieceBytes, onTooLarge }: FetchLimits): string {
  const json = jsonStringify(start);
  const room = min(maxPieceBytes(), MAX_PAYLOAD_BYTES);
  if (utf8Length(json, room) <= room) return json;
  onTooLarge();
  throw new errorConstructors.TypeError('The request is too large');
}

function startOf(request: Request, url: string, hasBody: boolean) {
  // Without prototypes, so that JSON finds no toJSON of the guest's on them.
  const headers = list<string[]>();
  forEachHeader(requestHeaders(request), (value: string, name: string) => {
    headers[headers.length] = list(name, value);
  });
  return record({
    url,
    method: requestMethod(request),
    headers,
    redirect: requestRedirect(request),
    hasBody,
  });
}

function headOf(call: Call): Promise<Head> {
  return new PromiseConstructor<Head>((resolve, reject) => {
    call.onEvent = (event) => resolve((event as { head: Head }).head);
    call.onFailure = reject;
  });
}

interface Upload {
  call: Call;
  link: Link;
  limits: FetchLimits;
}

async function upload(body: ReadableStream<Uint8Array>, { call, link, limits }: Upload) {
  try {
    const reader = streamReader(body);
    for (;;) {
      const { done, value } = await readStream(reader);
      if (done) break;
      if (!isBytes(value)) throw new errorConstructors.TypeError('A body is made of bytes');
      if (byteLength(value) > limits.maxPieceBytes()) return limits.onTooLarge();
      await call.outflow.write(value);
    }
    call.outflow.end();
  } catch (error) {
    link.cancel(call, error);
  }
}

/** Statuses whose responses have no body, where the constructor takes none. */
const isBodiless = (status: number) => status === 204 || status === 205 || status === 304;

function responseOf(head: Head, call: Call, link: Link): Response {
  const headers = new NativeHeaders();
  for (let i = 0; i < head.headers.length; i++) {
    const pair = head.headers[i]!;
    appendHeader(headers, pair[0], pair[1]);
  }
  const init = record({ status: head.status, statusText: head.statusText, headers });
  const body = isBodiless(head.status) ? null : bodyOf(call, link);
  return located(new NativeResponse(body, init), head);
}

/** The constructor has no place for these two. */
function located(response: Response, head: Head): Response {
  defineProperty(response, 'url', record({ value: head.url }));
  defineProperty(response, 'redirected', record({ value: head.redirected }));
  const clone = () => located(cloneResponse(response), head);
  defineProperty(response, 'clone', record({ value: clone }));
  return response;
}

function bodyOf(call: Call, link: Link): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new NativeStream({
    async pull(controller) {
      try {
        const chunk = await call.inflow.next();
        if (chunk) enqueue(controller, chunk);
        else closeStream(controller);
      } catch (error) {
        failStream(controller, error);
      }
    },
    cancel: (reason) => link.cancel(call, reason),
  });
}
