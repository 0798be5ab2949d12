import { setImmediate as turn } from 'node:timers/promises';
import {
  CofferdamError,
  type Channel,
  type ControlOutcome,
  type ControlRun,
  type ExpectedRunner,
  type PoolDemand,
  type PublishedScript,
  type ResolvedPool,
  type ResolvedScript,
} from '@cofferdam/protocol';
import type { CompileVerdict } from '../status/script-store.ts';
import { Catalogue } from './catalogue.ts';
import type { ControlNotice } from './finished-run.ts';
import { GatewayConnection } from './gateway-connection.ts';
import type { RunnerEvents, RunnerGateways } from './runner-gateway.ts';

/** A message that is answered at once. */
const NOTICE_MS = 10_000;
/** A run may wait for a place and a runner as long as it runs, and both have a grace of 10 s. */
const RUN_MS = 600_000;
/** Changes of one moment go together. */
const GATHER_MS = 20;
/** A gateway that is replaced is back within seconds. */
const WAIT_MS = 20_000;

/** Where a gateway's private port is. */
export interface GatewayEndpoint {
  /** `host:port` or a Unix socket's path. */
  address: string;
  /** Whether it takes requests: runs go to such a one first. */
  ready: boolean;
}

export interface GatewaysOptions {
  token: string;
  epoch: number;
  events: RunnerEvents;
  onRun: (run: ControlNotice) => void;
  onError: (error: unknown) => void;
}

/** Every gateway there is: each is told the same, and any of them may be asked to run something. */
export class Gateways implements RunnerGateways {
  readonly #options: GatewaysOptions;
  readonly #catalogue = new Catalogue();
  readonly #runners = new Map<string, ExpectedRunner>();
  readonly #connections = new Map<string, GatewayConnection>();
  readonly #waiting = new Set<() => void>();
  #endpoints: readonly GatewayEndpoint[] = [];
  #publishing: NodeJS.Timeout | undefined;
  /** Settled when what was published last is known wherever it was said. */
  #told: Promise<void> = Promise.resolve();
  #started = Promise.withResolvers<void>();

  constructor(options: GatewaysOptions) {
    this.#options = options;
  }

  /** Everything that there was at the start is known: gateways may be told that it is all. */
  start(): void {
    this.#started.resolve();
  }

