import {
  prepareContext,
  profileKey,
  type PreparedContext,
  type PreparedIsolate,
  type Profile,
} from './prepared.ts';

/** As many as a process has runs at once by default: with fewer, some of them find none. */
const MAX_WARM = 8;
/** A warm isolate's heap and CPU time are shared by its runs: it retires long before it is full. */
const MAX_RUNS = 1_000;
const MAX_HEAP_SHARE = 0.5;

interface Warm {
  isolate: PreparedIsolate;
  /** The context of the next run. */
  prepared: PreparedContext;
  runs: number;
}

/**
 * Isolates for `reuse: script`: the same tenant (the process has one) and the same digest, a fresh
 * context for every run (0.4 ms where a fresh isolate takes 1.2). One run at a time in each.
 */
export class WarmIsolates {
  readonly #idle = new Map<string, Warm[]>();
  readonly #all = new Map<PreparedIsolate, Warm>();

  take(
    digest: string,
    profile: Profile,
  ): { isolate: PreparedIsolate; prepared: PreparedContext } | undefined {
    const key = keyOf(digest, profile);
    const warm = this.#idle.get(key)?.pop();
    if (!warm) return undefined;
    if (warm.isolate.isolate.isDisposed) {
      this.#all.delete(warm.isolate);
      return undefined;
    }
    warm.runs++;
    return { isolate: warm.isolate, prepared: warm.prepared };
  }

  /**
   * Keeps an isolate, whose thread is at rest, for the next run of its script; false when it is to
   * be thrown away.
   */
  give(
    digest: string,
    isolate: PreparedIsolate,
    used: PreparedContext,
    heapBytes: number,
  ): boolean {
    const runs = this.#all.get(isolate)?.runs ?? 1;
    const full = heapBytes > isolate.profile.memoryMiB * 2 ** 20 * MAX_HEAP_SHARE;
    if (full || runs >= MAX_RUNS || this.#all.size > MAX_WARM) return this.drop(isolate);
    let prepared: PreparedContext;
    try {
      used.run.release();
      used.context.release();
      // The next run's context is made now, while nobody waits for it.
      prepared = prepareContext(isolate);
    } catch {
      // Its heap is fuller than the figures said.
      return this.drop(isolate);
    }
    const warm: Warm = { isolate, prepared, runs };
    this.#all.set(isolate, warm);
    const key = keyOf(digest, isolate.profile);
    const idle = this.#idle.get(key) ?? [];
    idle.push(warm);
    this.#idle.set(key, idle);
    this.#evict();
    return true;
  }

  /** Forgets an isolate that is not kept. */
  drop(isolate: PreparedIsolate): false {
    this.#all.delete(isolate);
    return false;
  }

  #evict(): void {
    while (this.#all.size > MAX_WARM) {
      const [key, idle] = this.#idle.entries().next().value ?? [];
      if (!key || !idle) return;
      const warm = idle.shift();
      if (idle.length === 0) this.#idle.delete(key);
      if (!warm) continue;
      this.#all.delete(warm.isolate);
      warm.isolate.isolate.dispose();
    }
  }
}

function keyOf(digest: string, profile: Profile): string {
  return `${digest}:${profileKey(profile)}`;
}
