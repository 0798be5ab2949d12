import type { Duplex } from 'node:stream';
import { CofferdamError } from '../error/cofferdam-error.ts';
import {
  IncomingCall,
  OutgoingCall,
  readCredit,
  type EventListener,
  type SendFrame,
} from './call.ts';
import { encodeFrame, FrameDecoder, type Frame, type FrameType } from './frame.ts';
import { helloPayload, readHello, type Hello } from './hello.ts';
import { parseJson } from './json.ts';
import { decodeCall, encodeCall } from './call-payload.ts';

export type CallHandler = (call: IncomingCall) => unknown;

export interface ChannelOptions {
  /** What this side says of itself in its hello. */
  about?: unknown;
  /** The methods that the other side may call. */
  handlers?: Record<string, CallHandler>;
  /** Calls of the other side that may be under way. Default 256. */
  maxInFlight?: number;
  /** Bytes of events that one call may receive. Default 8 MiB. */
  maxEventBytes?: number;
  /** Bytes that may wait for a peer that does not read. Default 64 MiB. */
  maxUnsentBytes?: number;
}

export interface CallOptions {
  /** Milliseconds until the call is cancelled with `DEADLINE_EXCEEDED`. */
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

/** Calls, events and byte streams in both directions over one duplex stream. */
export class Channel {
  /** What the other side said of itself; rejects when the connection ends before. */
  readonly peer: Promise<Hello>;
  /** Settles when the connection has ended, with the reason if it was not a plain end. */
  readonly closed: Promise<CofferdamError | undefined>;
  readonly #stream: Duplex;
  readonly #options: Required<Omit<ChannelOptions, 'about'>>;
  readonly #decoder = new FrameDecoder();
  readonly #outgoing = new Map<number, Pending<OutgoingCall>>();
  readonly #incoming = new Map<number, Pending<IncomingCall>>();
  readonly #peer = Promise.withResolvers<Hello>();
  readonly #closed = Promise.withResolvers<CofferdamError | undefined>();
  readonly #pongs: (() => void)[] = [];
  #greeted = false;
  #ended = false;
  #nextId = 1;
  #corked = false;

  constructor(stream: Duplex, options: ChannelOptions = {}) {
    this.#stream = stream;
    this.#options = {
      handlers: options.handlers ?? {},
      maxInFlight: options.maxInFlight ?? 256,
      maxEventBytes: options.maxEventBytes ?? 8 * MiB,
      maxUnsentBytes: options.maxUnsentBytes ?? 64 * MiB,
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
    this.#send('hello', false, 0, helloPayload(options.about ?? {}));
  }

  get inFlight(): number {
    return this.#outgoing.size + this.#incoming.size;
  }

