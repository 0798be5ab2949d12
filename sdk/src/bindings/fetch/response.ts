import {
  abortable,
  checker,
  FetchHeadSchema,
  headersFit,
  type FetchHead,
  type IncomingCall,
} from '@cofferdam/protocol';
import { refused } from './failure.ts';
import { responseHeaders } from './headers.ts';
import type { Hop } from './redirect.ts';

const checkHead = checker(FetchHeadSchema);
/** Answers with these have no body, whatever a binding says. */
const EMPTY = new Set([204, 205, 304]);

/** What a binding answered, which may be another library's Response. Throws for what is none. */
export function asResponse(answer: unknown): Response {
  const response = Object(answer) as Response;
  if (!isResponse(response)) throw refused('the fetch binding answered no Response');
  if (response.status === 0) throw refused('the fetch binding answered a network error');
  if (response.bodyUsed || response.body?.locked) {
    throw refused('the fetch binding answered a Response whose body is used already');
  }
  return response;
}

function isResponse({ status, headers, body }: Partial<Response>): boolean {
  if (typeof status !== 'number' || typeof headers?.[Symbol.iterator] !== 'function') return false;
  return body === null || typeof body?.getReader === 'function';
}

/** Sends a response to the guest, as fast as the guest reads it. */
export async function deliver(
  response: Response,
  { call, hop, signal }: { call: IncomingCall; hop: Hop; signal: AbortSignal },
): Promise<void> {
  const hasBody = response.body !== null && hop.request.method !== 'HEAD';
  const body = hasBody && !EMPTY.has(response.status) ? response.body : undefined;
  const head = headOf(response, hop, body !== undefined);
  call.emit({ head });
  if (body) await sendBody(body, call, signal);
  else await discard(response);
  call.end();
}

function headOf(response: Response, { request, redirects }: Hop, hasBody: boolean): FetchHead {
  const url = new URL(response.url || request.url);
  url.hash = '';
  const head = checkHead({
    status: response.status,
    statusText: response.statusText ?? '',
    headers: responseHeaders(response.headers, hasBody),
    url: url.href,
    redirected: response.redirected || redirects > 0,
  });
  if (head.ok && headersFit(head.value.headers)) return head.value;
  throw refused('the head of the answer is too large or no HTTP');
}

async function sendBody(
  body: ReadableStream<Uint8Array>,
  call: IncomingCall,
  signal: AbortSignal,
): Promise<void> {
  const reader = body.getReader();
  try {
    for (;;) {
      // eslint-disable-next-line no-await-in-loop -- one piece after another
      const { done, value } = await abortable(reader.read(), signal);
      if (done) return;
      if (!(value instanceof Uint8Array)) throw refused('a piece of the answer is no Uint8Array');
      // As anywhere else, who makes a body does not change a piece that it has given away.
      // eslint-disable-next-line no-await-in-loop
      await call.pass(value);
    }
  } catch (error) {
    // Whoever makes the body learns that nobody takes it; how it takes that is of no concern.
    reader.cancel(error).catch(() => {});
    throw error;
  }
}

/** Lets go of a body that nobody will read. */
export async function discard({ body }: Response): Promise<void> {
  await body?.cancel().catch(() => {});
}
