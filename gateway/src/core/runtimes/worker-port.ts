import {
  CofferdamError,
  encodePortFrame,
  MAX_NETWORK_NAME,
  nestsDeeper,
  NETWORK,
  parseJson,
  PortFrameDecoder,
} from '@cofferdam/protocol';

/** As deep as a message may nest, and a frame around it. */
const MAX_DATA_DEPTH = 1_000;
const MAX_FRAME_DEPTH = 64;
/** UTF-16 units of what one message to a client carries. */
const MAX_DATA_LENGTH = 1024 * 1024;
/** Requests of a worker that its client has not answered: a guest's own end refuses more. */
const MAX_PENDING = 10_000;
const MAX_TEXT = 8_192;
/** What a guest of ours may also say on its port, and no worker's host answers. */
const UNHEARD = new Set<unknown>(['log', 'drop', 'gone', 'abort', 'ok', 'err']);

/** What of a worker's port its client is told; texts are JSON. */
export interface WorkerPortEvents {
  message(event: string, data: string | undefined): void;
  request(id: number, method: string, data: string | undefined): void;
  error(name: string, message: string): void;
  /** A frame that the worker is to get. */
  reply(frame: Buffer): void;
}

/** The host's end of a worker's port. Whoever is at the other end may be hostile. */
export class WorkerPort {
  readonly #events: WorkerPortEvents;
  readonly #decoder = new PortFrameDecoder();
  readonly #pending = new Set<number>();

  constructor(events: WorkerPortEvents) {
    this.#events = events;
  }

  /** Throws `PROTOCOL_VIOLATION` for what no guest's end would send. */
  receive(chunk: Buffer): void {
    for (const text of this.#decoder.push(chunk)) {
      const messages = parseJson(text, { maxDepth: MAX_FRAME_DEPTH });
      if (!Array.isArray(messages)) throw violation('a frame is a list');
      for (const message of messages as unknown[]) this.#take(message);
    }
  }

  /** The frame of a message to the worker; the data is JSON text. */
  message(event: string, data: string | undefined): Buffer {
    return frame(['post', NETWORK.message, data === undefined ? [event] : [event, data]]);
  }

  /** The frame that answers a request, or `undefined` where there is none of this id. */
  answer(
    id: number,
    outcome: { data: string | undefined } | { error: string },
  ): Buffer | undefined {
    if (!this.#pending.delete(id)) return undefined;
    if ('error' in outcome) {
      return frame([
        'err',
        id,
        { $e: { name: 'Error', message: outcome.error.slice(0, MAX_TEXT) } },
      ]);
    }
    return frame(['ok', id, outcome.data ?? { $u: 1 }]);
  }

  #take(message: unknown): void {
    if (!Array.isArray(message)) throw violation('a message is a list');
    const [kind, first, second, third] = message as unknown[];
    if (kind === 'post') return this.#posted(first, second);
    if (kind === 'call') return this.#called(first, second, third);
    if (!UNHEARD.has(kind)) throw violation('a message of no known kind');
  }

  #posted(event: unknown, value: unknown): void {
    if (event === NETWORK.message) {
      const [name, data] = named(value);
      if (fits(data)) return this.#events.message(name, data);
      return this.#events.error('DataError', `a message '${name}' ${TOO_MUCH}`);
    }
    if (event !== NETWORK.error) return;
    const [name, message] = Array.isArray(value) ? (value as unknown[]) : [];
    if (typeof name !== 'string' || typeof message !== 'string') throw violation('an error');
    this.#events.error(name.slice(0, 256), message.slice(0, MAX_TEXT));
  }

  #called(id: unknown, target: unknown, args: unknown): void {
    if (!Number.isSafeInteger(id) || this.#pending.has(id as number)) throw violation('an id');
    const { t } = Object(target) as { t?: unknown };
    if (t !== NETWORK.request) throw violation('a call of what a worker has not');
    const [method, data] = named(args);
    if (this.#pending.size >= MAX_PENDING) throw violation('too many requests at once');
    this.#pending.add(id as number);
    if (fits(data)) return this.#events.request(id as number, method, data);
    this.#events.reply(this.answer(id as number, { error: `the request ${TOO_MUCH}` })!);
  }
}

/** `[name, JSON text?]` */
function named(value: unknown): [name: string, data: string | undefined] {
  const [name, data] = Array.isArray(value) ? (value as unknown[]) : [];
  if (typeof name !== 'string' || name.length > MAX_NETWORK_NAME) throw violation('a name');
  if (data === undefined) return [name, undefined];
  if (typeof data !== 'string') throw violation('data is JSON text');
  return [name, data];
}

const TOO_MUCH = 'is larger than 1 MiB or nests too deeply';

/** What goes on to the client is JSON that it can read. A guest's own end makes no other. */
function fits(data: string | undefined): boolean {
  if (data === undefined) return true;
  if (data.length > MAX_DATA_LENGTH || nestsDeeper(data, MAX_DATA_DEPTH)) return false;
  parseJson(data, { maxDepth: MAX_DATA_DEPTH });
  return true;
}

function frame(message: unknown[]): Buffer {
  return encodePortFrame(JSON.stringify([message]));
}

function violation(what: string): CofferdamError {
  return new CofferdamError('PROTOCOL_VIOLATION', `the port of a worker: ${what}`);
}
