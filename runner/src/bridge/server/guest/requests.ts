import { core, primordials } from '../../../guest/captured.ts';
import { hardened, list, record } from '../../../guest/interface.ts';
import type { AbortGroup } from '../../abort/guest.ts';
import type { FetchGroup } from '../../fetch/guest.ts';
import type { UrlGroup } from '../../url/guest.ts';
import { answer, fail } from './answer.ts';
import { callFor } from './request-context.ts';
import { receivedBody } from './received-body.ts';
import { handlers } from './serve.ts';
import { begin, cancel, end, find, type AbortSignal, type Served } from './served.ts';
import { serverObject } from './upgrade.ts';

const { apply, Error, jsonParse, Promise, promiseThen } = primordials;

type Head = [
  requestId: string,
  method: string,
  url: string,
  headers: [string, string][],
  body: 0 | 1,
];

export function beginRequest(id: number, json: string, bytes: ArrayBuffer | undefined): void {
  const head = record(jsonParse(json) as Head);
  const served = begin(id, head[0], head[1]);
  const { fetch, receiver } = handlers ?? record({ fetch: undefined, receiver: undefined });
  if (!fetch) return fail(served, new Error('The guest has called no serve'));
  try {
    const request = requestOf(served, head, bytes);
    const args = [request, serverObject];
    settle(
      served,
      callFor(head[0], () => apply(fetch, receiver, args) as unknown),
    );
  } catch (error) {
    fail(served, error);
  }
}

function requestOf(served: Served, head: Head, bytes: ArrayBuffer | undefined): object {
  const { receive, receivedHeaders } = core.use<FetchGroup>('fetch');
  core.use<UrlGroup>('url').noteCanonical(head[2]);
  const parts = record({
    url: head[2],
    method: head[1],
    headers: receivedHeaders(head[3]),
    body: receivedBody(served, bytes, head[4] === 1),
    signal: () => signalOf(served),
    served,
  });
  return receive(parts);
}

function settle(served: Served, result: unknown): void {
  if (typeof result !== 'object' || result === null || isResponse(result)) {
    return answer(served, result);
  }
  // A promise of ours, which a guest's constructor has no part in.
  const settled = hardened(new Promise<unknown>((resolve) => resolve(result)));
  const onAnswer = (value: unknown) => answer(served, value);
  promiseThen(settled, onAnswer, (error: unknown) => fail(served, error));
}

function isResponse(value: object): boolean {
  return core.use<FetchGroup>('fetch').isResponse(value);
}

/** The host gave the request up: nobody waits for it any more. */
export function abortRequest(id: number): void {
  const served = find(id);
  if (!served) return;
  end(served);
  served.isAborted = true;
  const { source, signal } = served;
  if (signal) core.use<AbortGroup>('abort').abort(signal, undefined);
  if (source) cancel(source);
}

function signalOf(served: Served): AbortSignal {
  if (served.signal) return served.signal;
  const { abort, dependentOf } = core.use<AbortGroup>('abort');
  const signal = dependentOf(list<AbortSignal>());
  served.signal = signal;
  if (served.isAborted) abort(signal, undefined);
  return signal;
}
