import { setTimeout as sleep } from 'node:timers/promises';
import {
  CofferdamError,
  parser,
  SESSION_METHODS,
  SessionAcquireSchema,
  SessionDisposeSchema,
  SessionReleaseSchema,
  type CallEnd,
  type CallHandler,
  type Channel,
  type IncomingCall,
  type ResolvedPool,
  type RuntimeSpec,
  type SessionAcquired,
  type SessionEnd,
} from '@cofferdam/protocol';
import type { RunnerLease } from '../runners/registry.ts';
import type { RuntimeRoutes } from '../runtimes/routes.ts';
import type { GatewaySession } from './session.ts';
import { embedderPlan } from './sessions.ts';
import type { Having, TenantSessions } from './tenant-sessions.ts';

export interface EmbedderSessionsOptions {
  /** Those of the embedder's tenant, asked for each time. */
  sessions: () => TenantSessions;
  pool(): ResolvedPool;
  /** What the embedder may have of what it asks for; throws `FORBIDDEN`. */
  allowed(spec: RuntimeSpec, pool: ResolvedPool): RuntimeSpec;
  routes: RuntimeRoutes;
  channel(): Channel;
}

interface Had {
  session: GatewaySession;
  leave(): void;
  /** Settles when somebody else may have it, or it has ended. */
  over: Promise<void>;
}

interface Entered {
  /** Settles when what its guest sent last has been passed on, or is not taken. */
  flushed: Promise<unknown>;
  /** It is had no more. */
  left(): void;
}

const FLUSH_MS = 1_000;
const DISPOSED = 'The session was disposed of';
const parseAcquire = parser(SessionAcquireSchema);
const parseRelease = parser(SessionReleaseSchema);
const parseDispose = parser(SessionDisposeSchema);

/** The sessions that one embedder's connection has. */
export class EmbedderSessions {
  readonly #options: EmbedderSessionsOptions;
  readonly #had = new Map<string, Had>();
  /** Those that end with the connection, also while nobody has them. */
  readonly #bound = new Set<GatewaySession>();
  #isClosed = false;

  constructor(options: EmbedderSessionsOptions) {
    this.#options = options;
  }

  get handlers(): Record<string, CallHandler> {
    return {
      [SESSION_METHODS.acquire]: (call) => this.#acquire(call),
      [SESSION_METHODS.release]: (call) => this.#release(call),
      [SESSION_METHODS.dispose]: (call) => this.#dispose(call),
    };
  }

  /** Where the guest of a session is that the embedder has. */
  lease(runtimeId: string): RunnerLease | undefined {
    return this.#had.get(runtimeId)?.session.lease;
  }

  /** An eval's answer has told the embedder that the session is over. */
  told(runtimeId: string): void {
    const had = this.#had.get(runtimeId);
    if (had) this.#options.sessions().told(had.session);
  }

  /** The connection has ended. */
  close(): void {
    this.#isClosed = true;
    const reason = 'The connection that the session belongs to has ended';
    for (const session of this.#bound) void this.#options.sessions().end(session, reason);
    this.#bound.clear();
  }

  async #acquire(call: IncomingCall): Promise<SessionEnd> {
    const { key, spec, idleMs, bound } = parseAcquire(call.payload);
    const pool = this.#options.pool();
    const allowed = this.#options.allowed(spec, pool);
    const leaving = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    call.signal.addEventListener('abort', () => leaving.resolve(), { once: true });
    if (call.signal.aborted) leaving.resolve();
    let entered: Entered | undefined;
    try {
      const asked = { key, idleMs, plan: () => embedderPlan(pool, allowed) };
      const end = await this.#options.sessions().have(asked, {
        spec: async () => allowed,
        leaving: leaving.promise,
        signal: call.signal,
        isLost: () => isLost(call),
        onReady: (having) => {
          entered = this.#enter(call, having, { leave: leaving.resolve, over: over.promise });
          if (bound) this.#bind(having.session);
        },
      });
      if (!end.released) await entered?.flushed;
      return end;
    } finally {
      entered?.left();
      over.resolve();
    }
  }

  #enter(call: IncomingCall, having: Having, how: Omit<Had, 'session'>): Entered {
    const { session, visit, acquired } = having;
    const { runtimeId } = acquired;
    const { routes, channel } = this.#options;
    const runner = session.lease.channel;
    routes.add(runner, runtimeId, channel());
    this.#had.set(runtimeId, { session, ...how });
    // What stands around the runner is known from before any guest ran in it.
    call.emit(acquired satisfies SessionAcquired);
    void pump(call, visit.call);
    const down = pump(visit.call, call);
    return {
      flushed: visit.end
        .catch(() => {})
        .then(() => Promise.race([down, sleep(FLUSH_MS, undefined, { ref: false })])),
      left: () => {
        this.#had.delete(runtimeId);
        routes.delete(runner, runtimeId);
      },
    };
  }

  #bind(session: GatewaySession): void {
    for (const each of this.#bound) if (each.isOver) this.#bound.delete(each);
    this.#bound.add(session);
    if (this.#isClosed) this.close();
  }

  async #release(call: IncomingCall): Promise<object> {
    const { runtimeId, dispose, reason = DISPOSED } = parseRelease(call.payload);
    const had = this.#had.get(runtimeId);
    if (had && dispose) await this.#options.sessions().end(had.session, reason);
    else had?.leave();
    await had?.over;
    return {};
  }

  async #dispose(call: IncomingCall): Promise<{ existed: boolean }> {
    const { key, reason = DISPOSED } = parseDispose(call.payload);
    return this.#options.sessions().dispose(key, reason);
  }
}

/** What breaks one end of the port breaks the other by its answer. */
async function pump(from: CallEnd, to: CallEnd): Promise<void> {
  try {
    // eslint-disable-next-line no-await-in-loop -- one piece after the other is what a stream is
    for await (const chunk of from.data) await to.pass(chunk);
  } catch {
    // The answer says why.
  }
}

/** Whoever called is gone: what is answered reaches nobody. */
function isLost({ signal }: IncomingCall): boolean {
  return signal.aborted && CofferdamError.from(signal.reason).code !== 'CANCELLED';
}
