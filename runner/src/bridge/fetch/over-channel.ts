import {
  CofferdamError,
  LASTING,
  RUNTIME_METHODS,
  type Channel,
  type IncomingCall,
  type OutgoingCall,
} from '@cofferdam/protocol/base';
import type { WebSocketHead, WebSocketStart, WebSocketStream } from '../websocket/stream.ts';
import type { Exchange, FetchHead, FetchStart, FetchStream } from './stream.ts';

/** An exchange's whole life; egress has its own, shorter time-outs and the run its wall time. */
const DEADLINE_MS = 310_000;

/** Whose exchange it is: the runner knows the ticket, an isolate process the run or runtime alone. */
type Owner = { ticket: string } | { runId: string } | { runtimeId: string };

/** Starts a request on the other side of a channel: one hop towards egress. */
export function fetchOverChannel(
  channel: Channel,
  start: FetchStart & Owner,
  signal: AbortSignal,
): FetchStream {
  return exchange<FetchHead>(channel, { method: 'fetch', start }, signal);
}

/** Has a runtime's embedder answer a request, which may take as long as the runtime lives. */
export function fetchOfEmbedder(
  channel: Channel,
  start: FetchStart & { runtimeId: string },
  signal: AbortSignal,
): FetchStream {
  const { fetch: method } = RUNTIME_METHODS;
  return exchange<FetchHead>(channel, { method, start, deadlineMs: LASTING }, signal);
}

/** Has a runtime's embedder open a WebSocket, which may stay as long as the runtime lives. */
export function webSocketOfEmbedder(
  channel: Channel,
  start: WebSocketStart & { runtimeId: string },
  signal: AbortSignal,
): WebSocketStream {
  const { webSocket: method } = RUNTIME_METHODS;
  return exchange<WebSocketHead>(channel, { method, start, deadlineMs: LASTING }, signal);
}

/** Opens a WebSocket on the other side of a channel: one hop towards egress. */
export function webSocketOverChannel(
  channel: Channel,
  start: WebSocketStart & Owner,
  signal: AbortSignal,
): WebSocketStream {
  return exchange<WebSocketHead>(channel, { method: 'websocket', start }, signal);
}

interface ExchangeCall {
  method: string;
  start: object;
  deadlineMs?: number;
}

function exchange<Head>(
  channel: Channel,
  { method, start, deadlineMs = DEADLINE_MS }: ExchangeCall,
  signal: AbortSignal,
): Exchange<Head> {
  const aborted = new AbortController();
  const head = Promise.withResolvers<Head>();
  head.promise.catch(() => {});
  let hasHead = false;
  const call: OutgoingCall = channel.call(method, start, {
    deadlineMs,
    signal: AbortSignal.any([signal, aborted.signal]),
    onEvent: (event) => {
      hasHead = true;
      head.resolve((event as { head: Head }).head);
    },
  });
  call.reply.then(
    () => {
      // An error costs as much as the rest of this hop: it is not made to be thrown away.
      if (!hasHead) head.reject(new CofferdamError('EGRESS_FAILED', 'the answer had no head'));
    },
    (error: unknown) => head.reject(error),
  );
  return {
    head: head.promise,
    body: call.data,
    whole: () => call.data.whole(),
    write: (bytes) => call.pass(bytes),
    endWrite: () => call.end(),
    abort: () => aborted.abort(),
  };
}

/** Answers a `fetch` or `websocket` call with a stream of the next hop. */
export async function serveExchange(
  call: IncomingCall,
  stream: Exchange<unknown>,
): Promise<unknown> {
  call.signal.addEventListener('abort', () => stream.abort(), { once: true });
  if (call.signal.aborted) stream.abort();
  const upload = pump(call, stream);
  upload.catch(() => stream.abort());
  const head = await stream.head;
  call.emit({ head });
  for await (const chunk of stream.body) await call.pass(chunk);
  call.end();
  return {};
}

async function pump(call: IncomingCall, stream: Exchange<unknown>): Promise<void> {
  for await (const chunk of call.data) await stream.write(chunk);
  stream.endWrite();
}