  /** Calls a method of the other side. Failures are on `reply`, never thrown here. */
  call(method: string, payload: unknown, options: CallOptions): OutgoingCall {
    const id = this.#nextId++ & 0x7fff_ffff;
    const call = new OutgoingCall(this.#sender(id, false, () => this.#outgoing.has(id)));
    call.onEvent = options.onEvent;
    if (this.#ended || options.signal?.aborted) {
      call.fail(new CofferdamError(this.#ended ? 'CONNECTION_LOST' : 'CANCELLED'));
      return call;
    }
    const cancel = (code: 'CANCELLED' | 'DEADLINE_EXCEEDED') => {
      this.#send('cancel', false, id);
      this.#settle(this.#outgoing, id)?.fail(new CofferdamError(code));
    };
    const timer = setTimeout(cancel, options.deadlineMs, 'DEADLINE_EXCEEDED');
    const onAbort = () => cancel('CANCELLED');
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const release = () => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
    };
    this.#outgoing.set(id, { call, eventBytes: 0, release });
    try {
      this.#send('call', false, id, encodeCall(method, options.deadlineMs, payload));
    } catch (error) {
      this.#settle(this.#outgoing, id)?.fail(CofferdamError.from(error));
    }
    return call;
  }

  /** Resolves when the other side's event loop has answered. */
  ping(): Promise<void> {
    if (this.#ended) return Promise.reject(new CofferdamError('CONNECTION_LOST'));
    this.#send('ping', false, 0);
    return new Promise((resolve) => this.#pongs.push(resolve));
  }

  /** Ends the connection; calls under way fail with `CONNECTION_LOST` (or the reason given). */
  close(reason?: CofferdamError): void {
    this.#finish(reason);
    this.#stream.end();
    if (reason) this.#stream.destroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#ended) return;
    try {
      for (const frame of this.#decoder.push(chunk)) this.#dispatch(frame);
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
        return this.#pongs.shift()?.();
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
    this.#peer.resolve(hello);
  }

  #accept(frame: Frame): void {
    const { callId: id } = frame;
    if (this.#incoming.has(id))
      throw new CofferdamError('PROTOCOL_VIOLATION', 'a call id is in use');
    const call = new IncomingCall(
      this.#sender(id, true, () => this.#incoming.has(id)),
      decodeCall(frame.payload),
    );
    if (this.#incoming.size >= this.#options.maxInFlight) {
      return this.#send(
        'error',
        true,
        id,
        JSON.stringify(new CofferdamError('QUEUE_FULL').toWire()),
      );
    }
    const timer = setTimeout(
      () => call.abort(new CofferdamError('DEADLINE_EXCEEDED')),
      Math.max(0, call.deadline - performance.now()),
    );
    this.#incoming.set(id, { call, eventBytes: 0, release: () => clearTimeout(timer) });
    void this.#answer(id, call);
  }

  async #answer(id: number, call: IncomingCall): Promise<void> {
    let type: FrameType = 'reply';
    let payload: unknown;
    try {
      const handler = Object.hasOwn(this.#options.handlers, call.method)
        ? this.#options.handlers[call.method]
        : undefined;
      if (!handler) throw new CofferdamError('PROTOCOL_VIOLATION', `no method ${call.method}`);
      payload = (await handler(call)) ?? null;
    } catch (error) {
      type = 'error';
      payload = CofferdamError.from(error).toWire();
      if (error !== null && !(error instanceof CofferdamError)) this.onFault?.(error);
    }
    if (!this.#settle(this.#incoming, id)) return;
    try {
      this.#send(type, true, id, JSON.stringify(payload));
    } catch (error) {
      this.#send('error', true, id, JSON.stringify(CofferdamError.from(error).toWire()));
    }
  }

  /** Told of every error in a handler that is none of the catalogue's. */
  onFault: ((error: unknown) => void) | undefined;

  #aboutMine(frame: Frame): void {
    const pending = this.#outgoing.get(frame.callId);
    if (!pending) return; // answered or cancelled meanwhile
    switch (frame.type) {
      case 'reply':
        return this.#settle(this.#outgoing, frame.callId)?.succeed(
          parseJson(frame.payload.toString()),
        );
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

  #settle<C>(calls: Map<number, Pending<C>>, id: number): C | undefined {
    const pending = calls.get(id);
    calls.delete(id);
    pending?.release();
    return pending?.call;
  }

  #sender(id: number, toCaller: boolean, alive: () => boolean): SendFrame {
    return (type, payload) => {
      if (alive()) this.#send(type, toCaller, id, payload);
    };
  }

  #send(type: FrameType, toCaller: boolean, id: number, payload?: string | Uint8Array): void {
    if (this.#ended) return;
    const frame = encodeFrame(type, toCaller, id, payload);
    if (!this.#corked) {
      // Frames of one turn leave in one system call.
      this.#corked = true;
      this.#stream.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#stream.uncork();
      });
    }
    this.#stream.write(frame);
    if (this.#stream.writableLength > this.#options.maxUnsentBytes) {
      this.close(new CofferdamError('PROTOCOL_VIOLATION', 'the peer does not read'));
    }
  }

  #finish(reason: CofferdamError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    const lost = reason ?? new CofferdamError('CONNECTION_LOST');
    this.#peer.reject(lost);
    for (const id of [...this.#outgoing.keys()]) this.#settle(this.#outgoing, id)?.fail(lost);
    for (const id of [...this.#incoming.keys()]) this.#settle(this.#incoming, id)?.abort(lost);
    this.#closed.resolve(reason);
  }
}
