import type { ControlOutcome, ControlRun, ResolvedPool } from '@cofferdam/protocol';
import type { ObjectReader } from '../../cluster/object-reader.ts';
import {
  ResourceCache,
  sandboxRuns,
  type CustomResource,
  type EventRecorder,
  type KubernetesClient,
} from '../../kubernetes/index.ts';
import { KeyedQueue } from '../../queue/keyed-queue.ts';
import { systemClock, type Clock } from '../../schedule/clock.ts';
import { apply } from './apply.ts';
import { Attempts } from './attempts.ts';
import { decide } from './decide.ts';
import { gather } from './gather.ts';
import type { PublishedForRuns } from './resolve.ts';
import { isFinished } from './status.ts';
import { StatusWriter } from './status-writer.ts';
import { trimRun } from './trim.ts';

export interface RunControllerOptions {
  client: KubernetesClient;
  /** Empty: all. */
  namespaces: readonly string[];
  recorder: Pick<EventRecorder, 'record'>;
  /** Asks a gateway; guest failures are in the outcome. Once for each key, however often it is asked. */
  run: (run: ControlRun, signal: AbortSignal) => Promise<ControlOutcome>;
  /** A published SandboxScript by `namespace/name`; undefined: there is none. */
  script: (key: string) => PublishedForRuns | undefined;
  pools: () => readonly ResolvedPool[];
  objects: Pick<ObjectReader, 'read'>;
  clock?: Clock | undefined;
  /** What failed and is tried again. */
  onError: (error: unknown) => void;
}

/** What is noticed within this time is looked at once. */
const NOTICE_MS = 200;
/** A timer takes 24 days at most; who waits longer looks every day. */
const LONGEST_WAIT_MS = 86_400_000;
const WRITERS = 8;

/**
 * Has every SandboxRun run once, writes down how it went, and removes it when its time is over. A run of a
 * SandboxScript is not one of that script's schedule: it changes nothing in the script's status.
 */
export class RunController {
  readonly #options: RunControllerOptions;
  readonly #clock: Clock;
  readonly #queue: KeyedQueue;
  readonly #attempts: Attempts;
  readonly #writer: StatusWriter;
  /** By uid, of runs that the cluster has. */
  readonly #keys = new Map<string, string>();
  readonly #uids = new Map<string, string>();
  #cache: ResourceCache<CustomResource> | undefined;
  #cancelNotice: (() => void) | undefined;

  constructor(options: RunControllerOptions) {
    const { clock = systemClock, onError } = options;
    this.#options = options;
    this.#clock = clock;
    this.#writer = new StatusWriter(options);
    this.#attempts = new Attempts({ ...options, clock, onChange: (uid) => this.#look(uid) });
    this.#queue = new KeyedQueue({
      handle: (key) => this.#reconcile(key),
      onFailure: (_key, error) => onError(error),
      concurrency: WRITERS,
      clock,
    });
  }

  /** Resolves when every run that there is is known; rejects when it is closed before. */
  async start(): Promise<void> {
    const { client, namespaces, onError } = this.#options;
    this.#cache = new ResourceCache({
      ...{ client, namespaces, onError, clock: this.#clock },
      resource: sandboxRuns,
      trim: trimRun,
      onChange: (key, object) => this.#onChange(key, object),
    });
    await this.#cache.synced();
  }

  /** Looks again at runs that wait for something: pools, scripts, Secrets or ConfigMaps have changed. */
  notice(): void {
    this.#cancelNotice ??= this.#clock.after(NOTICE_MS, () => {
      this.#cancelNotice = undefined;
      this.#attempts.notice();
    });
  }

  /** Ends without a word to the gateways: runs under way go on, and the next operator asks for them. */
  async close(): Promise<void> {
    this.#cancelNotice?.();
    this.#attempts.close();
    await this.#cache?.close();
    await this.#queue.close();
  }

  #onChange(key: string, object: CustomResource | undefined): void {
    const uid = object?.metadata.uid;
    const before = this.#uids.get(key);
    if (before !== undefined && before !== uid) this.#forget(before);
    if (!object || uid === undefined) {
      this.#uids.delete(key);
      return;
    }
    this.#uids.set(key, uid);
    this.#keys.set(uid, key);
    if (isFinished(object.status as Parameters<typeof isFinished>[0])) this.#writer.forget(uid);
    this.#queue.add(key);
  }

  #forget(uid: string): void {
    this.#keys.delete(uid);
    this.#attempts.forget(uid);
    this.#writer.forget(uid);
  }

  #look(uid: string): void {
    const key = this.#keys.get(uid);
    if (key !== undefined) this.#queue.add(key);
  }

  async #reconcile(key: string): Promise<void> {
    const object = this.#cache?.get(key);
    if (!object) return;
    // On its way out: nobody wants to know any more.
    if (object.metadata.deletionTimestamp !== undefined) {
      this.#attempts.forget(object.metadata.uid ?? '');
      return;
    }
    const room = { client: this.#options.client, attempts: this.#attempts, writer: this.#writer };
    const gathered = gather(object, { ...room, now: () => this.#clock.now() });
    const again = await apply(object, { gathered, decision: decide(gathered) }, room);
    if (!Number.isFinite(again)) return;
    const wait = Math.max(0, again - this.#clock.now());
    this.#queue.addAfter(key, Math.min(LONGEST_WAIT_MS, wait));
  }
}
