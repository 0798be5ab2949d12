import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, record } from '../../../guest/interface.ts';
import type { AbortGroup } from '../../abort/guest.ts';
import type { UrlGroup } from '../../url/guest.ts';
import { assignBody, Body, cloneBody, hasBody, moveBody, readBody, type BodyInit } from './body.ts';
import { guardOf, Headers } from './headers.ts';

const { regexpExec, stringSlice, toUpperCase, TypeError } = primordials;
const { URL } = core.use<UrlGroup>('url');

const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/;
const STANDARD_METHOD = /^(?:delete|get|head|options|post|put)$/i;
const REFUSED_METHOD = /^(?:connect|trace|track)$/i;

export type Redirect = 'follow' | 'manual' | 'error';

export interface RequestInit {
  method?: unknown;
  headers?: unknown;
  body?: unknown;
  redirect?: unknown;
  signal?: unknown;
}

export let isRequest: (value: unknown) => value is Request;

export class Request extends Body {
  readonly #url: string;
  readonly #method: string;
  readonly #headers: Headers;
  readonly #redirect: Redirect;
  readonly #signal: AbortSignal;

  static {
    isRequest = (value): value is Request =>
      typeof value === 'object' && value !== null && #url in value;
  }

  constructor(input: unknown, init: RequestInit = {}) {
    if (arguments.length === 0) throw new TypeError('A request needs a URL');
    super();
    const options = init ?? record({});
    const base = isRequest(input) ? input : undefined;
    this.#url = base ? base.#url : checkedUrl(input);
    this.#method = methodOf(options.method, base ? base.#method : 'GET');
    this.#redirect = redirectOf(options.redirect, base ? base.#redirect : 'follow');
    this.#signal = signalOf(options.signal, base ? base.#signal : undefined);
    this.#headers = guardOf(new Headers(), 'request');
    fillHeaders(this.#headers, options.headers ?? (base ? base.#headers : undefined));
    const { body } = options;
    const given = body !== undefined && body !== null ? readBody(body) : undefined;
    this.#setBody(given ?? (base && body === undefined && hasBody(base) ? moveBody(base) : undefined));
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
    return this.#signal;
  }
  clone(): Request {
    const copy = new Request(this.#url, record({
      method: this.#method,
      headers: this.#headers,
      redirect: this.#redirect,
      signal: this.#signal,
    }));
    assignBody(copy, cloneBody(this));
    return copy;
  }

  #setBody(body: BodyInit | undefined): void {
    if (!body) return;
    if (this.#method === 'GET' || this.#method === 'HEAD') {
      throw new TypeError(`A request with method ${this.#method} has no body`);
    }
    assignBody(this, body);
    if (body.type && !this.#headers.has('content-type')) this.#headers.set('content-type', body.type);
  }
}

type AbortSignal = InstanceType<AbortGroup['AbortSignal']>;

defineInterface(Request, 'Request');

export function fillHeaders(headers: Headers, init: unknown): void {
  if (init === undefined || init === null) return;
  const walk = new Headers(init).entries();
  for (let step = walk.next(); !step.done; step = walk.next()) {
    headers.append(step.value[0], step.value[1]);
  }
}

function checkedUrl(input: unknown): string {
  const text = `${input as string}`;
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
  if (regexpExec(REFUSED_METHOD, method) !== null) throw new TypeError(`The method ${method} is refused`);
  return regexpExec(STANDARD_METHOD, method) === null ? method : toUpperCase(method);
}

function redirectOf(given: unknown, fallback: Redirect): Redirect {
  if (given === undefined) return fallback;
  if (given === 'follow' || given === 'manual' || given === 'error') return given;
  throw new TypeError('redirect must be follow, manual or error');
}

function signalOf(given: unknown, fallback: AbortSignal | undefined): AbortSignal {
  const { AbortController, isSignal } = core.use<AbortGroup>('abort');
  if (given === undefined && fallback) return fallback;
  if (given === undefined || given === null) return new AbortController().signal;
  if (isSignal(given)) return given;
  throw new TypeError('signal must be an AbortSignal');
}
