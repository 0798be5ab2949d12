import { core, primordials } from '../../../guest/captured.ts';
import { hardened, list, record } from '../../../guest/interface.ts';
import type { AbortGroup } from '../../abort/guest.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';
import { bytesNow, hasBody, readBody, takeBody, type BodyInit } from './body.ts';
import { guardOf, Headers, rawOf } from './headers.ts';
import type { PieceSource } from './readable-stream.ts';
import { Request, type RequestInit } from './request.ts';
import { isBodiless, respond, type Response, type ResponseHead } from './response.ts';

const { isPrototypeOf, Promise, promiseThen, resolvedPromise, typedLength, TypeError, Uint8Array } =
  primordials;
const { ownBuffer } = core.use<EncodingGroup>('encoding');

/** A body up to this size goes along with the start of its request; a larger one in pieces. */
const PIECE_BYTES = 64 * 1024;

let lastId = 0;

/** What the host answers: its JSON, and bytes where there are some. */
interface HostAnswer {
  json: any;
  bytes: ArrayBuffer | undefined;
}

/** The head of a response as the host answers it. */
interface FetchHead {
  status: number;
  statusText: string;
  headers: [string, string][];
  url: string;
  redirected: boolean;
}

function ask(method: string, id: number, bytes?: ArrayBuffer): Promise<any> {
  return hardened(core.hostCall('fetch', method, record({ id }), bytes));
}

/** Nobody waits for it, so nobody may be told that it failed. */
function giveUp(id: number): void {
  const nothing = () => {};
  promiseThen(ask('abort', id), nothing, nothing);
}

/** A response as far as it has come: its head, and its body where all of that is here. */
interface Answer {
  head: FetchHead;
  whole: ArrayBuffer | undefined;
}

function start(id: number, request: Request): Promise<Answer> {
  const { url, method, redirect } = request;
  const headers = list<[string, string]>();
  const raw = rawOf(request.headers);
  for (let i = 0; i < raw.length; i++) headers[i] = raw[i]!;
  const withBody = hasBody(request);
  const fields = record({ id, url, method, redirect, headers, hasBody: withBody });
  const bytes = withBody ? bytesNow(request) : undefined;
  if (!withBody || (bytes && typedLength(bytes) <= PIECE_BYTES)) {
    const buffer = bytes && ownBuffer(bytes, 0, typedLength(bytes));
    return answerOf(core.hostCall('fetch', 'exchange', fields, buffer));
  }
  const source = bytes ? piecesOf(bytes) : takeBody(request)!;
  return hardened(
    promiseThen(hardened(core.hostCall('fetch', 'open', fields)), () => {
      // Not waited for: a response may come before the body is through, and an error ends both.
      promiseThen(hardened(upload(id, source)), undefined, () => giveUp(id));
      return answerOf(ask('head', id));
    }) as unknown as Promise<Answer>,
  );
}

function answerOf(answer: Promise<HostAnswer>): Promise<Answer> {
  const take = ({ json, bytes }: HostAnswer) =>
    record<Answer>({
      head: record(json.head as FetchHead),
      whole: json.isWhole ? bytes : undefined,
    });
  return hardened(promiseThen(hardened(answer), take) as unknown as Promise<Answer>);
}

function piecesOf(bytes: Uint8Array): PieceSource {
  let at = 0;
  return record<PieceSource>({
    pull: () => {
      if (at >= typedLength(bytes)) return resolvedPromise(undefined);
      const end = at + PIECE_BYTES < typedLength(bytes) ? at + PIECE_BYTES : typedLength(bytes);
      const piece = new Uint8Array(ownBuffer(bytes, at, end));
      at = end;
      return resolvedPromise(piece);
    },
    cancel: () => {
      at = typedLength(bytes);
    },
  });
}

function upload(id: number, source: PieceSource): Promise<void> {
  const next = (): Promise<void> =>
    promiseThen(hardened(source.pull()), (piece: Uint8Array | undefined) => {
      if (piece === undefined) return ask('endWrite', id);
      return promiseThen(hardened(writeAll(id, piece)), next);
    }) as unknown as Promise<void>;
  return next();
}

