import {
  applyPoolLimits,
  CofferdamError,
  type Language,
  type Limits,
  type Lineage,
  type ResolvedPool,
  type RuntimeSpec,
  type Traffic,
} from '@cofferdam/protocol';
import type { Telemetry } from '@cofferdam/telemetry';
import { monotonicClock, type Clock } from '../clock.ts';
import type { Tickets } from '../egress/tickets.ts';
import type { RunIntent } from '../intent.ts';
import type { PoolDirectory } from '../pools.ts';
import type { SessionEnding, SessionRecords } from '../records/session-table.ts';
import type { RunnerClaim, RunnerRegistry } from '../runners/registry.ts';
import { withinPool } from '../runs/within-pool.ts';
import { envCode } from '../servers/instance-runtime.ts';
import { visitSession } from './http-visitor.ts';
import { evaluate, type EvalAsk, type SessionOutcome } from './session-eval.ts';
import type { GatewaySession, SessionPlan } from './session.ts';
import { viewOf, type SessionView } from './session-view.ts';
import { TenantSessions, type Asked, type Having } from './tenant-sessions.ts';
import { VisitTrace } from './visit-trace.ts';

export interface SessionsOptions {
  registry: RunnerRegistry;
  pools: Pick<PoolDirectory, 'choose'>;
  tickets?: Tickets | undefined;
  telemetry: Telemetry;
  records: SessionRecords;
  /** Takes a place for one more runtime, and answers how it is given back; throws `QUEUE_FULL`. */
  enter: () => () => void;
  /** Sessions of one tenant. Default 64. */
  maxSessions?: number | undefined;
  log?: ((message: string, details: Record<string, unknown>) => void) | undefined;
  clock?: Clock;
}

/** A session as a caller over HTTP asks for it. */
export interface SessionIntent {
  key: string;
  idleMs: number;
  /** `wallTimeMs`: what an eval may take. */
  limits: Limits;
  net: RunIntent['net'];
  maxRequests: number;
  traffic?: Partial<Traffic>;
  language?: Language;
  /** What its guest reads as `env`. */
  env?: Record<string, unknown>;
}

/** By whom a session is asked for something. */
interface Asker {
  /** W3C trace context of the caller. */
  traceparent?: string | undefined;
  /** Where it stands below a run that asks. */
  lineage?: Lineage | undefined;
}

export type SessionAsk = Pick<EvalAsk, 'code' | 'filename' | 'tests' | 'signal'> & {
  /** Default: the session's own. */
  language?: Language;
  /** Milliseconds; what the session's limit is where it is less, or none is given. */
  timeMs?: number;
} & Asker;

/** The name of a source says its language. */
const ENDINGS: Record<Language, string | undefined> = {
  javascript: 'eval.js',
  typescript: 'eval.ts',
  auto: undefined,
};
/** As a run over HTTP. */
const MAX_EVAL_MS = 30_000;
const MAX_SESSIONS = 64;
const WAIT_MS = 30_000;
const SWEEP_MS = 1_000;
const GONE_MS = 3_600_000;
/** A ticket is worth nothing so long after its eval had to be done. */
const TICKET_SLACK_MS = 30_000;
const RESTARTED = 'the session was lost: the gateway ended, and its sessions with it';
const DISPOSED = 'The session was disposed of';

