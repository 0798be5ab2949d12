import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, record } from '../../../guest/interface.ts';
import type { UrlGroup } from '../../url/guest.ts';
import {
  assignBody,
  assignHeaders,
  Body,
  bytesNow,
  cloneBody,
  hasBody,
  readBody,
  takeBody,
  type BodyInit,
} from './body.ts';
import { guardOf, Headers, rawOf, type Guard } from './headers.ts';
import type { PieceSource } from './readable-stream.ts';
import { fillHeaders } from './request.ts';

const { isInteger, jsonStringify, RangeError, regexpExec, TypeError } = primordials;

const STATUS_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/;

export interface ResponseInit {
  status?: unknown;
  statusText?: unknown;
  headers?: unknown;
}

/** What only the platform says of a response. */
export interface ResponseHead {
  type: 'default' | 'basic' | 'error' | 'opaqueredirect';
  url: string;
  redirected: boolean;
  status: number;
  statusText: string;
}

/** What is to be sent of a response: bytes that are all there, or where they come from. */
export interface SentResponse {
  status: number;
  statusText: string;
  headers: readonly [name: string, value: string][];
  bytes: Uint8Array | undefined;
  source: PieceSource | undefined;
}

export let isResponse: (value: object) => boolean;
/** Takes a response apart, whose body is used then; `undefined` for what is none. */
export let takeResponse: (value: unknown) => SentResponse | undefined;
export let respond: (head: ResponseHead, headers: Headers, body: BodyInit) => Response;

export class Response extends Body {
  #head: ResponseHead = record({
    type: 'default',
    url: '',
    redirected: false,
    status: 200,
    statusText: '',
  });
  #headers = guardOf(new Headers(), 'response');

  static {
    isResponse = (value) => #head in value;
    takeResponse = (value) => {
      if (typeof value !== 'object' || value === null || !(#head in value)) return undefined;
      const response = value as Response;
      const { status, statusText } = response.#head;
      const bytes = bytesNow(response);
      const source = bytes || !hasBody(response) ? undefined : takeBody(response);
      const headers = rawOf(response.#headers);
      return record<SentResponse>({ status, statusText, headers, bytes, source });
    };
    respond = (head, headers, body) => {
      const response = new Response();
      response.#head = head;
      response.#headers = headers;
      assignHeaders(response, headers);
      assignBody(response, body);
      return response;
    };
  }

  constructor(body: unknown = null, init: ResponseInit = {}) {
    super();
    assignHeaders(this, this.#headers);
    const options = init ?? record({});
    this.#head.status = statusOf(options.status);
    this.#head.statusText = statusTextOf(options.statusText);
    fillHeaders(this.#headers, options.headers);
    if (body === null || body === undefined) return;
    if (isBodiless(this.#head.status)) {
      throw new TypeError(`A response of status ${this.#head.status} has no body`);
    }
    const given = readBody(body);
    assignBody(this, given);
    if (given.type && !this.#headers.has('content-type')) {
      this.#headers.set('content-type', given.type);
    }
  }

  static error(): Response {
    const head = record<ResponseHead>({
      type: 'error',
      url: '',
      redirected: false,
      status: 0,
      statusText: '',
    });
    return respond(head, guardOf(new Headers(), 'immutable'), readBody(null));
  }

  static json(data: unknown, init: ResponseInit = {}): Response {
    const text: unknown = jsonStringify(data);
    if (typeof text !== 'string') throw new TypeError('The data has no JSON form');
    const headers = new Headers(init?.headers ?? undefined);
    if (!headers.has('content-type')) headers.set('content-type', 'application/json');
    const { status, statusText } = init ?? record({});
    return new Response(text, record({ status, statusText, headers }));
  }

  static redirect(url: unknown, status: unknown = 302): Response {
    const { URL } = core.use<UrlGroup>('url');
    const target = new URL(url);
    const code = +(status as number);
    if (regexpExec(/^(?:301|302|303|307|308)$/, `${code}`) === null) {
      throw new RangeError('The status is none of a redirect');
    }
    const response = new Response(
      null,
      record({ status: code, headers: [['location', target.href]] }),
    );
    guardOf(response.#headers, 'immutable');
    return response;
  }

  get type(): string {
    return this.#head.type;
  }
  get url(): string {
    return this.#head.url;
  }
  get redirected(): boolean {
    return this.#head.redirected;
  }
  get status(): number {
    return this.#head.status;
  }
  get statusText(): string {
    return this.#head.statusText;
  }
  get ok(): boolean {
    return this.#head.status >= 200 && this.#head.status < 300;
  }
  get headers(): Headers {
    return this.#headers;
  }
  clone(): Response {
    const guard: Guard = this.#head.type === 'default' ? 'response' : 'immutable';
    const headers = guardOf(new Headers(this.#headers), guard);
    const { type, url, redirected, status, statusText } = this.#head;
    const head = record<ResponseHead>({ type, url, redirected, status, statusText });
    return respond(head, headers, cloneBody(this));
  }
}

defineInterface(Response, 'Response');

export function isBodiless(status: number): boolean {
  return status === 101 || status === 103 || status === 204 || status === 205 || status === 304;
}

function statusOf(given: unknown): number {
  if (given === undefined) return 200;
  const status = +(given as number);
  if (isInteger(status) && status >= 200 && status <= 599) return status;
  // What a handler that has upgraded its request answers elsewhere: nothing of it is sent.
  if (status === 101 && core.offers('server')) return status;
  throw new RangeError('The status must be from 200 to 599');
}

function statusTextOf(given: unknown): string {
  if (given === undefined) return '';
  const text = `${given as string}`;
  if (regexpExec(STATUS_TEXT, text) === null) throw new TypeError('The status text is not valid');
  return text;
}
