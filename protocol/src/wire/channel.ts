import type { Duplex } from 'node:stream';
import { CofferdamError } from '../error/cofferdam-error.ts';
import {
  IncomingCall,
  OutgoingCall,
  readCredit,
  type CallEnd,
  type EventListener,
  type SendFrame,
} from './call.ts';
import {
  dataHeader,
  encodeFrame,
  FrameDecoder,
  MAX_FRAME_BYTES,
  type Frame,
  type FrameType,
} from './frame.ts';
import { helloPayload, MAX_HELLO_BYTES, readHello, type Hello } from './hello.ts';
import { parseJson } from './json.ts';
import { decodeCall, encodeCall, LASTING, MAX_DEADLINE_MS } from './call-payload.ts';
import { Outbox, type Gathering } from './outbox.ts';

export type CallHandler = (call: IncomingCall) => unknown;

export interface ChannelOptions {
  /** What this side says of itself in its hello. */
  about?: unknown;
  /** The methods that the other side may call. */
  handlers?: Record<string, CallHandler>;
  /** Calls of the other side whose handlers may be running, cancelled or not. Default 256. */
  maxInFlight?: number;
  /** Bytes of events that one call may receive. Default 8 MiB. */
  maxEventBytes?: number;
  /** Bytes that may wait for a peer that does not read. Default 64 MiB. */
  maxUnsentBytes?: number;
  /** Milliseconds within which the other side has to say hello. Default 30,000. */
  helloWithinMs?: number;
  /** Milliseconds that the other side may take to end its side after this one. Default 5,000. */
  closeGraceMs?: number;
  /** Sends nothing, not even this side's hello, before `greet()`. Default: says hello at once. */
  silent?: boolean;
  /** When frames leave. Default: with the microtasks of the callback that sends them. */
  gathering?: Gathering;
}

export interface CallOptions {
  /**
   * Milliseconds until the call is cancelled with `DEADLINE_EXCEEDED`; at most 600,000. `LASTING`:
   * never.
   */
  deadlineMs: number;
  signal?: AbortSignal;
  onEvent?: EventListener;
}

interface Pending<C> {
  call: C;
  eventBytes: number;
  release: () => void;
}

const MiB = 1024 * 1024;
/** Copying less than this costs less than a write of its own. */
const MIN_APART_BYTES = 8 * 1024;

/** Calls, events and byte streams in both directions over one duplex stream. */
export class Channel {
  /** What the other side said of itself; rejects when the connection ends before. */
  readonly peer: Promise<Hello>;
  /** Settles when the connection has ended, with the reason if it was not a plain end. */
  readonly closed: Promise<CofferdamError | undefined>;
  readonly #stream: Duplex;
  readonly #outbox: Outbox;
  readonly #options: Required<Omit<ChannelOptions, 'about' | 'silent' | 'gathering'>>;
  readonly #about: unknown;
  readonly #decoder = new FrameDecoder(MAX_FRAME_BYTES, MAX_HELLO_BYTES);
  readonly #outgoing = new Map<number, Pending<OutgoingCall>>();
  readonly #incoming = new Map<number, Pending<IncomingCall>>();
  readonly #peer = Promise.withResolvers<Hello>();
  readonly #closed = Promise.withResolvers<CofferdamError | undefined>();
  readonly #pongs: PromiseWithResolvers<void>[] = [];
  readonly #helloTimer: NodeJS.Timeout;
  #greeted = false;
  #mute = false;
  #ended = false;
  #nextId = 1;
  /** Handlers that have not settled; a cancelled call's handler still counts. */
  #running = 0;

