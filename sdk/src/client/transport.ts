import { isRead, readAnswer } from './answer.ts';
import { connectionLost, CofferdamApiError, invalidInput } from './error.ts';
import { readRunEvents, type RunEvent } from './events.ts';
import { readNamespace, type Settings } from './options.ts';
import type { Answer, Call, CallOptions, Operation, RunOperation } from './operation.ts';

/** A call as the transport sees it, whatever the operation. */
interface Sendable extends CallOptions {
  path?: Record<string, string>;
  query?: Record<string, string | number | undefined>;
  /** Sent as it is when it is bytes, else as JSON. */
  body?: unknown;
}

interface Sent {
  operation: Operation;
  accept: string;
  call: Sendable;
}

/** The bytes of a WebAssembly module. */
export type ModuleBytes = Uint8Array<ArrayBuffer> | ArrayBuffer | Blob;

/** Sends calls and reads their answers. Nothing is sent twice: that is the caller's decision. */
export class Transport {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The namespace of a call about scripts. */
  namespaceOf({ namespace }: CallOptions): string {
    return readNamespace(namespace) ?? this.#settings.namespace ?? 'default';
  }

  async request<K extends Operation>(operation: K, call: Call<K>): Promise<Answer<K>> {
    const sent = { operation, accept: 'application/json', call: call as Sendable };
    return (await this.#read(sent)) as Answer<K>;
  }

  /** For the one operation that takes bytes where its document says JSON. */
  async upload(operation: Operation, call: Sendable & { body: ModuleBytes }): Promise<unknown> {
    return this.#read({ operation, accept: 'application/json', call });
  }

  /** Starts a run when the first event is asked for; leaving the loop ends the run. */
  async *stream<K extends RunOperation, T>(
    operation: K,
    call: Call<K>,
  ): AsyncGenerator<RunEvent<T>> {
    const sent = { operation, accept: 'text/event-stream, application/json', call };
    const response = await this.#send(sent);
    try {
      yield* readRunEvents<T>(operation, response);
    } catch (error) {
      throw failureOf(error, sent);
    }
  }

  async #read(sent: Sent): Promise<unknown> {
    const response = await this.#send(sent);
    try {
      return await readAnswer(sent.operation, response);
    } catch (error) {
      throw failureOf(error, sent);
    }
  }

  async #send(sent: Sent): Promise<Response> {
    const { operation, call } = sent;
    call.signal?.throwIfAborted();
    const [method] = operation.split(' ');
    const url = this.#settings.base + pathOf(operation, call);
    const { body } = call;
    const init: RequestInit = {
      method: method!,
      headers: await this.#headers(sent),
      // The gateway answers at the address it was asked at; a redirect would take the code elsewhere.
      redirect: 'manual',
      ...(call.signal ? { signal: call.signal } : {}),
      ...(body === undefined ? {} : { body: isBytes(body) ? body : JSON.stringify(body) }),
    };
    try {
      return await this.#settings.fetch(url, init);
    } catch (error) {
      throw failureOf(error, sent);
    }
  }

  async #headers({ accept, call }: Sent): Promise<Record<string, string>> {
    const token = await this.#settings.token();
    const namespace = readNamespace(call.namespace) ?? this.#settings.namespace;
    const { body, requestId, traceparent } = call;
    const all = {
      accept,
      authorization: token === undefined ? undefined : `Bearer ${token}`,
      'content-type': contentTypeOf(body),
      'x-cofferdam-namespace': namespace,
      'x-request-id': requestId,
      traceparent,
    };
    const given = Object.entries(all).filter((entry): entry is [string, string] => {
      return entry[1] !== undefined;
    });
    return Object.fromEntries(given);
  }
}

/** What was thrown while a call was sent or read, as whoever called is told. */
function failureOf(error: unknown, { operation, call }: Sent): unknown {
  if (call.signal?.aborted) return call.signal.reason;
  if (error instanceof CofferdamApiError) return error;
  return connectionLost(`${operation}: no answer, or not all of it`, isRead(operation), error);
}

function pathOf(operation: Operation, { path = {}, query = {} }: Sendable): string {
  const [, template = ''] = operation.split(' ');
  const filled = template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    segmentOf(name, path[name]),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  const text = String(search);
  return text === '' ? filled : `${filled}?${text}`;
}

/** A name of dots alone, however it is written, would be another path. */
function segmentOf(name: string, value: unknown): string {
  if (typeof value !== 'string' || value === '' || /^\.+$/.test(value)) {
    throw invalidInput(`${name}: must be a name`);
  }
  return encodeURIComponent(value);
}

function contentTypeOf(body: unknown): string | undefined {
  if (body === undefined) return undefined;
  return isBytes(body) ? 'application/wasm' : 'application/json';
}

export function isBytes(body: unknown): body is ModuleBytes {
  return body instanceof Uint8Array || body instanceof ArrayBuffer || body instanceof Blob;
}
