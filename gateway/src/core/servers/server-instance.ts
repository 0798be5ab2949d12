import { setTimeout as sleep } from 'node:timers/promises';
import {
  CofferdamError,
  LASTING,
  RUNTIME_METHODS,
  SERVER_METHODS,
  type Channel,
  type OutgoingCall,
  type ResolvedScript,
  type ServerRequest,
  type ServerSocket,
} from '@cofferdam/protocol';
import type { Use } from '../egress/use.ts';
import type { RuntimeBrowser } from '../browsers/runtime-browsers.ts';
import type { RunnerLease } from '../runners/registry.ts';
import { WorkerPace } from '../runtimes/worker-pace.ts';
import type { InstanceView } from './decide.ts';
import { InstancePort } from './instance-port.ts';
import { InstanceRuntime, specOf } from './instance-runtime.ts';
import { InstanceWayOut } from './instance-way-out.ts';
import { revisionOf } from './revision.ts';
import type { InstancePlace } from './place.ts';
import type { GoingOut } from './request-tickets.ts';

/** Messages in a second that a guest may send on its port: each costs this process work. */
const PORT_RATE = 5_000;
/** What was said before an answer comes a little after it, or never. */
const PORT_MS = 5_000;
const NOT_SERVING = 'the server did not start: the script did not call serve';

export interface InstanceOptions {
  id: number;
  script: ResolvedScript;
  place: InstancePlace;
}

/** Why an instance is over. */
export interface InstanceEnding {
  error: CofferdamError;
  /** What its guest did ended it; otherwise its runner, the gateway, or nobody's fault did. */
  isGuests: boolean;
}

/** One isolate that answers for a server: in a runner of its tenant, from its start to its end. */
export class ServerInstance {
  readonly id: number;
  readonly script: ResolvedScript;
  readonly revision: string;
  readonly startedAt: number;
  /** Settles when it is over, whoever ended it. */
  readonly ended: Promise<InstanceEnding>;
  inFlight = 0;
  sockets = 0;
  /** Requests that it was given. */
  requests = 0;
  leavingSince: number | undefined;
  readyAt: number | undefined;
  readonly #place: InstancePlace;
  readonly #wayOut: InstanceWayOut;
  readonly #over = new AbortController();
  readonly #ended = Promise.withResolvers<InstanceEnding>();
  #idleSince: number;
  #lease: RunnerLease | undefined;
  #runtime: InstanceRuntime | undefined;
  #browser: RuntimeBrowser | undefined;
  /** Nothing of its runner's guest is answered any more. */
  #leave: (() => void) | undefined;

