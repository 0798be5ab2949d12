import type { CallHandler, Channel } from '@cofferdam/protocol';
import { CofferdamError } from '@cofferdam/protocol';
import { monotonicClock, type Clock } from '../clock.ts';
import { JoinServer } from './join-server.ts';
import { JoinTokens } from './join-tokens.ts';
import type {
  AcquireOptions,
  RegisteredRunner,
  RunnerLease,
  RunnerRegistry,
  RunnerSource,
} from './registry.ts';
import { Lease, Runner, type RunnerIdentity } from './runner.ts';
import { Supply } from './supply.ts';
import { WaitingRoom } from './waiting-room.ts';

export interface RegistryOptions {
  /** Where runners dial. The socket is made with mode 0600. */
  socketPath: string;
  /** Milliseconds after which an idle runner is let go. Default 10 minutes. */
  idleMs?: number;
  /** Runners that are kept, used or not. Default 1. */
  min?: number;
  /** Runners at once; beyond it the longest idle one makes room. Default 16. */
  max?: number;
  /** Milliseconds within which an announced runner must join. Default 30 s. */
  joinTimeoutMs?: number;
  /** Answers a bound runner's `blob` call for its tenant. */
  onBlob?: (tenant: string, ...call: Parameters<CallHandler>) => unknown;
  log?: (message: string, details: Record<string, unknown>) => void;
  clock?: Clock;
}

/** How often idle runners and lost requests are looked for: at most once a second. */
const SWEEP_MS = 1_000;

/** Opens the socket and keeps the runners that dial it. */
export async function createRunnerRegistry(options: RegistryOptions): Promise<RunnerRegistry> {
  const registry = new SocketRegistry(options);
  await registry.listen();
  return registry;
}