  constructor(stream: Duplex, options: ChannelOptions = {}) {
    this.#stream = stream;
    this.#outbox = new Outbox(stream, options.gathering);
    this.#options = {
      handlers: options.handlers ?? {},
      maxInFlight: options.maxInFlight ?? 256,
      maxEventBytes: options.maxEventBytes ?? 8 * MiB,
      maxUnsentBytes: options.maxUnsentBytes ?? 64 * MiB,
      helloWithinMs: options.helloWithinMs ?? 30_000,
      closeGraceMs: options.closeGraceMs ?? 5_000,
    };
    this.peer = this.#peer.promise;
    this.peer.catch(() => {});
    this.closed = this.#closed.promise;
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.on('error', (cause) =>
      this.#finish(new CofferdamError('CONNECTION_LOST', undefined, { cause })),
    );
    stream.on('close', () => this.#finish(undefined));
    stream.on('end', () => this.close());
    this.#helloTimer = setTimeout(
      () => this.close(new CofferdamError('PROTOCOL_VIOLATION', 'no hello in time')),
      this.#options.helloWithinMs,
    ).unref();
    this.#about = options.about ?? {};
    if (options.silent) this.#mute = true;
    else this.greet();
  }

  /** Says hello where this side was `silent` until it knew the other one. */
  greet(): void {
    this.#mute = false;
    this.#send('hello', false, 0, helloPayload(this.#about));
  }

  get inFlight(): number {
    return this.#outgoing.size + this.#incoming.size;
  }

  /** Calls a method of the other side. Failures are on `reply`, never thrown here. */
  call(method: string, payload: unknown, options: CallOptions): OutgoingCall {
    const id = this.#nextId++ & 0x7fff_ffff;
    const call = new OutgoingCall(this.#sender(id, false));
    call.onEvent = options.onEvent;
    if (this.#ended || options.signal?.aborted) {
      call.fail(new CofferdamError(this.#ended ? 'CONNECTION_LOST' : 'CANCELLED'));
      return call;
    }
    const cancel = (code: 'CANCELLED' | 'DEADLINE_EXCEEDED') => {
      this.#send('cancel', false, id);
      this.#settle(this.#outgoing, id)?.fail(new CofferdamError(code));
    };
    const deadlineMs = Math.min(MAX_DEADLINE_MS, options.deadlineMs);
    const timer =
      deadlineMs === LASTING ? undefined : setTimeout(cancel, deadlineMs, 'DEADLINE_EXCEEDED');
    const onAbort = () => cancel('CANCELLED');
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const release = () => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
    };
    this.#outgoing.set(id, { call, eventBytes: 0, release });
    try {
      this.#send('call', false, id, encodeCall(method, deadlineMs, payload));
    } catch (error) {
      this.#settle(this.#outgoing, id)?.fail(CofferdamError.from(error));
    }
    return call;
  }

  /** Resolves when the other side's event loop has answered; rejects when the connection ends. */
  ping(): Promise<void> {
    if (this.#ended) return Promise.reject(new CofferdamError('CONNECTION_LOST'));
    const pong = Promise.withResolvers<void>();
    this.#pongs.push(pong);
    this.#send('ping', false, 0);
    return pong.promise;
  }

  /** Ends the connection; calls under way fail with `CONNECTION_LOST` (or the reason given). */
  close(reason?: CofferdamError): void {
    this.#finish(reason);
    this.#stream.end();
    if (reason) this.#stream.destroy();
    else if (!this.#stream.destroyed) this.#destroySoon();
  }

  /** A peer that never ends its side would keep the connection, and its file descriptor, for ever. */
  #destroySoon(): void {
    const timer = setTimeout(() => this.#stream.destroy(), this.#options.closeGraceMs).unref();
    this.#stream.once('close', () => clearTimeout(timer));
  }

  #receive(chunk: Buffer): void {
    if (this.#ended) return;
    try {
      for (const frame of this.#decoder.push(chunk)) {
        if (this.#ended) return; // a handler or a full outbox closed it
        this.#dispatch(frame);
      }
    } catch (error) {
      this.close(CofferdamError.from(error));
    }
  }

  #dispatch(frame: Frame): void {
    if (!this.#greeted) return this.#greet(frame);
    switch (frame.type) {
      case 'hello':
        throw new CofferdamError('PROTOCOL_VIOLATION', 'a second hello');
      case 'ping':
        return this.#send('pong', false, 0);
      case 'pong':
        return this.#pongs.shift()?.resolve();
      case 'call':
        return this.#accept(frame);
      default:
        return frame.toCaller ? this.#aboutMine(frame) : this.#aboutTheirs(frame);
    }
  }

  #greet(frame: Frame): void {
    if (frame.type !== 'hello') throw new CofferdamError('PROTOCOL_VIOLATION', 'no hello');
    const hello = readHello(frame.payload);
    this.#greeted = true;
    clearTimeout(this.#helloTimer);
    this.#peer.resolve(hello);
  }

  #accept(frame: Frame): void {
    const { callId: id } = frame;
    if (this.#incoming.has(id)) {
      throw new CofferdamError('PROTOCOL_VIOLATION', 'a call id is in use');
    }
    if (this.#running >= this.#options.maxInFlight) {
      return this.#sendError(id, new CofferdamError('QUEUE_FULL'));
    }
    const call = new IncomingCall(this.#sender(id, true), decodeCall(frame.payload));
    const timer =
      call.deadline === Number.POSITIVE_INFINITY
        ? undefined
        : setTimeout(
            () => call.abort(new CofferdamError('DEADLINE_EXCEEDED')),
            Math.max(0, call.deadline - performance.now()),
          );
    this.#incoming.set(id, { call, eventBytes: 0, release: () => clearTimeout(timer) });
    void this.#answer(id, call);
  }

  async #answer(id: number, call: IncomingCall): Promise<void> {
    this.#running++;
    const reply = await this.#invoke(call);
    this.#running--;
    // Cancelled meanwhile, and perhaps the id belongs to another call by now.
    if (this.#incoming.get(id)?.call !== call) return;
    this.#settle(this.#incoming, id)?.finish();
    if (reply instanceof CofferdamError) return this.#sendError(id, reply);
    try {
      this.#send('reply', true, id, reply);
    } catch (error) {
      this.#sendError(id, CofferdamError.from(error)); // larger than a frame
    }
  }

  /** The handler's answer as JSON text, or its failure. */
  async #invoke(call: IncomingCall): Promise<string | CofferdamError> {
    try {
      const payload = await this.#handlerOf(call.method)(call);
      return JSON.stringify(payload) ?? 'null';
    } catch (error) {
      if (!(error instanceof CofferdamError)) this.onFault?.(error);
      return CofferdamError.from(error);
    }
  }

  #handlerOf(method: string): CallHandler {
    const { handlers } = this.#options;
    const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
    if (handler) return handler;
    throw new CofferdamError('PROTOCOL_VIOLATION', `no method ${method}`);
  }

  #sendError(id: number, error: CofferdamError): void {
    this.#send('error', true, id, JSON.stringify(error.toWire()));
  }

  /** Told of every error in a handler that is none of the catalogue's. */
  onFault: ((error: unknown) => void) | undefined;

  #aboutMine(frame: Frame): void {
    const pending = this.#outgoing.get(frame.callId);
    if (!pending) return; // answered or cancelled meanwhile
    switch (frame.type) {
      case 'reply': {
        // Read before the call is taken off the list: what does not parse has to fail the call.
        const value = parseJson(frame.payload.toString());
        return this.#settle(this.#outgoing, frame.callId)?.succeed(value);
      }
      case 'error': {
        const error = CofferdamError.fromWire(parseJson(frame.payload.toString()));
        return this.#settle(this.#outgoing, frame.callId)?.fail(error);
      }
      default:
        return this.#streamFrame(pending, frame);
    }
  }

  #aboutTheirs(frame: Frame): void {
    const pending = this.#incoming.get(frame.callId);
    if (!pending) return;
    if (frame.type === 'cancel') {
      this.#settle(this.#incoming, frame.callId)?.abort(new CofferdamError('CANCELLED'));
    } else {
      this.#streamFrame(pending, frame);
    }
  }

  #streamFrame(pending: Pending<IncomingCall | OutgoingCall>, frame: Frame): void {
    switch (frame.type) {
      case 'data':
        return pending.call.data.push(frame.payload);
      case 'end':
        return pending.call.data.end();
      case 'credit':
        return pending.call.grant(readCredit(frame.payload));
      case 'event':
        pending.eventBytes += frame.payload.byteLength + 64;
        if (pending.eventBytes > this.#options.maxEventBytes) {
          throw new CofferdamError('PROTOCOL_VIOLATION', 'too many events on one call');
        }
        return pending.call.onEvent?.(parseJson(frame.payload.toString()));
      default:
        throw new CofferdamError(
          'PROTOCOL_VIOLATION',
          `a ${frame.type} frame in the wrong direction`,
        );
    }
  }

  #settle<C extends CallEnd>(calls: Map<number, Pending<C>>, id: number): C | undefined {
    const pending = calls.get(id);
    if (!pending) return undefined;
    calls.delete(id);
    pending.release();
    pending.call.settled = true;
    return pending.call;
  }

  #sender(id: number, toCaller: boolean): SendFrame {
    return (type, payload, ownership) => {
      const isApart = ownership === 'owned' && type === 'data' && isLarge(payload);
      if (isApart) this.#sendApart(toCaller, id, payload);
      else this.#send(type, toCaller, id, payload);
    };
  }

  #send(type: FrameType, toCaller: boolean, id: number, payload?: string | Uint8Array): void {
    if (this.#ended || this.#mute) return;
    this.#outbox.send(encodeFrame(type, toCaller, id, payload));
    this.#checkUnsent();
  }

  /** A data frame in two pieces, so that its payload is not copied beside its header. */
  #sendApart(toCaller: boolean, id: number, payload: Uint8Array): void {
    if (this.#ended || this.#mute) return;
    this.#outbox.send(dataHeader(toCaller, id, payload.byteLength));
    this.#outbox.send(payload);
    this.#checkUnsent();
  }

  #checkUnsent(): void {
    if (this.#outbox.unsentBytes > this.#options.maxUnsentBytes) {
      this.close(new CofferdamError('PROTOCOL_VIOLATION', 'the peer does not read'));
    }
  }

  #finish(reason: CofferdamError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#helloTimer);
    const lost = reason ?? new CofferdamError('CONNECTION_LOST');
    this.#peer.reject(lost);
    for (const id of this.#outgoing.keys()) this.#settle(this.#outgoing, id)?.fail(lost);
    for (const id of this.#incoming.keys()) this.#settle(this.#incoming, id)?.abort(lost);
    for (const pong of this.#pongs.splice(0)) pong.reject(lost);
    this.#closed.resolve(reason);
  }
}

function isLarge(payload: string | Uint8Array | undefined): payload is Uint8Array {
  return typeof payload === 'object' && payload.byteLength >= MIN_APART_BYTES;
}