  constructor({ id, script, place }: InstanceOptions) {
    this.id = id;
    this.script = script;
    this.revision = revisionOf(script);
    this.#place = place;
    this.#wayOut = new InstanceWayOut(place);
    this.#idleSince = place.now();
    this.startedAt = Math.round(this.#idleSince);
    this.ended = this.#ended.promise;
  }

  get runnerId(): string | undefined {
    return this.#lease?.runnerId;
  }

  /** Its runner is to go, and it with it; or its browser is gone. */
  get mustMove(): boolean {
    return (this.#lease?.retiring ?? false) || (this.#browser?.mustMove ?? false);
  }

  view(revision: string): InstanceView {
    const { id, inFlight, sockets, leavingSince } = this;
    return {
      ...{ id, inFlight, sockets },
      state: this.readyAt === undefined ? 'starting' : 'ready',
      current: this.revision === revision && !this.mustMove,
      idleSince: this.#idleSince,
      ...(leavingSince === undefined ? {} : { leavingSince }),
    };
  }

  /** Finds a runner, begins there and lives; settles when it is over. Never rejects. */
  async live(onReady: () => void): Promise<void> {
    try {
      const leave = this.#place.enter();
      try {
        this.#lease = await this.#place.acquire(this.#over.signal);
        const ticket = await this.#wayOut.open();
        this.#ended.resolve(await this.#serve(this.#lease.channel, ticket, onReady));
      } finally {
        leave();
      }
    } catch (error) {
      this.#ended.resolve(this.#endingOf(error));
    } finally {
      this.#over.abort();
      this.#lease?.release();
      this.#leave?.();
      await Promise.all([this.#wayOut.close(), this.#browser?.end()]);
    }
  }

  /** A request is to be answered by it, and its way out is open, until what is answered is called. */
  goOut(about: GoingOut): () => void {
    return this.#wayOut.begin(about);
  }

  /** Has it answer a request; whoever asked says when that is over by `done`. */
  request(request: Omit<ServerRequest, 'runtimeId'>, options: CallOf): OutgoingCall {
    return this.#call(SERVER_METHODS.request, request, options);
  }

  /** Opens the connection that an answer upgraded to. */
  webSocket(socket: Omit<ServerSocket, 'runtimeId'>, options: CallOf): OutgoingCall {
    return this.#call(SERVER_METHODS.webSocket, socket, options);
  }

  /** Counts something that it does; the answer is to be called when that is over. */
  begin(what: 'inFlight' | 'sockets'): () => void {
    this[what]++;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this[what]--;
      this.#idleSince = this.#place.now();
    };
  }

  /** Ends it, whatever it is doing. */
  end(reason: CofferdamError): void {
    this.#ended.resolve({ error: reason, isGuests: false });
    this.#over.abort(reason);
  }

  /** Its runner said what no runner would. */
  drop(reason: string): void {
    this.#lease?.drop(`a server: ${reason}`);
  }

  #call(method: string, payload: object, { signal, onEvent }: CallOf): OutgoingCall {
    const { runtimeId } = this.#runtime!;
    return this.#lease!.channel.call(
      method,
      { runtimeId, ...payload },
      {
        deadlineMs: LASTING,
        signal: AbortSignal.any([signal, this.#over.signal]),
        ...(onEvent ? { onEvent } : {}),
      },
    );
  }

  async #serve(
    channel: Channel,
    ticket: string | undefined,
    onReady: () => void,
  ): Promise<InstanceEnding> {
    const { signal } = this.#over;
    const { allowed } = this.#place;
    const runtime = await InstanceRuntime.open(channel, specOf(allowed, ticket), signal);
    this.#runtime = runtime;
    this.#answerRunner(channel, runtime.runtimeId);
    const pace = new WorkerPace(PORT_RATE);
    const port = new InstancePort((level, message) => {
      pace.note();
      this.#place.log({ instance: this.id, level, message });
    });
    const listening = this.#listen(runtime, port, pace);
    const begun = runtime.evaluate(channel, allowed, signal).then(async (portBytes) => {
      await Promise.race([port.reached(portBytes), sleep(PORT_MS, undefined, { ref: false })]);
      if (!port.isServing) throw new CofferdamError('SERVER_FAILED', NOT_SERVING);
      this.readyAt = this.#place.now();
      this.#idleSince = this.readyAt;
      onReady();
      return runtime.ended;
    });
    const { exitReason, message } = await Promise.race([runtime.ended, listening, begun]);
    const error = new CofferdamError(
      'SERVER_FAILED',
      `the server ended: ${exitReason}: ${message}`,
    );
    return { error, isGuests: GUESTS_FAULT.has(exitReason) };
  }

  /** What its guest asks of the gateway, by the runner that it is in. */
  #answerRunner(channel: Channel, runtimeId: string): void {
    const { allowed: script, browsers, pool, routes } = this.#place;
    const onUse = (use: Use) => this.#wayOut.recordOwn(use);
    if (script.browser) this.#browser = browsers.begin({ script, pool, onUse });
    routes.serve(channel, runtimeId, async (call) => {
      if (call.method === SERVER_METHODS.ticket) return this.#wayOut.answer(call);
      if (call.method === RUNTIME_METHODS.browser && this.#browser) return this.#browser.call(call);
      throw new CofferdamError('RUNTIME_ENDED');
    });
    this.#leave = () => routes.delete(channel, runtimeId);
  }

  /** Its console, as fast as this process may be kept busy with it. Settles only by rejecting. */
  async #listen(runtime: InstanceRuntime, port: InstancePort, pace: WorkerPace): Promise<never> {
    const { signal } = this.#over;
    for await (const chunk of runtime.port) {
      port.receive(chunk);
      await pace.room(signal);
    }
    // Its end says why.
    return new Promise<never>(() => {});
  }

  #endingOf(thrown: unknown): InstanceEnding {
    const given = CofferdamError.from(thrown);
    if (given.code === 'PROTOCOL_VIOLATION') this.drop(given.message);
    const error = OWN.has(given.code) ? given : new CofferdamError('SERVER_FAILED', given.message);
    return { error, isGuests: error.code === 'SERVER_FAILED' };
  }
}

export interface CallOf {
  signal: AbortSignal;
  onEvent?: (event: unknown) => void;
}

/** Why an instance may not be there; other codes of a runner's are its word alone. */
const OWN: ReadonlySet<string> = new Set([
  'SERVER_FAILED',
  'UNAVAILABLE',
  'QUEUE_FULL',
  'SHUTTING_DOWN',
  'CANCELLED',
  'CONNECTION_LOST',
  'PROTOCOL_VIOLATION',
]);

/** Endings that starting another one will not change. */
const GUESTS_FAULT: ReadonlySet<string> = new Set([
  'Exception',
  'CompileError',
  'CpuTime',
  'WallTime',
  'Memory',
  'Output',
  'EngineCrash',
]);