class SocketRegistry implements RunnerRegistry {
  readonly #options: RegistryOptions;
  readonly #now: Clock;
  readonly #min: number;
  readonly #idleMs: number;
  readonly #server: JoinServer;
  readonly #tokens: JoinTokens;
  readonly #supply: Supply;
  readonly #waiting = new WaitingRoom();
  readonly #runners = new Set<Runner>();
  #sweeper: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#now = options.clock ?? monotonicClock;
    this.#min = options.min ?? 1;
    this.#idleMs = options.idleMs ?? 600_000;
    const joinTimeoutMs = options.joinTimeoutMs ?? 30_000;
    this.#tokens = new JoinTokens(joinTimeoutMs, this.#now);
    const bounds = { min: this.#min, max: options.max ?? 16, joinTimeoutMs };
    this.#supply = new Supply(bounds, this.#now);
    this.#server = new JoinServer({
      socketPath: options.socketPath,
      takeToken: (token) => this.#tokens.take(token),
      now: this.#now,
      onJoin: (identity) => this.#join(identity),
      onCall: (channel) => this.#blobHandler(channel),
      log: (message, details) => this.#log(message, details),
    });
  }

  async listen(): Promise<void> {
    await this.#server.listen();
    this.#sweeper = setInterval(() => this.sweep(), Math.min(SWEEP_MS, this.#idleMs));
    this.#sweeper.unref();
  }

  get expected(): number {
    return this.#tokens.size + this.#supply.asked;
  }

  attach(source: RunnerSource): void {
    this.#supply.attach(source);
    this.#balance();
  }

  expect(token: string): string {
    this.#supply.announced();
    return this.#tokens.add(token);
  }

  forget(runnerId: string): void {
    if (this.#tokens.forget(runnerId)) this.#waiting.wake();
  }

  list(): RegisteredRunner[] {
    return [...this.#runners].map((runner) => runner.describe());
  }

  async ask(runnerId: string, method: string, deadlineMs: number): Promise<unknown> {
    for (const { identity } of this.#runners) {
      if (identity.runnerId === runnerId)
        return identity.channel.call(method, {}, { deadlineMs }).reply;
    }
    throw new CofferdamError('UNAVAILABLE', 'the runner is gone');
  }

  async acquire(tenant: string, options: AcquireOptions): Promise<RunnerLease> {
    const since = this.#now();
    for (;;) {
      if (this.#closed) throw new CofferdamError('SHUTTING_DOWN');
      const runner = this.#pick(tenant);
      const waitedMs = this.#now() - since;
      const rest = { deadlineMs: options.deadlineMs - waitedMs, signal: options.signal };
      if (!runner) {
        await this.#waitForRunner(tenant, rest);
        continue;
      }
      const lease = new Lease(runner, waitedMs, this.#released);
      if (!runner.binding) return lease;
      const bound = await this.#untilBound(runner, lease);
      if (bound) return new Lease(runner, this.#now() - since, this.#released);
      this.#refuseLate(since, options);
    }
  }

  /** Lets idle runners go and asks for missing ones. */
  sweep(): void {
    const oldest = this.#now() - this.#idleMs;
    for (const runner of this.#idleRunners()) {
      if (this.#runners.size <= this.#min || runner.idleSince > oldest) break;
      this.#letGo(runner, 'idle');
    }
    this.#balance();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweeper);
    this.#waiting.wake();
    for (const runner of this.#runners) runner.identity.channel.close();
    await this.#server.close();
  }

  readonly #released = (runner: Runner): void => {
    runner.idleSince = this.#now();
    if (this.#waiting.tenants > 0) this.#balance();
  };

  /** The tenant's runner with the fewest calls, else an unbound one, which is its from now on. */
  #pick(tenant: string): Runner | undefined {
    let best: Runner | undefined;
    let unbound: Runner | undefined;
    for (const runner of this.#runners) {
      if (runner.tenant === undefined) unbound ??= runner;
      else if (runner.tenant === tenant && runner.active < (best?.active ?? Infinity))
        best = runner;
    }
    if (best || !unbound) return best;
    unbound.bind(tenant);
    return unbound;
  }

  async #waitForRunner(tenant: string, options: AcquireOptions): Promise<void> {
    const change = this.#waiting.wait(tenant, options);
    this.#balance();
    await change;
  }

  async #untilBound(runner: Runner, lease: Lease): Promise<boolean> {
    try {
      await runner.binding;
      return !runner.gone;
    } catch {
      return false;
    } finally {
      lease.release();
    }
  }

  #refuseLate(since: number, { deadlineMs, signal }: AcquireOptions): void {
    if (signal?.aborted) throw new CofferdamError('CANCELLED');
    if (this.#now() - since >= deadlineMs) throw new CofferdamError('UNAVAILABLE');
  }

  #join(identity: RunnerIdentity): void {
    const runner = new Runner(identity);
    this.#runners.add(runner);
    void identity.channel.closed.then((reason) => this.#lost(runner, reason));
    this.#waiting.wake();
  }

  #lost(runner: Runner, reason: CofferdamError | undefined): void {
    runner.gone = true;
    if (!this.#runners.delete(runner)) return;
    const { runnerId } = runner.identity;
    const why = reason?.message ?? 'the connection ended';
    if (!this.#closed) this.#log('a runner is gone', { runnerId, tenant: runner.tenant, why });
    this.#supply.discard(runnerId, why);
    this.#waiting.wake();
  }

  #letGo(runner: Runner, why: string): void {
    this.#log('a runner is let go', { runnerId: runner.identity.runnerId, why });
    runner.gone = true;
    this.#runners.delete(runner);
    runner.identity.channel.close();
    this.#supply.discard(runner.identity.runnerId, why);
  }

  #balance(): void {
    if (this.#closed) return;
    const missing = this.#supply.balance(this.#state());
    if (missing === 0) return;
    const [longestIdle] = this.#idleRunners().filter((runner) => runner.tenant !== undefined);
    if (!longestIdle) return;
    this.#letGo(longestIdle, 'another tenant needs its room');
    this.#supply.balance(this.#state());
  }

  #state() {
    const joined = this.#runners.size;
    const unbound = [...this.#runners].filter((runner) => runner.tenant === undefined).length;
    return { joined, unbound, announced: this.#tokens.size, waiting: this.#waiting.tenants };
  }

  /** Longest idle first. */
  #idleRunners(): Runner[] {
    const idle = [...this.#runners].filter((runner) => runner.active === 0);
    return idle.sort((a, b) => a.idleSince - b.idleSince);
  }

  #blobHandler(channel: Channel): CallHandler | undefined {
    const { onBlob } = this.#options;
    for (const { identity, tenant } of this.#runners) {
      if (identity.channel === channel && tenant !== undefined && onBlob) {
        return (call) => onBlob(tenant, call);
      }
    }
    return undefined;
  }

  #log(message: string, details: Record<string, unknown>): void {
    this.#options.log?.(message, details);
  }
}
