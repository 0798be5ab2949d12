import { randomUUID } from 'node:crypto';
import {
  CofferdamError,
  EvalRequestSchema,
  parser,
  RUNTIME_METHODS,
  RuntimeIdSchema,
  RuntimeSpecSchema,
  SERVER_METHODS,
  type CallHandler,
  type Channel,
  type EvalOutcome,
  type IncomingCall,
  type Layer,
  type RuntimeEnd,
  type RuntimeFigures,
  type RuntimeOpened,
  type RuntimeSpec,
} from '@cofferdam/protocol';
import type { Compiler } from '../compiler/client.ts';
import { KeptRuntime } from './kept-runtime.ts';
import { ConnectionPrefixes } from './prefixes/connection-prefixes.ts';
import type { ProcessPool } from './process-pool.ts';
import { isServer } from './runtime-server.ts';
import { ConnectionSessions } from './sessions/connection-sessions.ts';
import type { OwnerSessions } from './sessions/owner-sessions.ts';

export interface EmbedderConnectionOptions {
  channel: () => Channel;
  compiler: Compiler;
  pool: ProcessPool;
  layers: readonly Layer[];
  /** The connection to egress, for runtimes that have a ticket. Default: there are none. */
  egress?: (() => Channel) | undefined;
  /** What isolates may take that are ahead of runs. */
  spareBytes: number;
  /** Those that the connection's owner has. */
  sessions: OwnerSessions;
}

/** Runtimes that one connection may have at once. */
const MAX_RUNTIMES = 1_024;
/** Ended runtimes of which a later call is told why. */
const MAX_REMEMBERED = 1_024;

const NO_EGRESS = 'a ticket is for a gateway to give: the fetch binding is an embedder’s way out';

const parseSpec = parser(RuntimeSpecSchema);
const parseEval = parser(EvalRequestSchema);
const parseId = parser(RuntimeIdSchema);
/** Of a call whose payload is checked as a whole by whoever answers it. */
const runtimeIdOf = ({ payload }: IncomingCall) =>
  parseId({ runtimeId: (Object(payload) as { runtimeId?: unknown }).runtimeId }).runtimeId;

/** The runtimes of one embedder, gone with its connection. */
export class EmbedderConnection {
  readonly handlers: Record<string, CallHandler>;
  readonly #options: EmbedderConnectionOptions;
  readonly #runtimes = new Map<string, KeptRuntime>();
  readonly #prefixes: ConnectionPrefixes;
  readonly #sessions: ConnectionSessions;
  readonly #endings = new Map<string, RuntimeEnd>();
  #closed = false;

  constructor(options: EmbedderConnectionOptions) {
    this.#options = options;
    this.#prefixes = new ConnectionPrefixes({ ...options, owner: this });
    this.#sessions = new ConnectionSessions(options.sessions, options, (spec) => this.#check(spec));
    this.handlers = {
      ...this.#sessions.handlers,
      ...this.#prefixes.handlers,
      [RUNTIME_METHODS.open]: (call) => this.#open(call),
      [RUNTIME_METHODS.eval]: (call) => this.#eval(call),
      [RUNTIME_METHODS.figures]: (call) => this.#figures(call),
      [SERVER_METHODS.request]: (call) => this.#of(runtimeIdOf(call)).server.request(call),
      [SERVER_METHODS.webSocket]: (call) => this.#of(runtimeIdOf(call)).server.webSocket(call),
    };
  }

  get size(): number {
    return this.#runtimes.size;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#prefixes.close();
    await Promise.all([this.#sessions.close(), this.#options.pool.drop(this)]);
  }

  async #open(call: IncomingCall): Promise<RuntimeEnd> {
    const spec = parseSpec(call.payload);
    this.#check(spec);
    if (this.#runtimes.size >= MAX_RUNTIMES) {
      throw new CofferdamError('QUEUE_FULL', `a connection has at most ${MAX_RUNTIMES} runtimes`);
    }
    const { pool, compiler, channel, layers, egress } = this.#options;
    const runtimeId = randomUUID();
    const process = pool.take(this, spec.processes);
    const runtime = new KeptRuntime({ runtimeId, spec, process, compiler, channel, egress });
    this.#runtimes.set(runtimeId, runtime);
    const opened: RuntimeOpened = { runtimeId, layers: [...layers] };
    const end = await runtime.live(call, () => call.emit(opened));
    pool.release(this, process);
    this.#runtimes.delete(runtimeId);
    this.#remember(runtimeId, end);
    return end;
  }

  #check(spec: RuntimeSpec): void {
    isServer(spec);
    if (this.#closed) throw new CofferdamError('SHUTTING_DOWN');
    if (spec.egress && !this.#options.egress) throw new CofferdamError('FORBIDDEN', NO_EGRESS);
  }

  async #eval(call: IncomingCall): Promise<EvalOutcome> {
    const request = parseEval(call.payload);
    const outcome = await this.#of(request.runtimeId).evals.eval(request, call.signal, () =>
      call.emit({ begun: true }),
    );
    if (outcome.ended) this.#sessions.told(request.runtimeId);
    return outcome;
  }

  #figures(call: IncomingCall): Promise<RuntimeFigures> {
    return this.#of(parseId(call.payload).runtimeId).readFigures();
  }

  #of(runtimeId: string): KeptRuntime {
    const runtime = this.#runtimes.get(runtimeId) ?? this.#sessions.runtime(runtimeId);
    const end = runtime?.ending ?? this.#endings.get(runtimeId);
    if (runtime && !end) return runtime;
    throw new CofferdamError('RUNTIME_ENDED', end && `${end.exitReason}: ${end.message}`);
  }

  #remember(runtimeId: string, end: RuntimeEnd): void {
    this.#endings.set(runtimeId, end);
    if (this.#endings.size > MAX_REMEMBERED) {
      this.#endings.delete(this.#endings.keys().next().value!);
    }
  }
}
