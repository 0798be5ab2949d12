import { duplexPair } from 'node:stream';
import {
  Channel,
  RUNTIME_METHODS,
  type FetchHead,
  type FetchStart,
  type OutgoingCall,
} from '@cofferdam/protocol';
import { bindingHandlers } from '../src/bindings/handlers.ts';
import { BindingScope } from '../src/bindings/scope.ts';
import type { HostBindings } from '../src/index.ts';

/** A keeper's end of a connection, and the embedder's with one runtime's bindings. */
export function keeperOf(bindings: HostBindings) {
  const reported: unknown[] = [];
  const scope = new BindingScope('r1', bindings, (error) => reported.push(error));
  const [ours, theirs] = duplexPair();
  const keeper = new Channel(ours);
  const embedder = new Channel(theirs, { handlers: bindingHandlers(new Map([['r1', scope]])) });
  const close = () => {
    keeper.close();
    embedder.close();
  };
  return { scope, reported, keeper, embedder, close };
}

export interface Exchange {
  call: OutgoingCall;
  head: Promise<FetchHead>;
}

/** What a guest's `fetch` becomes on the way to its embedder. */
export function guestFetch(
  keeper: Channel,
  start: Partial<FetchStart> = {},
  signal?: AbortSignal,
): Exchange {
  const head = Promise.withResolvers<FetchHead>();
  head.promise.catch(() => {});
  const payload = {
    url: 'http://service.test/path#part',
    method: 'GET',
    headers: [],
    redirect: 'follow',
    hasBody: false,
    runtimeId: 'r1',
    ...start,
  };
  const call = keeper.call(RUNTIME_METHODS.fetch, payload, {
    deadlineMs: 10_000,
    ...(signal ? { signal } : {}),
    onEvent: (event) => head.resolve((event as { head: FetchHead }).head),
  });
  call.reply.catch((error: unknown) => head.reject(error));
  if (!payload.hasBody) call.end();
  return { call, head: head.promise };
}

export async function textOf({ data }: OutgoingCall): Promise<string> {
  let text = '';
  for await (const piece of data) text += piece.toString();
  return text;
}
