import {
  CofferdamError,
  type Channel,
  type IncomingCall,
  type OutgoingCall,
} from '@cofferdam/protocol/base';
import type { FetchHead, FetchStart, FetchStream } from './stream.ts';

/** A request's whole life; egress has its own, shorter time-outs and the run its wall time. */
const FETCH_DEADLINE_MS = 310_000;

/** Starts a request on the other side of a channel: one hop towards egress. */
export function fetchOverChannel(
  channel: Channel,
  start: FetchStart & ({ ticket: string } | { runId: string }),
  signal: AbortSignal,
): FetchStream {
  const aborted = new AbortController();
  const head = Promise.withResolvers<FetchHead>();
  head.promise.catch(() => {});
  const call: OutgoingCall = channel.call('fetch', start, {
    deadlineMs: FETCH_DEADLINE_MS,
    signal: AbortSignal.any([signal, aborted.signal]),
    onEvent: (event) => head.resolve((event as { head: FetchHead }).head),
  });
  call.reply.then(
    () => head.reject(new CofferdamError('EGRESS_FAILED', 'the answer had no head')),
    (error: unknown) => head.reject(error),
  );
  return {
    head: head.promise,
    body: call.data,
    write: (bytes) => call.write(bytes),
    endWrite: () => call.end(),
    abort: () => aborted.abort(),
  };
}

/** Answers a `fetch` call with a stream of the next hop. */
export async function serveFetch(call: IncomingCall, stream: FetchStream): Promise<unknown> {
  call.signal.addEventListener('abort', () => stream.abort(), { once: true });
  const upload = pump(call, stream);
  upload.catch(() => stream.abort());
  const head = await stream.head;
  call.emit({ head });
  for await (const chunk of stream.body) await call.write(chunk);
  call.end();
  return {};
}

async function pump(call: IncomingCall, stream: FetchStream): Promise<void> {
  for await (const chunk of call.data) await stream.write(chunk);
  stream.endWrite();
}
