import {
  CofferdamError,
  headersFit,
  parser,
  ServerHeadSchema,
  ServerRequestSchema,
  ServerSocketSchema,
  type Channel,
  type ErrorCode,
  type IncomingCall,
  type RuntimeEnd,
  type RuntimeSpec,
  type ServerHead,
  type ServerRequest,
} from '@cofferdam/protocol';
import type { InsideResponse } from './messages.ts';
import type { RequestTickets } from './request-tickets.ts';
import { checkedRequest, lasting, pump, upload } from './server-relay.ts';

/** Requests that one guest may be answering, and connections that it may have. */
const MAX_REQUESTS = 1_024;
const MAX_CONNECTIONS = 1_024;
/** A connection is named a little longer than its guest waits for it to be opened. */
const NAMED_MS = 35_000;
/** How long a guest may take to be over whose process says that it is. */
const ENDED_WITHIN_MS = 5_000;
/** What a process of guests may say of a request that fails; all else is no answer of ours. */
const FAILURES: ReadonlySet<ErrorCode> = new Set([
  ...(['CANCELLED', 'DEADLINE_EXCEEDED', 'EXCEPTION', 'QUEUE_FULL'] as const),
  ...([
    'NOT_FOUND',
    'INVALID_INPUT',
    'BODY_TOO_LARGE',
    'OUTPUT_EXCEEDED',
    'RUNTIME_ENDED',
  ] as const),
]);
/** What makes what an async function has left behind known to the guest's promises, which others freeze. */
const PRESET: RuntimeSpec['preset'] = 'web';

const parseRequest = parser(ServerRequestSchema);
const parseSocket = parser(ServerSocketSchema);
const parseHead = parser(ServerHeadSchema, 'PROTOCOL_VIOLATION');

export interface RuntimeServerOptions {
  spec: Pick<RuntimeSpec, 'features' | 'preset'>;
  /** To the guest's process. */
  channel: Channel;
  ended: Promise<RuntimeEnd>;
  /** Ends a process that answers nonsense. */
  discard(): void;
  /** Of its requests, where each has one. */
  tickets?: Pick<RequestTickets, 'begin' | 'end'> | undefined;
}

interface Connection {
  /** Forgets one that nobody opens; none as soon as it is opened. */
  timer: NodeJS.Timeout | undefined;
  /** Of which it was made. */
  requestId: string;
}

/** Whether a runtime is opened for a guest that serves. Throws where such a one cannot be. */
export function isServer({ features, preset }: Pick<RuntimeSpec, 'features' | 'preset'>): boolean {
  if (!features?.includes('server')) return false;
  if (preset === PRESET) return true;
  throw new CofferdamError('INVALID_INPUT', `a server has preset ${PRESET}`);
}

/** What a guest that called `serve` answers, from outside: bounds, and checks of what its process says. */
export class RuntimeServer {
  readonly #options: RuntimeServerOptions;
  readonly #requests = new Set<string>();
  readonly #connections = new Map<string, Connection>();

