import type { ResolvedPool, RunnerOwner, RunnerReport } from '@cofferdam/protocol';
import type { RunnerEvents, RunnerGateways } from '../../gateways/runner-gateway.ts';
import {
  KubernetesError,
  type CustomResource,
  type EventRecorder,
  type KubernetesClient,
  type Pod,
} from '../../kubernetes/index.ts';
import { KeyedQueue } from '../../queue/keyed-queue.ts';
import { systemClock, type Clock } from '../../schedule/clock.ts';
import { Announcer } from './announcer.ts';
import { apply } from './apply.ts';
import { Binder } from './binder.ts';
import { confirm } from './confirm.ts';
import { decide } from './decide.ts';
import { gather } from './gather.ts';
import { Ledger } from './ledger.ts';
import { PoolMemories } from './memory.ts';
import { POOL_LABEL } from './names.ts';
import { sweepOrphans } from './orphans.ts';
import type { PodSettings } from './pod-template.ts';
import { PoolBook } from './pool-book.ts';
import { podOf, type PoolRoom } from './pool-room.ts';
import { PoolWatch } from './pool-watch.ts';
import { joinedCondition, Reports, writeJoined } from './reports.ts';
import { RunnerMaker, UNANSWERED } from './runner-maker.ts';
import { StatusWriter } from './status-writer.ts';

export interface PoolControllerOptions extends PodSettings {
  client: KubernetesClient;
  gateways: RunnerGateways;
  recorder: Pick<EventRecorder, 'record'>;
  /** Where runner pods are made; nothing else should be there. */
  runnerNamespace: string;
  /** `host:port` that no runner may reach. */
  apiServerAddress: string;
  /** Told of every change in the pools that are valid, by name; once at the start. Must not throw. */
  onPools: (pools: ResolvedPool[]) => void;
  /** What failed and is tried again. */
  onError: (error: unknown) => void;
  clock?: Clock | undefined;
}

const SWEEP_MS = 60_000;

/** Keeps as many runner pods as pools and demand want, and writes down whose they are. */
export class PoolController implements RunnerEvents {
  readonly #options: PoolControllerOptions;
  readonly #clock: Clock;
  readonly #room: PoolRoom;
  readonly #announcer: Announcer;
  readonly #queue: KeyedQueue;
  /** Pods whose readiness gate may have to be written, by name. */
  readonly #gates: KeyedQueue;
  /** By the pod's name: the last event of a pod does not say it. */
  readonly #poolOf = new Map<string, string>();
  #started = false;
  #closed = false;
  #cancelSweep = () => {};

  constructor(options: PoolControllerOptions) {
    const { onError } = options;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#announcer = new Announcer(options.gateways, options.apiServerAddress);
    this.#room = this.#makeRoom();
    const queue = {
      clock: this.#clock,
      onFailure: (_key: string, error: unknown) => onError(error),
    };
    this.#queue = new KeyedQueue({ ...queue, handle: (name) => this.#reconcile(name) });
    this.#gates = new KeyedQueue({ ...queue, handle: (name) => this.#writeGate(name) });
  }

