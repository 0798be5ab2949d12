import { CofferdamError, type Engine, type ResolvedScript } from '@cofferdam/protocol';
import type { GatewayPort } from '../../gateway-port.ts';
import { KeyedQueue } from '../../queue/keyed-queue.ts';
import type { Clock } from '../../schedule/clock.ts';
import type { Scheduler } from '../../schedule/scheduler.ts';
import type { ScriptSource } from '../../sources/source.ts';
import { compileKey } from '../../status/digest.ts';
import type { ScriptStore } from '../../status/script-store.ts';
import { apply } from './apply.ts';
import { decide } from './decide.ts';
import { gather, type Fault, type References } from './gather.ts';
import { Publisher } from './publisher.ts';
import { RouteClaims } from './route-claims.ts';

export interface ScriptLoopOptions {
  source: ScriptSource;
  store: ScriptStore;
  scheduler: Scheduler;
  gateway: Pick<GatewayPort, 'compile' | 'publish'>;
  engines: ReadonlySet<Engine>;
  epoch: number;
  clock: Clock;
  references?: References;
  /** The hosts that servers may have. Default: those of `*.localhost`. */
  serverHosts?: readonly string[] | undefined;
  /** Told of every script whose status is other than before. */
  onStatus?: (key: string) => void;
}

/** Keeps what is true of every script as its resource and its runs want it. */
export class ScriptLoop {
  readonly #options: ScriptLoopOptions;
  readonly #queue: KeyedQueue;
  readonly #publisher: Publisher;
  readonly #routes: RouteClaims;
  readonly #faults = new Map<string, Fault>();
  readonly #abort = new AbortController();

  constructor(options: ScriptLoopOptions) {
    this.#options = options;
    const { source, store, serverHosts } = options;
    this.#routes = new RouteClaims({ source, store, hosts: serverHosts });
    this.#publisher = new Publisher(
      (catalogue) => options.gateway.publish(catalogue),
      options.epoch,
    );
    this.#queue = new KeyedQueue({
      handle: (key) => this.#reconcile(key),
      onFailure: (key, error) => this.#noteFailure(key, error),
      clock: options.clock,
    });
  }

  /** Looks at these scripts again. */
  notice(keys: Iterable<string>): void {
    const all = [...keys];
    // Who has a route is known when all who want it are.
    for (const key of all) this.#note(key);
    for (const key of all) this.#queue.add(key);
  }

  /** Decides with what is known now. */
  look(keys: Iterable<string>): void {
    const all = [...keys];
    for (const key of all) this.#note(key);
    for (const key of all) this.#pass(key);
  }

  /** Remembers why nothing was learned of a script (undefined: something was), and looks at it. */
  setFault(key: string, fault: Fault | undefined): void {
    if (fault) this.#faults.set(key, fault);
    else this.#faults.delete(key);
    this.#queue.add(key);
  }

  /** The script as it may run now. */
  runnable(key: string): ResolvedScript | undefined {
    return this.#publisher.get(key);
  }

  /** Resolves when everything noticed so far was looked at. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#queue.close();
  }

  async #reconcile(key: string): Promise<void> {
    const check = this.#pass(key);
    if (!check) return;
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(COMPILE_WAIT_MS)]);
    const verdict = await this.#options.gateway.compile(check, signal);
    this.#options.store.rememberVerdict(compileKey(check), verdict);
    this.#faults.delete(key);
    this.#pass(key);
  }

  #note(key: string): void {
    for (const other of this.#routes.note(key)) this.#queue.add(other);
  }

  /** Gather, decide and apply in one turn; answers the script whose source must be checked. */
  #pass(key: string): ResolvedScript | undefined {
    const { clock, onStatus } = this.#options;
    const gathered = gather(key, {
      ...this.#options,
      routes: this.#routes,
      now: () => clock.now(),
      faultOf: (of) => this.#faults.get(of),
    });
    const decision = decide(gathered);
    const changed = apply(
      key,
      { gathered, decision },
      { ...this.#options, publisher: this.#publisher },
    );
    if (changed) onStatus?.(key);
    if (decision.kind === 'gone') this.#faults.delete(key);
    return decision.kind === 'present' && decision.check ? decision.publish : undefined;
  }

  #noteFailure(key: string, error: unknown): void {
    if (this.#abort.signal.aborted) return;
    const { code, message } = CofferdamError.from(error);
    this.#faults.set(key, { code, message });
    this.#pass(key);
  }
}

/** A compiler that has not answered by then is away; the queue asks again later. */
const COMPILE_WAIT_MS = 30_000;
