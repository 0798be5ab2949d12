import { core, primordials } from '../../../guest/captured.ts';
import { hardened, list, record } from '../../../guest/interface.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';

const { apply, charCodeAt, fromCharCode, promiseThen, stringIndexOf, stringSlice } = primordials;
const { toLowerCase, typedLength, Uint8Array } = primordials;
const { encodeUtf8 } = core.use<EncodingGroup>('encoding');

const EVENT_STREAM = 'text/event-stream';
/** Longer ones are not sent: the host takes no header of such a size. */
const MAX_ID_BYTES = 4096;
const SPACE = 32;
const TAB = 9;
const DELETE = 127;

export interface StreamHead {
  status: number;
  isEventStream: boolean;
  /** The address that answered, after redirects. */
  url: string;
}

export interface ExchangeEvents {
  onHead(head: StreamHead): void;
  onBytes(bytes: Uint8Array): void;
  onEnd(): void;
  onFailure(error: unknown): void;
}

interface Head {
  status: number;
  url: string;
  headers: [string, string][];
}

interface HostAnswer {
  json: any;
  bytes: ArrayBuffer | undefined;
}

/** Below zero, where fetch has none: both groups' requests are in one table of the host's. */
let lastId = 0;

function nothing(): void {}

/** One request for an event stream, read as it comes. The host's half is the one of fetch. */
export class Exchange {
  readonly #id = --lastId;
  readonly #events: ExchangeEvents;

  constructor(events: ExchangeEvents) {
    this.#events = events;
  }

  start(url: string, lastEventId: string): void {
    const fields = record({
      ...{ id: this.#id, url, method: 'GET', redirect: 'follow', hasBody: false },
      headers: headersFor(lastEventId),
    });
    const onHead = ({ json }: HostAnswer) => {
      const head = record(json.head as Head);
      const isEventStream = typeOf(head.headers) === EVENT_STREAM;
      this.#events.onHead(record({ status: head.status, url: head.url, isEventStream }));
      this.#read();
    };
    const answer = hardened(core.hostCall('fetch', 'start', fields));
    promiseThen(answer, onHead, (error: unknown) => this.#events.onFailure(error));
  }

  abort(): void {
    promiseThen(this.#ask('abort'), nothing, nothing);
  }

  #ask(method: string): Promise<HostAnswer> {
    return hardened(core.hostCall('fetch', method, record({ id: this.#id })));
  }

  #read(): void {
    const onPiece = ({ json, bytes }: HostAnswer) => {
      if (json.done) return this.#events.onEnd();
      this.#events.onBytes(new Uint8Array(bytes!));
      this.#read();
    };
    promiseThen(this.#ask('read'), onPiece, (error: unknown) => this.#events.onFailure(error));
  }
}

function headersFor(lastEventId: string): [string, string][] {
  const headers = list<[string, string]>();
  headers[0] = pair('accept', EVENT_STREAM);
  headers[1] = pair('cache-control', 'no-store');
  const id = lastEventId === '' ? undefined : byteText(lastEventId);
  if (id !== undefined) headers[2] = pair('last-event-id', id);
  return headers;
}

function pair(name: string, value: string): [string, string] {
  const made = list<string>();
  made[0] = name;
  made[1] = value;
  return made as [string, string];
}

/** UTF-8 as a header's characters of one byte; nothing for what no header can hold. */
function byteText(text: string): string | undefined {
  const bytes = encodeUtf8(text);
  if (typedLength(bytes) > MAX_ID_BYTES) return undefined;
  for (let i = 0; i < typedLength(bytes); i++) {
    const byte = bytes[i]!;
    if ((byte < SPACE && byte !== TAB) || byte === DELETE) return undefined;
  }
  return apply(fromCharCode, undefined, bytes as unknown as number[]) as string;
}

/** The essence of the content type. */
function typeOf(headers: readonly [string, string][]): string {
  for (let i = 0; i < headers.length; i++) {
    if (toLowerCase(headers[i]![0]) !== 'content-type') continue;
    const value = headers[i]![1];
    const semicolon = stringIndexOf(value, ';');
    let end = semicolon === -1 ? value.length : semicolon;
    while (end > 0 && charCodeAt(value, end - 1) <= SPACE) end--;
    return toLowerCase(stringSlice(value, 0, end));
  }
  return '';
}
