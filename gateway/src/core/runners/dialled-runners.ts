import { CofferdamError, type ExpectedRunner } from '@cofferdam/protocol';
import { monotonicClock, type Clock } from '../clock.ts';
import type { PoolDirectory } from '../pools.ts';
import { chooseRunner, suitsPool } from './choose.ts';
import { ExpectedRunners } from './expected-runners.ts';
import { keepHeartbeat } from './heartbeat.ts';
import { JoinServer } from './join-server.ts';
import { Lease } from './lease.ts';
import { look } from './look.ts';
import type {
  AcquireOptions,
  RegisteredRunner,
  RunnerClaim,
  RunnerLease,
  RunnerRegistry,
  RunnerSource,
} from './registry.ts';
import { Roster } from './roster.ts';
import { handlerOf, type RunnerCallsOptions } from './runner-calls.ts';
import { Runner, type RunnerIdentity } from './runner.ts';
import { dueToGo, isWorn } from './upkeep.ts';
import { WaitingRoom } from './waiting-room.ts';

export interface RegistryOptions extends RunnerCallsOptions {
  /** Where runners dial: Unix sockets (made with mode 0600) and `host:port`s. */
  addresses: readonly string[];
  pools: Pick<PoolDirectory, 'get' | 'names'>;
  /** Milliseconds within which an announced runner must join. Default 30 s. */
  joinTimeoutMs?: number;
  /** Resolves when every runner that may dial was announced; until then a stranger is kept waiting. */
  announced?: Promise<void>;
  log?: (message: string, details: Record<string, unknown>) => void;
  clock?: Clock;
}

/** How often idle runners and lost requests are looked for. */
const SWEEP_MS = 1_000;
/** A runner whose connection ended dials again at once, or is broken. */
const REDIAL_MS = 60_000;
/** How often a runner is looked at that reaches what it must not: a policy may take its time to hold. */
const LOOK_AGAIN_MS = 2_000;
/** Whoever writes owners down is away for seconds: asking again at once would only keep everybody busy. */
const BIND_AGAIN_MS = 500;
const SERVED = 'it has served its time';

/** Listens, and keeps the runners that dial. */
export async function createRunnerRegistry(options: RegistryOptions): Promise<RunnerRegistry> {
  const registry = new DialledRunners(options);
  await registry.listen();
  return registry;
}

