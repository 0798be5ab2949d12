import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, list, record } from '../../../guest/interface.ts';
import type { AbortGroup } from '../../abort/guest.ts';
import type { UrlGroup } from '../../url/guest.ts';
import {
  assignBody,
  assignHeaders,
  Body,
  bytesNow,
  cloneBody,
  hasBody,
  moveBody,
  readBody,
  takeBody,
  type BodyInit,
} from './body.ts';
import { guardOf, Headers, rawOf } from './headers.ts';
import { readPageFields, type PageFields, type PageInit } from './page-fields.ts';
import { MAX_PLAIN_CHARS, PLAIN_URL } from './plain-url.ts';
import type { PieceSource } from './readable-stream.ts';

const { RegExp, regexpExec, stringSlice, toUpperCase, TypeError } = primordials;
const { URL } = core.use<UrlGroup>('url');

const plainUrl = new RegExp(PLAIN_URL);
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/;
const STANDARD_METHOD = /^(?:delete|get|head|options|post|put)$/i;
const REFUSED_METHOD = /^(?:connect|trace|track)$/i;

export type Redirect = 'follow' | 'manual' | 'error';

export interface RequestInit extends PageInit {
  method?: unknown;
  headers?: unknown;
  body?: unknown;
  redirect?: unknown;
  signal?: unknown;
}

/** What a request takes from the one it is made of. */
interface Parts {
  url: string;
  method: string;
  redirect: Redirect;
  page: PageFields | undefined;
  signal: AbortSignal | undefined;
  headers: Headers | undefined;
  body: Body | undefined;
}

/** A request that came to the guest: what the host has checked of it, and what only it can answer. */
export interface ReceivedRequest {
  url: string;
  method: string;
  headers: Headers;
  body: BodyInit;
  /** Made when it is first asked for. */
  signal(): AbortSignal;
}

/** What is to be sent of a request: bytes that are all there, or where they come from. */
export interface SentRequest {
  url: string;
  method: string;
  headers: readonly [name: string, value: string][];
  signal: AbortSignal | undefined;
  bytes: Uint8Array | undefined;
  source: PieceSource | undefined;
}

let isRequest: (value: unknown) => value is Request;
/** What the constructor makes a request of, instead of its arguments. */
let received: ReceivedRequest | undefined;
/** The one that a request was made of; `undefined` for what a guest has made, and for what is none. */
export let receivedOf: (value: unknown) => ReceivedRequest | undefined;
/** Takes a request apart, whose body is used then; `undefined` for what is none. */
export let takeRequest: (value: unknown) => SentRequest | undefined;

export class Request extends Body {
  readonly #url: string;
  readonly #method: string;
  readonly #headers: Headers;
  readonly #redirect: Redirect;
  readonly #page: PageFields;
  readonly #received: ReceivedRequest | undefined;
  #signal: AbortSignal | undefined;

