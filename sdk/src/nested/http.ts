import {
  CofferdamError,
  headersFit,
  NestedRequestSchema,
  parser,
  ServerHeadSchema,
} from '@cofferdam/protocol';
import { invalid, type Check } from '../options/check.ts';
import type { RequestResult } from '../server/types.ts';

const readRequestHead = parser(NestedRequestSchema);
const readResponseHead = parser(ServerHeadSchema);
/** Responses with these have no body, whatever a guest says. */
const EMPTY = new Set([204, 205, 304]);

type Body = Uint8Array | AsyncIterator<unknown> | undefined;

/** A request of a guest's, for a server of its own. Throws `INVALID_INPUT`. */
export function readGuestRequest(value: unknown, signal: AbortSignal | undefined): Request {
  const { body, ...rest } = Object(value) as { body?: unknown };
  const { url, method, headers } = readRequestHead(rest);
  if (!headersFit(headers)) throw new CofferdamError('INVALID_INPUT', 'the headers are too large');
  const init = { method, headers, signal: signal ?? null };
  const stream = streamOf(readBody(body, 'body'));
  return stream
    ? new Request(url, { ...init, body: stream, duplex: 'half' })
    : new Request(url, init);
}

/** What a guest answered for `fetch`. Throws for what is no response. */
export function readGuestResponse(value: unknown): Response {
  const { body, ...rest } = Object(value) as { body?: unknown };
  const { status, statusText, headers } = readResponseHead(rest);
  if (!headersFit(headers)) throw new CofferdamError('INVALID_INPUT', 'the headers are too large');
  const stream = EMPTY.has(status) ? undefined : streamOf(readBody(body, 'body'));
  return new Response(stream ?? null, { status, statusText, headers });
}

/** A request of a child's, for a function of its parent's. */
export function guestRequest(request: Request): object {
  const { url, method, headers, body } = request;
  return { url, method, headers: [...headers], body: body ? piecesOf(body) : undefined };
}

/** How a nested server answered, for whoever asked it. */
export function guestResult(result: RequestResult): object {
  if (result.type === 'websocket') {
    const { connectionId, headers } = result.upgradeData;
    return { type: 'websocket', connectionId, headers: [...headers] };
  }
  const { status, statusText, headers, body } = result.response;
  const head = { type: 'response', status, statusText, headers: [...headers] };
  return { ...head, body: body ? piecesOf(body) : undefined };
}

const readBody: Check<Body> = (value, name) => {
  if (value === undefined || value instanceof Uint8Array) return value;
  const isIterable = typeof (Object(value) as AsyncIterator<unknown>).next === 'function';
  if (isIterable && Symbol.asyncIterator in Object(value)) return value as AsyncIterator<unknown>;
  throw invalid(name, 'bytes or an async iterable of them', value);
};

function streamOf(body: Body): ReadableStream<Uint8Array> | undefined {
  if (body === undefined) return undefined;
  if (body instanceof Uint8Array) return new Blob([Uint8Array.from(body)]).stream();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await body.next();
        if (done) return controller.close();
        if (!(value instanceof Uint8Array))
          throw new TypeError('a piece of a body is no Uint8Array');
        if (value.byteLength > 0) return controller.enqueue(value);
        await this.pull!(controller);
      },
      async cancel() {
        await body.return?.();
      },
    },
    // Nothing is read ahead: what nobody reads stays with the guest.
    { highWaterMark: 0 },
  );
}

/** No generator: one takes no `return` while it waits for a piece that never comes. */
function piecesOf(body: ReadableStream<Uint8Array>): AsyncIterableIterator<Uint8Array> {
  const reader = body.getReader();
  const made: AsyncIterableIterator<Uint8Array> = {
    next: async () => {
      const { done, value } = await reader.read();
      return done ? { done: true, value: undefined } : { done: false, value };
    },
    return: async () => {
      await reader.cancel().catch(() => {});
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => made,
  };
  return made;
}
