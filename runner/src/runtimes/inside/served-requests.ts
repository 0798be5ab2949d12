import type { ServerRequest } from '@cofferdam/protocol';
import { CofferdamError, type IncomingCall } from '@cofferdam/protocol/base';
import { GuestFault, type BridgeValue } from '../../bridge/capability.ts';
import type { InsideResponse } from '../messages.ts';
import type { TellGuest, Told } from './guest-server.ts';
import { readServerHead } from './server-head.ts';
import type { ServedSockets } from './served-sockets.ts';

const MAX_NAME = 128;
const MAX_MESSAGE = 3_072;

/** A request that the guest is answering. */
interface Live {
  readonly call: IncomingCall;
  readonly answer: PromiseWithResolvers<InsideResponse>;
  /** Its body, in pieces, where the guest reads it. */
  pieces: AsyncIterator<Buffer> | undefined;
  hasHead: boolean;
  isReading: boolean;
}

/** The requests that one guest is answering. */
export class ServedRequests {
  readonly #tell: TellGuest;
  readonly #sockets: ServedSockets;
  readonly #live = new Map<number, Live>();
  #over: CofferdamError | undefined;
  #lastId = 0;

  constructor(tell: TellGuest, sockets: ServedSockets) {
    this.#tell = tell;
    this.#sockets = sockets;
  }

  /** Has the guest answer a request; what came with it goes to the guest along with it. */
  async serve(call: IncomingCall): Promise<InsideResponse> {
    const { requestId, method, url, headers, hasBody } = call.payload as ServerRequest;
    // What arrived together with the call is there in the next turn.
    if (hasBody) await Promise.resolve();
    if (this.#over) throw this.#over;
    if (call.signal.aborted) throw new CofferdamError('CANCELLED');
    const whole = hasBody ? call.data.whole() : undefined;
    const hasMore = hasBody && whole === undefined;
    const answer = Promise.withResolvers<InsideResponse>();
    const live: Live = { call, answer, pieces: undefined, hasHead: false, isReading: false };
    const id = ++this.#lastId;
    this.#live.set(id, live);
    call.signal.addEventListener('abort', () => this.#aborted(id), { once: true });
    const head = JSON.stringify([requestId, method, url, headers, hasMore ? 1 : 0]);
    void this.#tell('request', id, head, whole && bufferOf(whole));
    return await answer.promise;
  }

  /** Whether it was about a request. */
  told(kind: unknown, { id, json, bytes }: Told): boolean {
    const live = this.#live.get(id);
    if (!live) return false;
    try {
      this.#take(kind, { id, json, bytes }, live);
    } catch (error) {
      const { message } = error as Error;
      this.#fail(id, new CofferdamError('EXCEPTION', `TypeError: The response: ${message}`));
    }
    return true;
  }

  /** The next piece of a request's body. */
  async read(json: unknown): Promise<BridgeValue> {
    const { live } = this.#of(json);
    if (live.isReading) throw new GuestFault('TypeError', 'The body is being read already');
    live.isReading = true;
    live.pieces ??= live.call.data[Symbol.asyncIterator]();
    try {
      const step = await live.pieces.next();
      return step.done ? { json: { done: true } } : { json: { done: false }, bytes: step.value };
    } catch {
      throw new GuestFault('AbortError', 'The request is over');
    } finally {
      live.isReading = false;
    }
  }

  /** Sends a piece of a response's body; answers when it is on its way. */
  async write(json: unknown, bytes: Uint8Array = new Uint8Array()): Promise<BridgeValue> {
    const { live } = this.#of(json);
    if (!live.hasHead) throw new GuestFault('TypeError', 'The response has no head yet');
    try {
      await live.call.pass(bytes);
      return {};
    } catch {
      throw new GuestFault('AbortError', 'The request is over');
    }
  }

  end(why: CofferdamError): void {
    this.#over ??= why;
    for (const id of this.#live.keys()) this.#fail(id, why);
  }

  #of(json: unknown): { live: Live } {
    const { id } = Object(json) as { id?: unknown };
    const live = this.#live.get(id as number);
    if (live) return { live };
    throw new GuestFault('AbortError', 'The request is over');
  }

  #take(kind: unknown, { id, json, bytes }: Told, live: Live): void {
    switch (kind) {
      case 'whole':
        return this.#whole(id, live, { json, bytes });
      case 'head':
        return this.#head(live, json);
      case 'end':
        return live.hasHead ? this.#done(id, {}) : undefined;
      case 'upgrade':
        return this.#upgrade(id, live, json);
      default:
        return this.#fail(id, failureOf(json));
    }
  }

  #whole(id: number, live: Live, { json, bytes }: Omit<Told, 'id'>): void {
    if (live.hasHead) throw new Error('a second head');
    const head = readServerHead(json);
    // A call that was given up meanwhile takes nothing more.
    if (bytes) live.call.pass(new Uint8Array(bytes)).catch(() => {});
    this.#done(id, { head });
  }

  #head(live: Live, json: unknown): void {
    if (live.hasHead) throw new Error('a second head');
    const head = readServerHead(json);
    live.hasHead = true;
    live.call.emit(head);
  }

  #upgrade(id: number, live: Live, json: unknown): void {
    if (live.hasHead) throw new Error('a second head');
    const connectionId = this.#sockets.reserve(id);
    if (connectionId !== undefined) {
      return this.#done(id, { head: { ...readServerHead(json), connectionId } });
    }
    void this.#tell('drop', id);
    this.#fail(id, new CofferdamError('QUEUE_FULL', 'the guest has too many connections'));
  }

  #aborted(id: number): void {
    if (!this.#live.has(id)) return;
    this.#fail(id, new CofferdamError('CANCELLED'));
    void this.#tell('abort', id);
  }

  #done(id: number, answer: InsideResponse): void {
    const live = this.#live.get(id);
    this.#live.delete(id);
    live?.answer.resolve(answer);
  }

  #fail(id: number, error: CofferdamError): void {
    const live = this.#live.get(id);
    this.#live.delete(id);
    live?.answer.reject(error);
  }
}

/** What a handler threw: its name and message. */
function failureOf(json: unknown): CofferdamError {
  const { name, message } = Object(JSON.parse(String(json))) as Record<string, unknown>;
  const text = (value: unknown, most: number) =>
    typeof value === 'string' ? value.slice(0, most) : '';
  const told = `${text(name, MAX_NAME) || 'Error'}: ${text(message, MAX_MESSAGE)}`;
  return new CofferdamError('EXCEPTION', told);
}

/** Of exactly these bytes: a pooled buffer would carry its neighbours across. */
function bufferOf({ buffer, byteOffset, byteLength }: Buffer): ArrayBuffer {
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}