function writeAll(id: number, piece: Uint8Array, from = 0): Promise<void> {
  const size = typedLength(piece);
  if (from >= size) return resolvedPromise();
  const end = from + PIECE_BYTES < size ? from + PIECE_BYTES : size;
  const written = ask('write', id, ownBuffer(piece, from, end));
  return promiseThen(written, () => writeAll(id, piece, end)) as unknown as Promise<void>;
}

/** A body that is here: aborted like one that is still to come. */
function wholeSource(whole: ArrayBuffer, state: Exchange): PieceSource {
  let rest: Uint8Array | undefined = new Uint8Array(whole);
  return record<PieceSource>({
    pull: () => {
      if (state.failure) return primordials.rejectedPromise(state.failure.reason);
      const piece = rest;
      rest = undefined;
      if (piece && typedLength(piece) > 0) return resolvedPromise(piece);
      state.finish();
      return resolvedPromise(undefined);
    },
    cancel: () => {
      rest = undefined;
      state.finish();
    },
  });
}

/** The response's body: read from the host as the guest reads it, given up when it is cancelled. */
function bodySource(id: number, state: Exchange): PieceSource {
  return record<PieceSource>({
    pull: () => {
      if (state.failure) return primordials.rejectedPromise(state.failure.reason);
      const take = ({ json, bytes }: HostAnswer) => {
        if (!json.done) return new Uint8Array(bytes!);
        state.finish();
        return undefined;
      };
      // What an abort makes of the request's end is told by the signal's reason.
      const fail = (error: unknown) => {
        throw state.failure ? state.failure.reason : error;
      };
      return promiseThen(ask('read', id), take, fail) as never;
    },
    cancel: () => {
      state.finish();
      giveUp(id);
    },
  });
}

/** One request while it is under way: aborted once, by its signal, until its body is read. */
interface Exchange {
  failure: { reason: unknown } | undefined;
  finish(): void;
}

function responseOf(
  { head, whole }: Answer,
  { method }: Request,
  { exchange, id }: { exchange: Exchange; id: number },
): Response {
  const headers = new Headers();
  for (let i = 0; i < head.headers.length; i++) {
    headers.append(head.headers[i]![0], head.headers[i]![1]);
  }
  const { status, statusText, url, redirected } = head;
  const type = 'basic' as const;
  const made = record<ResponseHead>({ type, url, redirected, status, statusText });
  if (isBodiless(status) || method === 'HEAD') {
    exchange.finish();
    if (!whole) giveUp(id);
    return respond(made, guardOf(headers, 'immutable'), readBody(null));
  }
  const source = whole ? wholeSource(whole, exchange) : bodySource(id, exchange);
  const body = record<BodyInit>({ bytes: undefined, stream: undefined, type: undefined, source });
  return respond(made, guardOf(headers, 'immutable'), body);
}

function exchangeFor(id: number, request: Request, reject: (reason: unknown) => void): Exchange {
  const { addAlgorithm } = core.use<AbortGroup>('abort');
  const remove = addAlgorithm(request.signal, () => {
    exchange.failure = { reason: request.signal.reason };
    giveUp(id);
    reject(request.signal.reason);
  });
  const exchange: Exchange = record<Exchange>({ failure: undefined, finish: remove as () => void });
  return exchange;
}

export function fetch(
  input: unknown,
  init: RequestInit | undefined = undefined,
): Promise<Response> {
  return new Promise<Response>((resolve, reject) => {
    // What the constructor throws rejects the promise, as every error of fetch does.
    const request = new Request(input, init);
    if (request.signal.aborted) return reject(request.signal.reason);
    const id = ++lastId;
    const exchange = exchangeFor(id, request, reject);
    const fail = (error: unknown) => {
      exchange.finish();
      reject(isPrototypeOf(TypeError.prototype, error as object) ? error : asTypeError(error));
    };
    promiseThen(
      start(id, request),
      (answer: Answer) => {
        try {
          resolve(responseOf(answer, request, record({ exchange, id })));
        } catch (error) {
          fail(error);
        }
      },
      fail,
    );
  });
}

function asTypeError(error: unknown): Error {
  const message = (error as { message?: unknown } | null)?.message;
  return new TypeError(`fetch failed: ${typeof message === 'string' ? message : 'EGRESS_FAILED'}`);
}
