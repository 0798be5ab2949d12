import {
  LASTING,
  SERVER_METHODS,
  type Channel,
  type OutgoingCall,
  type ServerHead,
} from '@cofferdam/protocol';
import type { TestEmbedder, TestRuntime } from './runtime-embedder.ts';

export interface Asked {
  path?: string;
  method?: string;
  headers?: [string, string][];
  body?: string | Uint8Array;
  requestId?: string;
  signal?: AbortSignal;
}

export interface Answered {
  head: ServerHead;
  text: string;
}

let lastId = 0;

/** Starts a request; what it has of a body, and its end, are the caller's to send. */
export function start(
  channel: Channel,
  runtimeId: string,
  { path = '/', method = 'GET', headers = [], requestId, signal, body }: Asked = {},
): { call: OutgoingCall; head: Promise<ServerHead> } {
  const head = Promise.withResolvers<ServerHead>();
  const payload = {
    ...{ runtimeId, method, headers, url: `http://localhost${path}` },
    requestId: requestId ?? `r${++lastId}`,
    hasBody: body !== undefined,
  };
  const call = channel.call(SERVER_METHODS.request, payload, {
    deadlineMs: LASTING,
    ...(signal && { signal }),
    onEvent: (event) => head.resolve(event as ServerHead),
  });
  call.reply.catch((error: unknown) => head.reject(error as Error));
  head.promise.catch(() => {});
  return { call, head: head.promise };
}

/** A request from its beginning to its end. */
export async function ask(
  { channel }: TestEmbedder,
  { id }: TestRuntime,
  asked: Asked = {},
): Promise<Answered> {
  const { call, head } = start(channel, id, asked);
  if (asked.body !== undefined) {
    call.write(Buffer.from(asked.body)).catch(() => {});
    call.end();
  }
  const chunks: Buffer[] = [];
  const read = (async () => {
    for await (const chunk of call.data) chunks.push(chunk);
  })();
  // What breaks it is told by the answer.
  read.catch(() => {});
  await call.reply;
  await read;
  return { head: await head, text: Buffer.concat(chunks).toString() };
}