  static {
    receivedOf = (value) => (isRequest(value) ? value.#received : undefined);
    takeRequest = (value) => {
      if (!isRequest(value)) return undefined;
      const { url, method, headers, signal } = value.#parts();
      const bytes = bytesNow(value);
      const source = bytes || !hasBody(value) ? undefined : takeBody(value);
      return record<SentRequest>({ url, method, headers: rawOf(headers!), signal, bytes, source });
    };
    isRequest = (value): value is Request =>
      typeof value === 'object' && value !== null && #url in value;
  }

  constructor(input: unknown, init: RequestInit = {}) {
    if (arguments.length === 0) throw new TypeError('A request needs a URL');
    super();
    if (received) {
      this.#received = received;
      received = undefined;
      this.#url = this.#received.url;
      this.#method = this.#received.method;
      this.#redirect = 'follow';
      this.#page = RECEIVED_PAGE;
      this.#headers = this.#received.headers;
      assignHeaders(this, this.#headers);
      assignBody(this, this.#received.body);
      return;
    }
    const options = init ?? record({});
    const base = isRequest(input) ? input.#parts() : newParts(input);
    this.#url = base.url;
    this.#method = methodOf(options.method, base.method);
    this.#redirect = redirectOf(options.redirect, base.redirect);
    this.#page = readPageFields(options, base.page);
    this.#signal = signalOf(options.signal, base.signal);
    this.#headers = guardOf(new Headers(), 'request');
    assignHeaders(this, this.#headers);
    fillHeaders(this.#headers, options.headers ?? base.headers);
    this.#setBody(bodyOf(options.body, base.body));
  }

  #parts(): Parts {
    return record({
      url: this.#url,
      method: this.#method,
      redirect: this.#redirect,
      page: this.#page,
      signal: this.#signalNow(),
      headers: this.#headers,
      body: this,
    });
  }

  get url(): string {
    return this.#url;
  }
  get method(): string {
    return this.#method;
  }
  get headers(): Headers {
    return this.#headers;
  }
  get redirect(): Redirect {
    return this.#redirect;
  }
  get signal(): AbortSignal {
    return this.#signalNow();
  }
  #signalNow(): AbortSignal {
    this.#signal ??= this.#received!.signal();
    return this.#signal;
  }
  get mode(): string {
    return this.#page.mode;
  }
  get credentials(): string {
    return this.#page.credentials;
  }
  get cache(): string {
    return this.#page.cache;
  }
  get referrerPolicy(): string {
    return this.#page.referrerPolicy;
  }
  get integrity(): string {
    return this.#page.integrity;
  }
  get keepalive(): boolean {
    return this.#page.keepalive;
  }
  get referrer(): string {
    void this.#page;
    return 'about:client';
  }
  get destination(): string {
    void this.#page;
    return '';
  }
  get duplex(): string {
    void this.#page;
    return 'half';
  }
  clone(): Request {
    const { method, headers, redirect, signal, page } = this.#parts();
    const init = record({ ...page, method, headers, redirect, signal });
    const copy = new Request(this.#url, init);
    assignBody(copy, cloneBody(this));
    return copy;
  }

  #setBody(body: BodyInit | undefined): void {
    if (!body) return;
    if (this.#method === 'GET' || this.#method === 'HEAD') {
      throw new TypeError(`A request with method ${this.#method} has no body`);
    }
    assignBody(this, body);
    if (body.type && !this.#headers.has('content-type'))
      this.#headers.set('content-type', body.type);
  }
}

const RECEIVED_PAGE = readPageFields(record({}));

/** A request for a handler of the guest's. */
export function receive(parts: ReceivedRequest): Request {
  received = parts;
  return new Request('');
}

type AbortSignal = InstanceType<AbortGroup['AbortSignal']>;

defineInterface(Request, 'Request');

function newParts(input: unknown): Parts {
  return record<Parts>({
    url: checkedUrl(input),
    method: 'GET',
    redirect: 'follow',
    page: undefined,
    signal: undefined,
    headers: undefined,
    body: undefined,
  });
}

function bodyOf(given: unknown, base: Body | undefined): BodyInit | undefined {
  if (given !== undefined && given !== null) return readBody(given);
  // `null` asks for a request without the body of the one it is made of.
  return base && given === undefined && hasBody(base) ? moveBody(base) : undefined;
}

export function fillHeaders(headers: Headers, init: unknown): void {
  if (init === undefined || init === null) return;
  const walk = new Headers(init).entries();
  for (let step = walk.next(); !step.done; step = walk.next()) {
    headers.append(step.value[0], step.value[1]);
  }
}

function checkedUrl(input: unknown): string {
  const text = `${input as string}`;
  if (text.length <= MAX_PLAIN_CHARS && regexpExec(plainUrl, text) !== null) return text;
  const url = URL.parse(text);
  if (!url) throw new TypeError(`Invalid URL: ${stringSlice(text, 0, 256)}`);
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('A request URL must hold no user name or password');
  }
  return url.href;
}

function methodOf(given: unknown, fallback: string): string {
  if (given === undefined) return fallback;
  const method = `${given as string}`;
  if (regexpExec(METHOD, method) === null) throw new TypeError('The method is not valid');
  if (regexpExec(REFUSED_METHOD, method) !== null)
    throw new TypeError(`The method ${method} is refused`);
  return regexpExec(STANDARD_METHOD, method) === null ? method : toUpperCase(method);
}

function redirectOf(given: unknown, fallback: Redirect): Redirect {
  if (given === undefined) return fallback;
  if (given === 'follow' || given === 'manual' || given === 'error') return given;
  throw new TypeError('redirect must be follow, manual or error');
}

function signalOf(given: unknown, fallback: AbortSignal | undefined): AbortSignal {
  const { dependentOf, isSignal } = core.use<AbortGroup>('abort');
  const source = given === undefined ? fallback : given;
  if (source !== undefined && source !== null && !isSignal(source)) {
    throw new TypeError('signal must be an AbortSignal');
  }
  // A signal of the request's own, as the standard has it: a listener on it is no one else's.
  const sources = list<AbortSignal>();
  if (source) sources[0] = source;
  return dependentOf(sources);
}
