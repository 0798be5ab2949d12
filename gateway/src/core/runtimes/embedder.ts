import {
  applyPoolLimits,
  CofferdamError,
  EvalOutcomeSchema,
  parser,
  relayCall,
  RUNTIME_METHODS,
  RuntimeEndSchema,
  RuntimeFiguresSchema,
  RuntimeIdSchema,
  RuntimeOpenedSchema,
  RuntimeSpecSchema,
  SERVER_METHODS,
  type CallHandler,
  type Channel,
  type EvalOutcome,
  type IncomingCall,
  type ResolvedPool,
  type RuntimeSpec,
} from '@cofferdam/protocol';
import type { RunnerLease } from '../runners/registry.ts';
import { EmbedderSessions } from '../sessions/embedder-sessions.ts';
import type { TenantSessions } from '../sessions/tenant-sessions.ts';
import { EmbedderPrefixes } from './prefixes.ts';
import type { RuntimeRoutes } from './routes.ts';
import { relayServing } from './serving.ts';

export interface EmbedderOptions {
  pool(): ResolvedPool;
  /** A runner of the embedder's tenant; rejects when none comes in time. */
  acquire(pool: ResolvedPool, call: IncomingCall): Promise<RunnerLease>;
  routes: RuntimeRoutes;
  /** Takes a place for one more runtime, and answers how it is given back; throws `QUEUE_FULL`. */
  enter(): () => void;
  /** Those of the embedder's tenant. */
  sessions(): TenantSessions;
  /** Whether guests may call functions of the embedder's process. */
  allowsBindings: boolean;
  channel(): Channel;
}

/** Over which one embedder's runtimes are spread in a runner: each takes 40 MiB of it. */
const MAX_PROCESSES = 8;
const VIOLATION = 'PROTOCOL_VIOLATION';
const readSpec = parser(RuntimeSpecSchema);
const readId = (payload: unknown) => {
  const { runtimeId } = Object(payload) as { runtimeId?: unknown };
  return parseId({ runtimeId }).runtimeId;
};
const parseId = parser(RuntimeIdSchema);
const readOpened = parser(RuntimeOpenedSchema, VIOLATION);
const readEnd = parser(RuntimeEndSchema, VIOLATION);

/** What is asked of a runner about a runtime, and what its answer has to be. */
const ASKED = {
  [RUNTIME_METHODS.eval]: parser(EvalOutcomeSchema, VIOLATION),
  [RUNTIME_METHODS.figures]: parser(RuntimeFiguresSchema, VIOLATION),
};

/** One embedder's connection: its runtimes are in runners of its tenant, and end with it. */
export class Embedder {
  readonly #options: EmbedderOptions;
  readonly #sessions: EmbedderSessions;
  readonly #leases = new Map<string, RunnerLease>();

  constructor(options: EmbedderOptions) {
    this.#options = options;
    const allowed = (spec: RuntimeSpec, pool: ResolvedPool) =>
      withinPool(this.#allowed(spec), pool);
    this.#sessions = new EmbedderSessions({ ...options, allowed });
  }

  /** The connection has ended. */
  close(): void {
    this.#sessions.close();
  }

  /** What the embedder may call. */
  get handlers(): Record<string, CallHandler> {
    const asked = Object.entries(ASKED).map(([method, read]) => [
      method,
      (call: IncomingCall) => this.#ask(call, read),
    ]);
    return {
      [RUNTIME_METHODS.open]: (call) => this.#open(call),
      ...Object.fromEntries(asked),
      [SERVER_METHODS.request]: (call) => this.#serve(call),
      [SERVER_METHODS.webSocket]: (call) => this.#serve(call),
      ...new EmbedderPrefixes(this.#options).handlers,
      ...this.#sessions.handlers,
    };
  }

  async #open(call: IncomingCall): Promise<unknown> {
    const pool = this.#options.pool();
    const spec = withinPool(this.#allowed(readSpec(call.payload)), pool);
    const leave = this.#options.enter();
    try {
      const lease = await this.#options.acquire(pool, call);
      try {
        return await this.#keep(call, lease, spec);
      } finally {
        lease.release();
      }
    } finally {
      leave();
    }
  }

  async #keep(call: IncomingCall, lease: RunnerLease, spec: RuntimeSpec): Promise<unknown> {
    let runtimeId: string | undefined;
    const onEvent = (event: unknown) => {
      if (runtimeId !== undefined) throw new CofferdamError(VIOLATION, 'a runtime opened twice');
      const opened = readOpened(event);
      this.#options.routes.add(lease.channel, opened.runtimeId, this.#options.channel());
      runtimeId = opened.runtimeId;
      this.#leases.set(runtimeId, lease);
      // What stands around the runner is known from before any guest ran in it.
      call.emit({ runtimeId, layers: ['isolate', ...lease.layers] });
    };
    try {
      return readEnd(await relayCall(call, lease.channel, { payload: spec, onEvent }));
    } catch (error) {
      dropIfBroken(lease, error);
      throw error;
    } finally {
      if (runtimeId !== undefined) {
        this.#leases.delete(runtimeId);
        this.#options.routes.delete(lease.channel, runtimeId);
      }
    }
  }

  async #ask(call: IncomingCall, read: (answer: unknown) => unknown): Promise<unknown> {
    const runtimeId = readId(call.payload);
    const lease = this.#leaseOf(runtimeId);
    try {
      const answer = read(await relayCall(call, lease.channel));
      const { ended } = answer as Partial<EvalOutcome>;
      if (ended && !call.signal.aborted) this.#sessions.told(runtimeId);
      return answer;
    } catch (error) {
      dropIfBroken(lease, error);
      throw error;
    }
  }

  #leaseOf(runtimeId: string): RunnerLease {
    const lease = this.#leases.get(runtimeId) ?? this.#sessions.lease(runtimeId);
    if (lease) return lease;
    throw new CofferdamError('RUNTIME_ENDED');
  }

  async #serve(call: IncomingCall): Promise<unknown> {
    const lease = this.#leaseOf(readId(call.payload));
    try {
      return await relayServing(call, lease);
    } catch (error) {
      dropIfBroken(lease, error);
      throw error;
    }
  }

  #allowed(spec: RuntimeSpec): RuntimeSpec {
    if (spec.egress) throw new CofferdamError('FORBIDDEN', 'a ticket is for the gateway to give');
    const { browser, fetch, files, modules, tools, webSocket, network } = spec.bindings;
    const asks = browser || fetch || files || modules || webSocket || network || tools.length > 0;
    if (!asks || this.#options.allowsBindings) return spec;
    const message =
      'this gateway lets no guest call functions of its client: only console is allowed';
    throw new CofferdamError('FORBIDDEN', message);
  }
}

/** As a run's limits are: cut down to the pool's ceilings. */
function withinPool(spec: RuntimeSpec, pool: ResolvedPool): RuntimeSpec {
  const { memoryBytes, evalTimeMs, stretchTimeMs } = spec;
  const limits = applyPoolLimits(
    { memoryBytes, wallTimeMs: evalTimeMs || Infinity, cpuTimeMs: stretchTimeMs },
    pool,
  );
  return {
    ...spec,
    memoryBytes: limits.memoryBytes,
    evalTimeMs: limits.wallTimeMs,
    stretchTimeMs: limits.cpuTimeMs,
    ...(spec.processes && { processes: Math.min(spec.processes, MAX_PROCESSES) }),
  };
}

function dropIfBroken(lease: RunnerLease, error: unknown): void {
  const { code, message } = CofferdamError.from(error);
  if (code === VIOLATION) lease.drop(`a runtime: ${message}`);
}