class DialledRunners implements RunnerRegistry {
  readonly #options: RegistryOptions;
  readonly #now: Clock;
  readonly #server: JoinServer;
  readonly #expected: ExpectedRunners;
  readonly #waiting = new WaitingRoom();
  readonly #roster = new Roster();
  #source: RunnerSource | undefined;
  #sweeper: NodeJS.Timeout | undefined;
  /** Runners that are to be retired, and why, while this gateway leaves. */
  #leaving: Map<string, string> | undefined;
  #draining = false;
  #closed = false;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#now = options.clock ?? monotonicClock;
    this.#expected = new ExpectedRunners(options.joinTimeoutMs ?? 30_000, this.#now);
    this.#server = new JoinServer({
      addresses: options.addresses,
      takeToken: (token, signal) => this.#takeToken(token, signal),
      now: this.#now,
      onJoin: (identity, expected) => this.#join(identity, expected),
      onCall: (channel, method) => handlerOf(this.#roster, options, { channel, method }),
      log: (message, details) => this.#log(message, details),
    });
  }

  async listen(): Promise<void> {
    await this.#server.listen();
    this.#sweeper = setInterval(() => this.sweep(), SWEEP_MS);
    this.#sweeper.unref();
  }

  get expected(): number {
    return this.#expected.missing();
  }

  attach(source: RunnerSource): void {
    this.#source = source;
    this.announceDemand();
  }

  expect(runner: ExpectedRunner): void {
    this.#expected.add(runner);
  }

  forget(runnerId: string): void {
    const wasExpected = this.#expected.forget(runnerId);
    const runner = this.#roster.byId(runnerId);
    if (!wasExpected && !runner) return;
    // Who ends with its kernel sends no last packet: runs on it would wait for their deadlines.
    if (runner && this.#end(runner)) this.#log('a runner is gone', { runnerId });
    this.#waiting.wake();
    this.announceDemand();
  }

  retire(runnerId: string, reason: string): void {
    if (this.#leaving) return void this.#leaving.set(runnerId, reason);
    const runner = this.#roster.byId(runnerId);
    if (!runner) return;
    this.#retire(runner, reason);
  }

  list(): RegisteredRunner[] {
    return [...this.#roster].map((runner) => runner.describe());
  }

  async ask(runnerId: string, method: string, deadlineMs: number): Promise<unknown> {
    const runner = this.#roster.byId(runnerId);
    if (runner) return runner.identity.channel.call(method, {}, { deadlineMs }).reply;
    throw new CofferdamError('UNAVAILABLE', 'the runner is gone');
  }

  async acquire(claim: RunnerClaim, options: AcquireOptions): Promise<RunnerLease> {
    const since = this.#now();
    for (;;) {
      if (this.#closed) throw new CofferdamError('SHUTTING_DOWN');
      const runner = this.#pick(claim, options.avoid);
      if (!runner) {
        const deadlineMs = options.deadlineMs - (this.#now() - since);
        const rest = { deadlineMs, signal: options.signal };
        await this.#waiting.wait(claim, rest, () => this.announceDemand(claim.pool));
        continue;
      }
      runner.active++; // Nobody lets it go between being bound and being leased.
      try {
        if (await isBound(runner)) return this.#lease(runner, claim, since);
      } finally {
        runner.active--;
      }
      this.#refuseLate(since, options);
    }
  }

  /** Lets idle and worn runners go, and says again what is missing. */
  sweep(): void {
    for (const runner of [...this.#roster]) this.#retireWorn(runner);
    for (const pool of this.#roster.pools()) {
      const rules = this.#options.pools.get(pool);
      for (const runner of dueToGo(this.#roster, { pool, rules, now: this.#now() })) {
        this.#letGo(runner, 'idle');
      }
    }
    for (const runnerId of this.#expected.missed(REDIAL_MS)) {
      this.#expected.forget(runnerId);
      this.#source?.discard(runnerId, 'it did not dial again');
    }
    this.announceDemand();
    this.#handOver();
  }

  announceDemand(only?: string): void {
    if (this.#closed || !this.#source) return;
    const pools = only === undefined ? this.#knownPools() : [only];
    for (const pool of pools) {
      this.#makeRoom(pool);
      this.#source.demand(this.#demandOf(pool));
    }
  }

  leave(): void {
    this.#leaving ??= new Map();
  }

  drain(): void {
    const retired = this.#leaving ?? [];
    this.#leaving = undefined;
    for (const [runnerId, reason] of retired) this.retire(runnerId, reason);
    this.#draining = true;
    this.#server.refuse();
    this.#handOver();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweeper);
    this.#waiting.wake();
    for (const runner of this.#roster) runner.identity.channel.close();
    await this.#server.close();
  }

  readonly #released = (runner: Runner): void => {
    runner.idleSince = this.#now();
    if (runner.active === 0 && runner.retiring) this.#letGo(runner, runner.retiring);
    // Who waits for a browser waits for places too, which this gave back.
    if (runner.identity.role === 'browser') this.#waiting.wake();
    if (!this.#waiting.isEmpty) this.announceDemand(runner.pool);
    this.#handOver();
  };

  readonly #usedUp = ({ identity: { runnerId } }: Runner): void => {
    const why = 'its run is over';
    // Not the runner of the lease, where it has dialled again during its run.
    const runner = this.#roster.byId(runnerId);
    if (runner) this.#letGo(runner, why);
    else if (this.#expected.forget(runnerId)) this.#source?.discard(runnerId, why);
  };

  /** The claim's runner with the fewest calls, else a free one, which is the claim's from now on. */
  #pick(claim: RunnerClaim, avoid?: ReadonlySet<string>): Runner | undefined {
    const free = chooseRunner(this.#roster, claim, this.#rulesFor(claim), avoid);
    if (!free || free.owner) return free;
    const { tenant, scope } = claim;
    const owner = { tenant, ...(scope === undefined ? {} : { scope }) };
    const { runnerId } = free.identity;
    free.bind(owner, async () => {
      await this.#source?.bind?.(runnerId, owner);
      this.#expected.own(runnerId, owner);
    });
    free.binding?.catch(() => this.#restUnbound(free));
    this.announceDemand(claim.pool);
    return free;
  }

  #lease(runner: Runner, claim: RunnerClaim, since: number): RunnerLease {
    const release = claim.once ? this.#usedUp : this.#released;
    const lease = new Lease(runner, this.#now() - since, release);
    // With one call after the other it would never be idle: this one is its last.
    this.#retireWorn(runner);
    return lease;
  }

  #retireWorn(runner: Runner): void {
    if (isWorn(runner, this.#rulesOf(runner), this.#now())) this.#retire(runner, SERVED);
  }

  /** Nobody could write down whose it is: it stays free, and that is tried again in a moment. */
  #restUnbound(runner: Runner): void {
    if (runner.owner !== undefined || runner.gone) return;
    runner.ready = false;
    setTimeout(() => this.#offer(runner), BIND_AGAIN_MS).unref();
    this.announceDemand(runner.pool);
  }

  #retire(runner: Runner, reason: string): void {
    if (runner.retiring) return;
    runner.retiring = reason || 'it was replaced';
    if (runner.active === 0) this.#letGo(runner, runner.retiring);
    this.announceDemand(runner.pool);
  }

  #refuseLate(since: number, { deadlineMs, signal }: AcquireOptions): void {
    if (signal?.aborted) throw new CofferdamError('CANCELLED');
    if (this.#now() - since >= deadlineMs) throw new CofferdamError('UNAVAILABLE');
  }

  async #takeToken(token: string, signal: AbortSignal): Promise<ExpectedRunner | undefined> {
    const known = this.#expected.take(token);
    if (known || !this.#options.announced) return known;
    const aborted = new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => resolve()),
    );
    await Promise.race([this.#options.announced, aborted]);
    return signal.aborted ? undefined : this.#expected.take(token);
  }

  #join(identity: RunnerIdentity, expected: ExpectedRunner): void {
    const earlier = this.#roster.byId(identity.runnerId);
    const runner = new Runner(identity, expected);
    if (!suitsPool(identity, this.#rulesOf(runner))) return this.#turnAway(runner);
    const service = earlier ?? this.#expected.serviceOf(identity.runnerId);
    if (service) runner.takeOver(service);
    if (earlier) this.#end(earlier);
    this.#roster.add(runner);
    if (expected.lasting) keepHeartbeat(identity.channel);
    void identity.channel.closed.then((reason) => this.#lost(runner, reason));
    if (earlier?.retiring) this.#letGo(runner, earlier.retiring);
    else void this.#admit(runner);
  }

  /** Looks at the runner until it may be used; without anything to look for it may at once. */
  async #admit(runner: Runner): Promise<void> {
    const { mustNotReach, owner } = runner.expected;
    // One that was given away may have run anything since: nothing that it says of itself is news.
    if (mustNotReach !== undefined && owner === undefined) {
      const report = await look(runner, mustNotReach, this.#mayReach(runner));
      if (runner.gone) return;
      this.#source?.report?.(report);
      if (!report.works) return runner.drop(report.message ?? 'it does not work');
      if (!report.ready) return void setTimeout(() => this.#admit(runner), LOOK_AGAIN_MS).unref();
    }
    if (owner) runner.bind(owner);
    runner.idleSince = this.#now();
    this.#offer(runner);
  }

  #offer(runner: Runner): void {
    runner.ready = true;
    this.#waiting.wake();
    this.announceDemand(runner.pool);
    this.#handOver();
  }

  /** To the gateway that they dial next. Whoever waits here for a runner is served first. */
  #handOver(): void {
    if (!this.#draining || !this.#waiting.isEmpty) return;
    for (const runner of this.#roster) {
      if (runner.active > 0 || !runner.expected.lasting) continue;
      this.#end(runner);
    }
  }

  #end(runner: Runner): boolean {
    if (!this.#roster.delete(runner)) return false;
    runner.gone = true;
    runner.identity.channel.close();
    return true;
  }

  #rulesFor({ pool }: Pick<RunnerClaim, 'pool'>) {
    return this.#options.pools.get(pool);
  }

  #rulesOf({ pool }: Runner) {
    return this.#options.pools.get(pool);
  }

  #mayReach(runner: Runner): boolean {
    return this.#rulesOf(runner)?.requireClosed === false;
  }

  #lost(runner: Runner, reason: CofferdamError | undefined): void {
    if (!this.#end(runner)) return;
    const { runnerId } = runner.identity;
    const why = reason?.message ?? 'the connection ended';
    const tenant = runner.owner?.tenant;
    if (!this.#closed) this.#log('a runner is gone', { runnerId, tenant, why });
    if (runner.mayDialAgain) this.#expected.left(runnerId, runner);
    else {
      this.#expected.forget(runnerId);
      this.#source?.discard(runnerId, why);
    }
    this.#waiting.wake();
    this.announceDemand(runner.pool);
  }

  #turnAway(runner: Runner): void {
    this.#roster.add(runner);
    this.#letGo(runner, `a ${runner.identity.role} is nothing for its pool`);
  }

  #letGo(runner: Runner, why: string): void {
    if (!this.#end(runner)) return;
    const { runnerId } = runner.identity;
    this.#log('a runner is let go', { runnerId, why });
    this.#expected.forget(runnerId);
    this.#source?.discard(runnerId, why);
  }

  /** At the maximum the longest idle owner's runner makes room for who waits. */
  #makeRoom(pool: string): void {
    const { joined, unbound, expected, waiting } = this.#demandOf(pool);
    const maximum = this.#options.pools.get(pool)?.warm.maximum ?? Infinity;
    const missing = waiting - unbound - expected;
    if (missing <= Math.max(0, maximum - joined - expected)) return;
    const longestIdle = this.#roster.idle(pool).find(({ owner }) => owner !== undefined);
    if (longestIdle) this.#letGo(longestIdle, 'another tenant needs its room');
  }

  #demandOf(pool: string) {
    const expected = this.#expected.missing(pool);
    return { pool, ...this.#roster.counts(pool), expected, waiting: this.#waiting.owners(pool) };
  }

  #knownPools(): Set<string> {
    return new Set([
      ...this.#roster.pools(),
      ...this.#waiting.pools(),
      ...this.#options.pools.names(),
    ]);
  }

  #log(message: string, details: Record<string, unknown>): void {
    this.#options.log?.(message, details);
  }
}

/** Whether the runner is its owner's now; waits for it. */
async function isBound(runner: Runner): Promise<boolean> {
  try {
    await runner.binding;
    return !runner.gone;
  } catch {
    return false;
  }
}