  constructor(options: RuntimeServerOptions) {
    this.#options = options;
    void options.ended.then(() => {
      for (const { timer } of this.#connections.values()) clearTimeout(timer);
      this.#connections.clear();
    });
  }

  /** Answers a call for {@link SERVER_METHODS}`.request`. */
  async request(call: IncomingCall): Promise<object> {
    const request = checkedRequest(parseRequest(call.payload));
    const { requestId } = request;
    this.#check();
    if (this.#requests.size >= MAX_REQUESTS) {
      const message = `a server answers at most ${MAX_REQUESTS} requests at once`;
      throw new CofferdamError('QUEUE_FULL', message);
    }
    if (this.#requests.has(requestId)) {
      throw new CofferdamError('INVALID_INPUT', 'the requestId is in use');
    }
    this.#requests.add(requestId);
    this.#options.tickets?.begin(requestId);
    try {
      return await this.#answered(call, request);
    } catch (error) {
      throw await this.#failure(error);
    } finally {
      this.#requests.delete(requestId);
      this.#options.tickets?.end(requestId);
    }
  }

  /** Answers a call for {@link SERVER_METHODS}`.webSocket`. */
  async webSocket(call: IncomingCall): Promise<object> {
    const { connectionId, runtimeId } = parseSocket(call.payload);
    this.#check();
    const connection = this.#connections.get(connectionId);
    if (!connection?.timer) {
      throw new CofferdamError('NOT_FOUND', 'there is no such connection to be opened');
    }
    clearTimeout(connection.timer);
    connection.timer = undefined;
    try {
      const { channel } = this.#options;
      const payload = { runtimeId, connectionId };
      const onward = channel.call('webSocket', payload, lasting(call));
      void pump(call, onward);
      const down = pump(onward, call);
      await onward.reply;
      await down;
      return {};
    } catch (error) {
      throw await this.#failure(error);
    } finally {
      this.#forget(connectionId);
    }
  }

  async #answered(call: IncomingCall, request: ServerRequest): Promise<object> {
    const { channel } = this.#options;
    let down: Promise<void> | undefined;
    const onEvent = (event: unknown) => {
      if (down) throw new CofferdamError('PROTOCOL_VIOLATION', 'a second head');
      call.emit(this.#head(event, request));
      down = pump(onward, call);
    };
    const onward = channel.call('request', request, { ...lasting(call), onEvent });
    if (request.hasBody) void upload(call, onward);
    const { head } = Object(await onward.reply) as InsideResponse;
    await down;
    if (down) return {};
    call.emit(this.#head(head, request));
    const whole = onward.data.whole();
    // More than the window holds does not come along with an answer.
    if (whole) call.pass(whole).catch(() => {});
    return {};
  }

  #check(): void {
    if (isServer(this.#options.spec)) return;
    throw new CofferdamError('INVALID_INPUT', 'the runtime is no server');
  }

  /** What is none, or names a connection that there is, no process of ours says. */
  #head(said: unknown, { requestId }: ServerRequest): ServerHead {
    try {
      const head = parseHead(said);
      if (!headersFit(head.headers)) throw new CofferdamError('PROTOCOL_VIOLATION');
      if (head.connectionId !== undefined) this.#name(head.connectionId, requestId);
      return head;
    } catch (error) {
      this.#options.discard();
      throw error;
    }
  }

  #name(connectionId: string, requestId: string): void {
    if (this.#connections.has(connectionId) || this.#connections.size >= MAX_CONNECTIONS) {
      throw new CofferdamError('PROTOCOL_VIOLATION', 'the connection cannot be');
    }
    const timer = setTimeout(() => this.#forget(connectionId), NAMED_MS).unref();
    this.#connections.set(connectionId, { timer, requestId });
    this.#options.tickets?.begin(requestId);
  }

  #forget(connectionId: string): void {
    const connection = this.#connections.get(connectionId);
    this.#connections.delete(connectionId);
    if (connection) this.#options.tickets?.end(connection.requestId);
  }

  /** Of what a process fails with: the guest's own failures as they are, its end with the reason for that. */
  async #failure(error: unknown): Promise<CofferdamError> {
    const failure = CofferdamError.from(error);
    const { code } = failure;
    const isEnd = ['CONNECTION_LOST', 'RUNTIME_ENDED', 'PROTOCOL_VIOLATION'].includes(code);
    if (isEnd) {
      const { discard, ended } = this.#options;
      // A process that says so of a guest that is not over is none of ours.
      const timer = setTimeout(discard, ENDED_WITHIN_MS).unref();
      const { exitReason, message } = await ended;
      clearTimeout(timer);
      return new CofferdamError('RUNTIME_ENDED', `${exitReason}: ${message}`);
    }
    return FAILURES.has(code) ? failure : new CofferdamError('INTERNAL');
  }
}