  /** Connects to these and to no others. */
  setEndpoints(endpoints: readonly GatewayEndpoint[]): void {
    this.#endpoints = endpoints;
    const wanted = new Set(endpoints.map(({ address }) => address));
    for (const [address, connection] of this.#connections) {
      if (wanted.has(address)) continue;
      connection.close();
      this.#connections.delete(address);
    }
    for (const address of wanted) {
      if (!this.#connections.has(address)) this.#connections.set(address, this.#connect(address));
    }
  }

  setPools(pools: ResolvedPool[]): void {
    this.#catalogue.setPools(pools);
    this.#publishSoon();
  }

  put(key: string, script: PublishedScript): void {
    this.#catalogue.put(key, script);
    this.#publishSoon();
  }

  drop(key: string): void {
    this.#catalogue.drop(key);
    this.#publishSoon();
  }

  /**
   * Every connected gateway knows what was put here before: a script that is called Ready can be run.
   * One that does not answer is waited for until the connection ends, 10 s at most.
   */
  async told(): Promise<void> {
    await turn(); // What is decided in this turn is put at its end.
    this.#publish();
    await this.#told;
  }

  expect(runner: ExpectedRunner): void {
    const before = this.#runners.get(runner.runnerId);
    if (before && JSON.stringify(before) === JSON.stringify(runner)) return;
    this.#runners.set(runner.runnerId, runner);
    void this.#tellAll('runner.expect', runner);
  }

  forget(runnerId: string): void {
    if (this.#runners.delete(runnerId)) void this.#tellAll('runner.forget', { runnerId });
  }

  retire(runnerId: string, reason: string): void {
    void this.#tellAll('runner.retire', { runnerId, reason });
  }

  demandOf(pool: string): PoolDemand {
    const sum: PoolDemand = { pool, joined: 0, unbound: 0, expected: 0, waiting: 0 };
    for (const connection of this.#connections.values()) {
      const demand = connection.demandOf(pool);
      if (!demand) continue;
      for (const name of ['joined', 'unbound', 'expected', 'waiting'] as const) {
        sum[name] += demand[name];
      }
    }
    return sum;
  }

  /** Guest failures are in the outcome; rejects with a CofferdamError for everything else. */
  async run(run: ControlRun, signal?: AbortSignal): Promise<ControlOutcome> {
    const channel = await this.#pick(signal);
    const options = { deadlineMs: RUN_MS, ...(signal ? { signal } : {}) };
    return (await channel.call('run', run, options).reply) as ControlOutcome;
  }

  async compile(script: ResolvedScript, signal: AbortSignal): Promise<CompileVerdict> {
    const channel = await this.#pick(signal);
    const options = { deadlineMs: NOTICE_MS * 6, signal };
    return (await channel.call('compile', script, options).reply) as CompileVerdict;
  }

  get connected(): number {
    return [...this.#connections.values()].filter(({ channel }) => channel).length;
  }

  close(): void {
    clearTimeout(this.#publishing);
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  #connect(address: string): GatewayConnection {
    return new GatewayConnection({
      ...this.#options,
      address,
      onOpen: (channel) => this.#tellEverything(channel),
      onChange: () => {
        for (const wake of this.#waiting) wake();
      },
    });
  }

  async #tellEverything(channel: Channel): Promise<void> {
    await this.#started.promise;
    for (const change of this.#catalogue.all()) {
      // eslint-disable-next-line no-await-in-loop -- one message after the other bounds what waits
      await channel.call('catalogue', change, { deadlineMs: NOTICE_MS }).reply;
    }
    const told = [...this.#runners.values()].map(
      (runner) => channel.call('runner.expect', runner, { deadlineMs: NOTICE_MS }).reply,
    );
    await Promise.all(told);
    await channel.call('ready', {}, { deadlineMs: NOTICE_MS }).reply;
  }

  #publishSoon(): void {
    this.#publishing ??= setTimeout(() => this.#publish(), GATHER_MS);
  }

  #publish(): void {
    clearTimeout(this.#publishing);
    this.#publishing = undefined;
    for (const change of this.#catalogue.changes()) {
      const told = Promise.all([this.#told, this.#tellAll('catalogue', change)]);
      this.#told = told.then(() => {});
    }
  }

  /** Settles when all have answered or failed. */
  async #tellAll(method: string, payload: unknown): Promise<void> {
    // One that is being told everything hears this as well; what fails is said on its next connection.
    const told = [...this.#connections.values()].map(({ current }) =>
      current?.call(method, payload, { deadlineMs: NOTICE_MS }).reply.catch(this.#options.onError),
    );
    await Promise.all(told);
  }

  /** A gateway that takes requests, or one that is connected at all; waits for one. */
  async #pick(signal?: AbortSignal): Promise<Channel> {
    const until = performance.now() + WAIT_MS;
    for (;;) {
      const channel = this.#best();
      if (channel) return channel;
      if (signal?.aborted) throw new CofferdamError('CANCELLED');
      const rest = until - performance.now();
      if (rest <= 0) throw new CofferdamError('UNAVAILABLE', 'no gateway is connected');
      // eslint-disable-next-line no-await-in-loop -- until one is there
      await this.#change(rest, signal);
    }
  }

  #best(): Channel | undefined {
    const open = (ready: boolean) =>
      this.#endpoints
        .filter((endpoint) => endpoint.ready === ready)
        .map(({ address }) => this.#connections.get(address)?.channel)
        .find((channel) => channel !== undefined);
    return open(true) ?? open(false);
  }

  #change(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#waiting.add(wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }
}