  /**
   * Resolves when pools and pods are known and every runner that may dial was announced; rejects when
   * it is closed before.
   */
  async start(): Promise<void> {
    await this.#room.watch.start();
    this.#started = true;
    this.#options.onPools(this.pools());
    for (const name of [...this.#room.book.names(), ...this.#poolOf.values()])
      this.#queue.add(name);
    this.#sweepLater();
  }

  /** Lets everything go on as it is: pods, and what gateways know. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelSweep();
    await this.#room.watch.close();
    await Promise.all([this.#queue.close(), this.#gates.close()]);
  }

  /** The valid ones, by name. */
  pools(): ResolvedPool[] {
    return this.#room.book.valid();
  }

  onDemand(pool: string): void {
    this.#look(pool);
  }

  onReport(report: RunnerReport): void {
    this.#room.reports.add(report, this.#clock.now());
    this.#gates.add(report.runnerId);
    const pool = this.#poolNameOf(report.runnerId);
    if (pool !== undefined) this.#look(pool);
  }

  onDiscard(runnerId: string, reason: string): void {
    const pool = this.#poolNameOf(runnerId);
    if (pool === undefined) return;
    this.#room.discarded.set(runnerId, reason);
    this.#look(pool);
  }

  async bind(runnerId: string, owner: RunnerOwner): Promise<void> {
    this.#announcer.announce(await this.#room.binder.bind(runnerId, owner));
    const pool = this.#poolNameOf(runnerId);
    if (pool !== undefined) this.#look(pool);
  }

  #makeRoom(): PoolRoom {
    const { client, gateways, recorder, runnerNamespace: namespace, onError } = this.#options;
    const clock = this.#clock;
    const now = () => clock.now();
    const ledger = new Ledger();
    const discarded = new Map<string, string>();
    const watch = new PoolWatch({
      client,
      namespace,
      onPool: (name, object) => this.#onPool(name, object),
      onPod: (name, pod) => this.#onPod(name, pod),
      onClasses: () => this.#room.book.names().forEach((name) => this.#look(name)),
      onError,
      clock,
    });
    return {
      ...{ client, gateways, namespace, watch, ledger, discarded, now },
      settings: this.#options,
      book: new PoolBook(),
      binder: new Binder({ client, namespace, podOf: (name) => podOf({ watch, ledger }, name) }),
      reports: new Reports(),
      maker: new RunnerMaker({
        ...{ client, ledger, announcer: this.#announcer, namespace, now },
        onUseless: (name, why) => void discarded.set(name, why),
      }),
      writer: new StatusWriter({ client, recorder }),
      memories: new PoolMemories(),
    };
  }

  #look(pool: string): void {
    if (this.#started && !this.#closed) this.#queue.add(pool);
  }

  #poolNameOf(runnerId: string): string | undefined {
    return podOf(this.#room, runnerId)?.metadata.labels?.[POOL_LABEL];
  }

  async #reconcile(name: string): Promise<void> {
    await confirm(name, this.#room);
    const look = gather(name, this.#room);
    const decision = decide(look.gathered);
    const again = await apply(look, decision, this.#room);
    const wait = again - this.#clock.now();
    if (Number.isFinite(wait)) this.#queue.addAfter(name, Math.max(1, wait));
  }

  async #writeGate(name: string): Promise<void> {
    const pod = podOf(this.#room, name);
    const known = this.#room.reports.get(name);
    const condition = pod && known && joinedCondition(pod, known.report, this.#clock.now());
    if (!condition) return;
    try {
      await writeJoined(this.#options.client, pod, condition);
    } catch (error) {
      if (error instanceof KubernetesError && (error.notFound || error.conflict)) return;
      throw error;
    }
  }

  #onPool(name: string, object: CustomResource | undefined): void {
    const changed = this.#room.book.set(name, object);
    if (!object) {
      this.#room.writer.forget(name);
      this.#room.memories.forget(name);
    }
    if (changed && this.#started) this.#options.onPools(this.pools());
    this.#look(name);
  }

  #onPod(name: string, pod: Pod | undefined): void {
    const { ledger, binder, discarded, reports, memories } = this.#room;
    const pool = pod?.metadata.labels?.[POOL_LABEL] ?? this.#poolOf.get(name);
    if (pool === undefined) return;
    const isUseless = ledger.seen(name, pod);
    binder.seen(name, pod);
    if (pod) {
      this.#poolOf.set(name, pool);
      this.#announcer.announce(pod);
      if (isUseless) discarded.set(name, UNANSWERED);
      if (reports.get(name)) this.#gates.add(name);
    } else {
      this.#poolOf.delete(name);
      this.#announcer.forget(name);
      reports.forget(name);
      discarded.delete(name);
      memories.of(pool).retiring.delete(name);
    }
    this.#look(pool);
  }

  #sweepLater(): void {
    if (this.#closed) return;
    this.#cancelSweep = this.#clock.after(SWEEP_MS, () => {
      void sweepOrphans(this.#room)
        .catch((error: unknown) => this.#options.onError(error))
        .finally(() => this.#sweepLater());
    });
  }
}
