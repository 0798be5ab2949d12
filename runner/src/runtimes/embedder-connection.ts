import { randomUUID } from 'node:crypto';
import {
  CofferdamError,
  EvalRequestSchema,
  parser,
  RUNTIME_METHODS,
  RuntimeIdSchema,
  RuntimeSpecSchema,
  type CallHandler,
  type Channel,
  type EvalOutcome,
  type IncomingCall,
  type Layer,
  type RuntimeEnd,
  type RuntimeFigures,
  type RuntimeOpened,
} from '@cofferdam/protocol';
import type { Compiler } from '../compiler/client.ts';
import { KeptRuntime } from './kept-runtime.ts';
import { ConnectionPrefixes } from './prefixes/connection-prefixes.ts';
import type { ProcessPool } from './process-pool.ts';

export interface EmbedderConnectionOptions {
  channel: () => Channel;
  compiler: Compiler;
  pool: ProcessPool;
  layers: readonly Layer[];
  /** What isolates may take that are ahead of runs. */
  spareBytes: number;
}

/** Runtimes that one connection may have at once. */
const MAX_RUNTIMES = 1_024;
/** Ended runtimes of which a later call is told why. */
const MAX_REMEMBERED = 1_024;

const parseSpec = parser(RuntimeSpecSchema);
const parseEval = parser(EvalRequestSchema);
const parseId = parser(RuntimeIdSchema);

/** The runtimes of one embedder, gone with its connection. */
export class EmbedderConnection {
  readonly handlers: Record<string, CallHandler>;
  readonly #options: EmbedderConnectionOptions;
  readonly #runtimes = new Map<string, KeptRuntime>();
  readonly #prefixes: ConnectionPrefixes;
  readonly #endings = new Map<string, RuntimeEnd>();
  #closed = false;

  constructor(options: EmbedderConnectionOptions) {
    this.#options = options;
    this.#prefixes = new ConnectionPrefixes({ ...options, owner: this });
    this.handlers = {
      ...this.#prefixes.handlers,
      [RUNTIME_METHODS.open]: (call) => this.#open(call),
      [RUNTIME_METHODS.eval]: (call) => this.#eval(call),
      [RUNTIME_METHODS.figures]: (call) => this.#figures(call),
    };
  }

  get size(): number {
    return this.#runtimes.size;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#prefixes.close();
    await this.#options.pool.drop(this);
  }

  async #open(call: IncomingCall): Promise<RuntimeEnd> {
    const spec = parseSpec(call.payload);
    if (this.#closed) throw new CofferdamError('SHUTTING_DOWN');
    if (this.#runtimes.size >= MAX_RUNTIMES) {
      throw new CofferdamError('QUEUE_FULL', `a connection has at most ${MAX_RUNTIMES} runtimes`);
    }
    const { pool, compiler, channel, layers } = this.#options;
    const runtimeId = randomUUID();
    const process = pool.take(this, spec.processes);
    const runtime = new KeptRuntime({ runtimeId, spec, process, compiler, channel });
    this.#runtimes.set(runtimeId, runtime);
    const opened: RuntimeOpened = { runtimeId, layers: [...layers] };
    const end = await runtime.live(call, () => call.emit(opened));
    pool.release(this, process);
    this.#runtimes.delete(runtimeId);
    this.#remember(runtimeId, end);
    return end;
  }

  #eval(call: IncomingCall): Promise<EvalOutcome> {
    const request = parseEval(call.payload);
    return this.#of(request.runtimeId).evals.eval(request, call.signal, () =>
      call.emit({ begun: true }),
    );
  }

  #figures(call: IncomingCall): Promise<RuntimeFigures> {
    return this.#of(parseId(call.payload).runtimeId).readFigures();
  }

  #of(runtimeId: string): KeptRuntime {
    const runtime = this.#runtimes.get(runtimeId);
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