/** The sessions of this gateway, by their tenants. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #now: Clock;
  readonly #tenants = new Map<string, TenantSessions>();
  readonly #visits = new Set<Promise<unknown>>();
  readonly #sweeper: NodeJS.Timeout;
  #isClosed = false;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#now = options.clock ?? monotonicClock;
    const until = this.#now() + GONE_MS;
    const lost: SessionEnding = { code: 'SESSION_LOST', message: RESTARTED, until, told: false };
    for (const row of options.records.takeOver(lost, this.#now())) this.of(row.tenant).restore(row);
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  /** Sessions that there are. */
  get size(): number {
    return [...this.#tenants.values()].reduce((sum, each) => sum + each.list().length, 0);
  }

  /** Whoever holds what it answers asks for it anew after each wait. */
  of(tenant: string): TenantSessions {
    const known = this.#tenants.get(tenant);
    if (known) return known;
    const { records, enter, maxSessions = MAX_SESSIONS, log } = this.#options;
    const made = new TenantSessions({
      ...{ tenant, maxSessions, records, enter, now: this.#now },
      acquire: (session, signal) =>
        this.#options.registry.acquire(claimOf(session), { deadlineMs: WAIT_MS, signal }),
      onError: (error) => log?.('a session could not be written down', { error: String(error) }),
    });
    this.#tenants.set(tenant, made);
    return made;
  }

  /** Answers a key's session; makes one where there is none. */
  async create(
    tenant: string,
    intent: SessionIntent,
    { signal, ...asker }: Asker & { signal: AbortSignal },
  ): Promise<SessionView> {
    this.#refuseLate();
    const known = this.of(tenant).byKey(intent.key);
    if (known) return this.#view(known, false);
    const { key, idleMs, env } = intent;
    const asked = { key, idleMs, plan: () => this.#plan(tenant, intent) };
    const timeMs = intent.limits.wallTimeMs;
    return this.#visit(tenant, asked, {
      ...{ timeMs, signal, asker },
      work: async (having) => {
        await setEnv(having, { env, timeMs, signal, now: this.#now }).catch(async (error) => {
          await this.of(tenant).end(having.session, 'Its env could not be set');
          throw error;
        });
        return having;
      },
    }).then(({ session }) => this.#view(session, true));
  }

  list(tenant: string): SessionView[] {
    const sessions = this.#known(tenant)?.list() ?? [];
    return sessions.map((session) => this.#view(session));
  }

  /** Throws `SESSION_NOT_FOUND`, and why one is gone. */
  get(tenant: string, id: string): SessionView {
    return this.#view(this.#byId(tenant, id));
  }

  /**
   * Has a session's guest evaluate code. Guest failures are in the outcome; throws what {@link get} does and
   * `SESSION_IN_USE`. Aborting it, and a limit that it passes, end the session.
   */
  async eval(tenant: string, id: string, ask: SessionAsk): Promise<SessionOutcome> {
    this.#refuseLate();
    const { booked, plan } = this.#byId(tenant, id);
    const { key, idleMs } = booked;
    const most = plan.spec.evalTimeMs;
    const { code, language = plan.language ?? 'auto', signal, tests } = ask;
    const filename = ask.filename ?? ENDINGS[language];
    const source = { code, ...(filename && { filename }), ...(tests && { tests }) };
    const timeMs = Math.min(ask.timeMs ?? most, most);
    return this.#visit(
      tenant,
      { key, idleMs, plan: () => plan },
      {
        ...{ timeMs, signal, asker: ask },
        ending: (outcome) => outcome,
        work: (having) => evaluate(having, { ...source, timeMs, signal, now: this.#now }),
      },
    );
  }

  /** Ends a session, or forgets that it is gone; throws `SESSION_NOT_FOUND`. */
  async dispose(tenant: string, id: string): Promise<void> {
    const sessions = this.#known(tenant);
    if (!sessions) throw new CofferdamError('SESSION_NOT_FOUND');
    await sessions.disposeId(id, DISPOSED);
  }

  /** Refuses what comes, lets evals over HTTP end, then ends every session. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#sweeper);
    await Promise.allSettled(this.#visits);
    for (const sessions of this.#tenants.values()) sessions.close();
  }

  #refuseLate(): void {
    if (this.#isClosed) throw new CofferdamError('SHUTTING_DOWN');
  }

  /** Nothing is kept for a tenant because somebody asked. */
  #known(tenant: string): TenantSessions | undefined {
    return this.#tenants.get(tenant);
  }

  #byId(tenant: string, id: string): GatewaySession {
    const sessions = this.#known(tenant);
    if (!sessions) throw new CofferdamError('SESSION_NOT_FOUND');
    return sessions.byId(id);
  }

  async #visit<T>(
    tenant: string,
    asked: Asked,
    { timeMs, signal, work, asker, ending }: VisitOptions<T>,
  ): Promise<T> {
    const { tickets, telemetry } = this.#options;
    const { traceparent, lineage } = asker;
    const trace = new VisitTrace({ telemetry, now: this.#now, traceparent });
    const lifeMs = timeMs + TICKET_SLACK_MS;
    const as = { tickets, now: this.#now, lifeMs, signal, trace, lineage };
    const visit = visitSession(this.of(tenant), asked, { as, work });
    this.#visits.add(visit);
    try {
      const done = await visit;
      trace.end(ending?.(done) ?? {});
      return done;
    } catch (error) {
      trace.end({}, error);
      throw error;
    } finally {
      this.#visits.delete(visit);
    }
  }

  #plan(tenant: string, intent: SessionIntent): SessionPlan {
    const { pools, tickets } = this.#options;
    const pool = pools.choose(tenant, undefined);
    const { limits, net, maxRequests, traffic } = withinPool(intent, pool);
    if (net.length > 0 && !tickets) {
      throw new CofferdamError('UNAVAILABLE', 'the way out is not configured');
    }
    return { pool, net, maxRequests, traffic, spec: specWith(limits), language: intent.language };
  }

  #view(session: GatewaySession, created?: boolean): SessionView {
    const isHad = this.of(session.tenant).isHad(session);
    return { ...viewOf(session, isHad), ...(created !== undefined && { created }) };
  }

  #sweep(): void {
    for (const [tenant, sessions] of this.#tenants) {
      sessions.sweep();
      if (sessions.isEmpty) this.#forget(tenant);
    }
  }

  /** What is known of its sessions is an hour old. */
  #forget(tenant: string): void {
    const { records, log } = this.#options;
    this.#tenants.delete(tenant);
    try {
      records.forget(this.#now());
    } catch (error) {
      log?.('sessions could not be forgotten', { error: String(error) });
    }
  }
}

