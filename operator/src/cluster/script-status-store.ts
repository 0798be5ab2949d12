import { isDeepStrictEqual } from 'node:util';
import type { ScriptStatus } from '@cofferdam/protocol';
import { KeyedQueue } from '../queue/keyed-queue.ts';
import type { Clock } from '../schedule/clock.ts';
import type { CompileVerdict, ScriptStore, StoredScript } from '../status/script-store.ts';
import { compileKeyOf } from '../status/digest.ts';
import type { CustomResource } from '../kubernetes/index.ts';
import type { ScriptObjects } from './scripts.ts';

/** A check that runs every 10 s must not write to etcd every 10 s. */
const FLOOR_MS = 30_000;
/** Verdicts kept, the most recently used first. */
const MAX_VERDICTS = 10_000;

export interface ScriptStatusStoreOptions {
  objects: ScriptObjects;
  /** Writes the status of this script; what it rejects with is tried again. */
  write: (object: CustomResource, status: ScriptStatus) => Promise<void>;
  clock: Clock;
  onError: (error: unknown) => void;
}

interface Kept {
  status: ScriptStatus;
  /** What the cluster was last told, and when. What it is read as may be older. */
  written: ScriptStatus | undefined;
  writtenAt: number;
}

/** The status of a cluster's scripts: known at once, written on a transition or after a while. */
export class ScriptStatusStore implements ScriptStore {
  readonly #options: ScriptStatusStoreOptions;
  readonly #kept = new Map<string, Kept>();
  readonly #keys = new Map<string, string>();
  readonly #uids = new Map<string, string>();
  readonly #verdicts = new Map<string, CompileVerdict>();
  readonly #queue: KeyedQueue;

  constructor(options: ScriptStatusStoreOptions) {
    this.#options = options;
    this.#queue = new KeyedQueue({
      handle: (uid) => this.#flush(uid),
      onFailure: (_uid, error) => options.onError(error),
      concurrency: 8,
      clock: options.clock,
    });
  }

  uidOf(key: string): string | undefined {
    const uid = this.#options.objects.get(key)?.metadata.uid;
    const before = this.#uids.get(key);
    if (before !== undefined && before !== uid) this.#forget(before);
    if (uid !== undefined) {
      this.#keys.set(uid, key);
      this.#uids.set(key, uid);
    }
    return uid;
  }

  observe(uid: string): StoredScript {
    return this.read(uid) ?? { generation: 0 };
  }

  read(uid: string): StoredScript | undefined {
    const object = this.#objectOf(uid);
    if (!object) return undefined;
    const status = this.#kept.get(uid)?.status ?? readStatus(object);
    const decided = status?.lastScheduleTime;
    return {
      generation: object.metadata.generation ?? 0,
      ...(status ? { status } : {}),
      ...(decided === undefined ? {} : { decided: Date.parse(decided) }),
    };
  }

  writeStatus(uid: string, status: ScriptStatus): void {
    const object = this.#objectOf(uid);
    if (!object) return;
    const { clock } = this.#options;
    const kept = this.#kept.get(uid) ?? { status, written: readStatus(object), writtenAt: 0 };
    kept.status = status;
    this.#kept.set(uid, kept);
    if (hasTurned(kept)) this.#queue.add(uid);
    else this.#queue.addAfter(uid, Math.max(0, kept.writtenAt + FLOOR_MS - clock.now()));
  }

  writeDecided(uid: string, scheduledAt: number): void {
    const status = this.read(uid)?.status;
    if (!status) return;
    const lastScheduleTime = new Date(scheduledAt).toISOString();
    this.writeStatus(uid, { ...status, lastScheduleTime });
  }

  verdict(compileKey: string): CompileVerdict | undefined {
    const verdict = this.#verdicts.get(compileKey);
    if (verdict) this.rememberVerdict(compileKey, verdict);
    return verdict;
  }

  rememberVerdict(compileKey: string, verdict: CompileVerdict): void {
    this.#verdicts.delete(compileKey);
    this.#verdicts.set(compileKey, verdict);
    if (this.#verdicts.size <= MAX_VERDICTS) return;
    for (const oldest of this.#verdicts.keys()) {
      this.#verdicts.delete(oldest);
      return;
    }
  }

  /** Takes an earlier operator's word for what compiles, so that a restart asks no compiler about everything. */
  trustEarlier(): void {
    const { objects } = this.#options;
    for (const key of objects.keys()) {
      const known = compiledBefore(objects.get(key));
      if (known !== undefined) this.rememberVerdict(known, { valid: true });
    }
  }

  /** Writes what waits, once, and ends. */
  async close(): Promise<void> {
    const waiting = [...this.#kept].filter(([, kept]) => isNews(kept)).map(([uid]) => uid);
    await this.#queue.close();
    await Promise.allSettled(waiting.map((uid) => this.#flush(uid)));
  }

  async #flush(uid: string): Promise<void> {
    const object = this.#objectOf(uid);
    const kept = this.#kept.get(uid);
    if (!object || !kept) return this.#forget(uid);
    const { status } = kept;
    if (!isNews(kept)) return;
    await this.#options.write(object, status);
    kept.written = status;
    kept.writtenAt = this.#options.clock.now();
    // It may have turned back meanwhile.
    if (hasTurned(kept)) this.#queue.add(uid);
    else if (isNews(kept)) this.#queue.addAfter(uid, FLOOR_MS);
  }

  /** The cluster no longer has it. */
  #forget(uid: string): void {
    const key = this.#keys.get(uid);
    if (key !== undefined && this.#uids.get(key) === uid) this.#uids.delete(key);
    this.#kept.delete(uid);
    this.#keys.delete(uid);
  }

  #objectOf(uid: string): CustomResource | undefined {
    const key = this.#keys.get(uid);
    const object = key === undefined ? undefined : this.#options.objects.get(key);
    return object?.metadata.uid === uid ? object : undefined;
  }
}

/** The key of a source that the object's status says compiles, as it is now. */
function compiledBefore(object: CustomResource | undefined): string | undefined {
  const status = object && readStatus(object);
  if (!status || status.observedGeneration !== object.metadata.generation) return undefined;
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  if (ready?.reason !== 'Compiled' || status.digest === undefined) return undefined;
  const { engine = 'isolate', source } = Object(object.spec) as {
    engine?: string;
    source?: { language?: string };
  };
  const language = source?.language ?? 'auto';
  return compileKeyOf({ engine, language, digest: status.digest });
}

function readStatus(object: CustomResource): ScriptStatus | undefined {
  const status = object.status as ScriptStatus | undefined;
  if (!status?.conditions) return undefined;
  return status.recentRuns ? status : { ...status, recentRuns: [] };
}

function isNews({ status, written }: Kept): boolean {
  return !isDeepStrictEqual(status, written);
}

function hasTurned({ status, written }: Kept): boolean {
  return !written || essenceOf(status) !== essenceOf(written);
}

/** What a person or a program waits for: its change is written at once. */
function essenceOf({ observedGeneration, conditions, digest, pool }: ScriptStatus): string {
  return JSON.stringify([
    observedGeneration,
    digest,
    pool,
    conditions.map(({ type, status, reason }) => [type, status, reason]),
  ]);
}
