import type { IncomingCall, Limits, Span } from '@cofferdam/protocol';
import { CofferdamError } from '@cofferdam/protocol';
import { serveExchange } from '../../bridge/fetch/over-channel.ts';
import type { FetchStart, FetchStream } from '../../bridge/fetch/stream.ts';
import { now } from '../../clock.ts';
import { limitEnding, type Ending } from './ending.ts';
import type { Traffic } from './traffic.ts';

const MAX_FETCH_SPANS = 64;
const MAX_URL_CHARS = 16 * 1024;
const MAX_HEADERS = 256;
const REDIRECTS: readonly unknown[] = ['follow', 'manual', 'error'];
/** The index of `execute` in the outcome's list of spans. */
const EXECUTE = 1;

interface FetchesOptions {
  limits: Limits;
  traffic: Traffic;
  openFetch(start: FetchStart): FetchStream;
  onBreach(ending: Ending): void;
}

/** The requests of one run on their way out: counted, bounded and noted. */
export class Fetches {
  calls = 0;
  readonly spans: Span[] = [];
  readonly #options: FetchesOptions;

  constructor(options: FetchesOptions) {
    this.#options = options;
  }

  async serve(call: IncomingCall): Promise<unknown> {
    const { bridgeCalls, bridgePayloadBytes } = this.#options.limits;
    this.calls += 1;
    if (this.calls > bridgeCalls) {
      return this.#end('BridgeCalls', `The script called the host more than ${bridgeCalls} times`);
    }
    const payloadBytes = Buffer.byteLength(JSON.stringify(call.payload));
    if (payloadBytes > bridgePayloadBytes) {
      const message = `One call to the host carried more than ${bridgePayloadBytes} bytes`;
      return this.#end('BridgePayload', message);
    }
    const start = readStart(call.payload);
    const { openFetch, traffic } = this.#options;
    traffic.allowFetch(payloadBytes, start.hasBody);
    const stream = openFetch(start);
    this.#note(start, stream);
    return serveExchange(call, traffic.counted(stream));
  }

  #end(reason: 'BridgeCalls' | 'BridgePayload', message: string): never {
    this.#options.onBreach(limitEnding(reason, message));
    throw new CofferdamError('CANCELLED');
  }

  #note(start: FetchStart, stream: FetchStream): void {
    if (this.spans.length >= MAX_FETCH_SPANS) return;
    const began = now();
    const attributes: NonNullable<Span['attributes']> = {
      'server.address': URL.parse(start.url)?.host.slice(0, 255) ?? 'invalid',
    };
    const span: Span = { name: 'fetch', start: began, end: began, parent: EXECUTE, attributes };
    this.spans.push(span);
    stream.head.then(
      ({ status }) => {
        span.end = now();
        attributes['http.response.status_code'] = status;
      },
      (error: unknown) => {
        span.end = now();
        span.error = CofferdamError.from(error).code;
      },
    );
  }
}

function readStart(payload: unknown): FetchStart {
  const { url, method, headers, redirect, hasBody } = Object(payload) as Record<string, unknown>;
  const ok =
    isText(url, MAX_URL_CHARS) &&
    isText(method, 32) &&
    isHeaders(headers) &&
    REDIRECTS.includes(redirect) &&
    typeof hasBody === 'boolean';
  if (!ok) throw new CofferdamError('INVALID_INPUT', 'not a request that can be sent');
  return { url, method, headers, redirect: redirect as FetchStart['redirect'], hasBody };
}

function isText(value: unknown, limit: number): value is string {
  return typeof value === 'string' && value.length <= limit;
}

function isHeaders(value: unknown): value is FetchStart['headers'] {
  return (
    Array.isArray(value) &&
    value.length <= MAX_HEADERS &&
    value.every(
      (pair) =>
        Array.isArray(pair) && pair.length === 2 && pair.every((part) => isText(part, 64 * 1024)),
    )
  );
}