interface VisitOptions<T> {
  timeMs: number;
  signal: AbortSignal;
  asker: Asker;
  work: (having: Having) => Promise<T>;
  /** What of it is an eval's outcome. */
  ending?: (done: T) => Partial<SessionOutcome>;
}

/** What a session of an embedder's is over HTTP: without a way out. */
export function embedderPlan(pool: ResolvedPool, spec: RuntimeSpec): SessionPlan {
  // An eval over HTTP has an end, whatever its session's own evals have.
  const wallTimeMs = spec.evalTimeMs || Infinity;
  const { memoryBytes, stretchTimeMs: cpuTimeMs } = spec;
  const limits = applyPoolLimits({ memoryBytes, cpuTimeMs, wallTimeMs }, pool);
  const evalTimeMs = Math.min(limits.wallTimeMs, MAX_EVAL_MS);
  return { pool, spec: { ...spec, evalTimeMs }, net: [], maxRequests: 0 };
}

function specWith({ memoryBytes, wallTimeMs, cpuTimeMs }: Limits): RuntimeSpec {
  return {
    ...{ preset: 'web', memoryBytes, cwd: '/', features: ['tests'] },
    evalTimeMs: wallTimeMs,
    stretchTimeMs: cpuTimeMs,
    bindings: { console: true, fetch: false, files: false, modules: false, tools: [] },
  };
}

/** For whom the runner of a session is, as its pool isolates: a session is one long run. */
function claimOf({ id, tenant, plan }: GatewaySession): RunnerClaim {
  const { name: pool, isolation } = plan.pool;
  if (isolation === 'Tenant') return { pool, tenant };
  return { pool, tenant, scope: `session-${id}`, once: true };
}

async function setEnv(
  having: Having,
  { env, ...ask }: Omit<EvalAsk, 'code'> & { env: SessionIntent['env'] },
): Promise<void> {
  if (!env) return;
  const { exitReason, error } = await evaluate(having, { ...ask, code: envCode(env) });
  if (exitReason === 'Completed') return;
  throw new CofferdamError(
    'INVALID_INPUT',
    `env could not be set: ${error?.message ?? exitReason}`,
  );
}
