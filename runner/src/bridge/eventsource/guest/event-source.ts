import { core, primordials } from '../../../guest/captured.ts';
import { defineConstants, defineInterface, list, record } from '../../../guest/interface.ts';
import type { EventsGroup } from '../../events/guest.ts';
import type { UrlParts } from '../../url/guest/parts.ts';
import { EventStream, type StreamEvent } from './event-stream.ts';
import { Exchange, type StreamHead } from './exchange.ts';

const { defineProperty, min, stringIndexOf, toWellFormed, TypeError } = primordials;
const { defineHandlers, Event, EventTarget, fire } = core.use<EventsGroup>('events');
const { setTimeout } = core.use('timers') as { setTimeout(run: () => void, ms: number): void };

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 2;

/** Until a stream says otherwise, as browsers have it. */
const RECONNECT_MS = 3_000;
const MAX_RECONNECT_MS = 2 ** 31 - 1;
/** What asking again would change nothing about. */
const FUTILE = list<string>();
FUTILE[0] = 'EGRESS_DENIED';
FUTILE[1] = 'EGRESS_ADDRESS_DENIED';
FUTILE[2] = 'EGRESS_BUDGET';
FUTILE[3] = 'EGRESS_TICKET';

export class EventSource extends EventTarget {
  readonly #url: string;
  readonly #withCredentials: boolean;
  #state = CONNECTING;
  #lastEventId = '';
  #reconnectMs = RECONNECT_MS;
  #origin = '';
  #exchange: Exchange | undefined;

  constructor(url: unknown, init: { withCredentials?: unknown } | null | undefined = undefined) {
    if (arguments.length === 0) throw new TypeError('An EventSource needs a URL');
    super();
    this.#url = parsed(toWellFormed(`${url as string}`)).href;
    this.#withCredentials = !!init?.withCredentials;
    this.#connect();
  }

  get url(): string {
    return this.#url;
  }
  get withCredentials(): boolean {
    return this.#withCredentials;
  }
  get readyState(): number {
    return this.#state;
  }

  close(): void {
    this.#state = CLOSED;
    this.#exchange?.abort();
    this.#exchange = undefined;
  }

  #connect(): void {
    const stream = new EventStream(
      this.#lastEventId,
      (event) => this.#tell(event),
      (ms) => (this.#reconnectMs = min(ms, MAX_RECONNECT_MS)),
    );
    const exchange: Exchange = new Exchange(
      record({
        onHead: (head: StreamHead) => this.#of(exchange) && this.#opened(head),
        onBytes: (bytes: Uint8Array) => {
          if (this.#of(exchange)) stream.push(bytes);
        },
        onEnd: () => this.#of(exchange) && this.#reconnect(undefined),
        onFailure: (error: unknown) => {
          if (!this.#of(exchange)) return;
          if (isFutile(error)) this.#fail(error);
          else this.#reconnect(error);
        },
      }),
    );
    this.#exchange = exchange;
    exchange.start(this.#url, this.#lastEventId);
  }

  /** Nothing of a connection that was given up counts any more. */
  #of(exchange: Exchange): boolean {
    return this.#state !== CLOSED && this.#exchange === exchange;
  }

  #opened({ status, isEventStream, url }: StreamHead): void {
    if (status !== 200 || !isEventStream) {
      const why = status === 200 ? 'its content type is not text/event-stream' : `it is ${status}`;
      this.#exchange?.abort();
      return this.#fail(new TypeError(`EventSource failed: the answer has no events, ${why}`));
    }
    this.#origin = parsed(url).origin;
    this.#state = OPEN;
    fire(this, new Event('open'));
  }

  #tell({ data, lastEventId, type, hasData }: StreamEvent): void {
    if (this.#state === CLOSED) return;
    this.#lastEventId = lastEventId;
    if (!hasData) return;
    const { MessageEvent } = core.use<Classes>('channels');
    const init = record({ data, lastEventId, origin: this.#origin });
    fire(this, new MessageEvent(type, init));
  }

  #reconnect(error: unknown): void {
    this.#state = CONNECTING;
    this.#exchange = undefined;
    fire(this, failure(error));
    setTimeout(() => {
      if (this.#state === CONNECTING) this.#connect();
    }, this.#reconnectMs);
  }

  #fail(error: unknown): void {
    this.#state = CLOSED;
    this.#exchange = undefined;
    fire(this, failure(error));
  }
}

defineHandlers(EventSource, ['open', 'message', 'error']);
defineInterface(EventSource, 'EventSource');
defineConstants(EventSource, record({ CONNECTING, OPEN, CLOSED }));

interface Classes {
  MessageEvent: new (type: string, init: object) => InstanceType<typeof Event>;
}

function parsed(url: string): UrlParts {
  const { json } = core.hostCallSync('url', 'parse', record({ url }));
  if (json !== null) return record(json as UrlParts);
  const { DOMException } = core.use('exception');
  throw new DOMException('The URL is not valid', 'SyntaxError');
}

/** The standard tells nothing of why; whoever debugs a script finds it on the event. */
function failure(error: unknown): InstanceType<typeof Event> {
  const event = new Event('error');
  if (error !== undefined) {
    const value = `${(error as { message?: unknown }).message as string}`;
    defineProperty(event, 'message', record({ value, writable: true }));
  }
  return event;
}

function isFutile(error: unknown): boolean {
  const { message } = error as { message?: unknown };
  if (typeof message !== 'string') return false;
  for (let i = 0; i < FUTILE.length; i++) {
    if (stringIndexOf(message, FUTILE[i]!) !== -1) return true;
  }
  return false;
}
