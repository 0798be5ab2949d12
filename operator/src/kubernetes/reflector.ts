import {
  KubernetesError,
  listPages,
  type KubernetesClient,
  type KubernetesObject,
  type ResourceDescriptor,
  type Selection,
} from '@cofferdam/kubernetes';
import type { Clock } from '../schedule/clock.ts';
import { Backoff } from './backoff.ts';
import { wait } from './wait.ts';

/** What a reflector keeps up to date. */
export interface ReflectorSink<T> {
  put(object: T): void;
  remove(object: T): void;
  /** The list is complete: what is not among these keys is gone. */
  settle(listed: ReadonlySet<string>): void;
}

export interface ReflectorTiming {
  /** The server ends a watch by itself between this and half as much again, and it is resumed. Default 240 s. */
  watchSeconds: number;
  /** A watch that sends nothing for so long is taken for dead; bookmarks come each minute. Default 120 s. */
  silenceMs: number;
  /**
   * A full list as a safety net, after this to a fifth more: a server that was restored from a
   * backup sends nothing to a watch that is ahead of it, and no error. Default 30 min.
   */
  relistMs: number;
  /** The first wait after a failure, and the longest. Defaults 500 ms and 30 s. */
  backoffMs: number;
  maxBackoffMs: number;
  /** How long one page of a list may take. Default 30 s. */
  listDeadlineMs: number;
}

export const REFLECTOR_TIMING: ReflectorTiming = {
  watchSeconds: 240,
  silenceMs: 120_000,
  relistMs: 30 * 60_000,
  backoffMs: 500,
  maxBackoffMs: 30_000,
  listDeadlineMs: 30_000,
};

export interface ReflectorOptions<T extends KubernetesObject> {
  client: KubernetesClient;
  resource: ResourceDescriptor<T>;
  selection: Selection;
  sink: ReflectorSink<T>;
  keyOf: (object: T) => string;
  onError: (error: unknown) => void;
  clock: Clock;
  random: () => number;
  timing: ReflectorTiming;
  pageSize: number | undefined;
}

/** A watch that ended sooner did not really work, even if it ended politely. */
const SHORTEST_WATCH_MS = 1000;

/** After so many refusals in a row, the version that we ask from is suspected. */
const REFUSALS_TO_RELIST = 5;

/** Lists a collection, then watches it from there for ever; every way in which a watch can end leads back into it. */
export class Reflector<T extends KubernetesObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #backoff: Backoff;
  #version: string | undefined;
  #relistAt = 0;
  #refusals = 0;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    const { backoffMs: baseMs, maxBackoffMs: maxMs } = options.timing;
    this.#backoff = new Backoff({ baseMs, maxMs, random: options.random });
  }

  /** Resolves once the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#step(signal);
      } catch (error) {
        if (!signal.aborted) await this.#recover(error, signal);
      }
    }
  }

  async #step(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const startedAt = clock.now();
    if (this.#version === undefined || startedAt >= this.#relistAt) {
      this.#version = await this.#list(signal);
      return;
    }
    await this.#watch(this.#version, signal);
    if (clock.now() - startedAt >= SHORTEST_WATCH_MS) this.#works();
    else await this.#pause(signal);
  }

  /** Answers the version that the list is of. */
  async #list(signal: AbortSignal): Promise<string> {
    const { client, resource, selection, sink, keyOf, timing, clock, random } = this.#options;
    const listed = new Set<string>();
    let version = '';
    const { pageSize } = this.#options;
    const call = { selection, pageSize, signal, deadlineMs: timing.listDeadlineMs };
    for await (const page of listPages(client, resource, call)) {
      for (const object of page.items) {
        listed.add(keyOf(object));
        sink.put(object);
      }
      version = page.metadata.resourceVersion;
    }
    sink.settle(listed);
    this.#relistAt = clock.now() + timing.relistMs * (1 + random() / 5);
    return version;
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const { client, resource, selection, sink, timing, clock, random } = this.#options;
    const { silenceMs } = timing;
    const jittered = timing.watchSeconds * (1 + random() / 2);
    const untilRelist = (this.#relistAt - clock.now()) / 1000;
    const timeoutSeconds = Math.max(1, Math.ceil(Math.min(jittered, untilRelist)));
    const query = { ...selection, resourceVersion, timeoutSeconds, silenceMs, clock };
    for await (const { type, object } of client.watch(resource, query, signal)) {
      if (type === 'DELETED') sink.remove(object);
      else if (type !== 'BOOKMARK') sink.put(object);
      this.#version = object.metadata.resourceVersion;
      this.#works();
    }
  }

  #works(): void {
    this.#backoff.reset();
    this.#refusals = 0;
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const known = error instanceof KubernetesError ? error : undefined;
    if (known && !known.unreachable) this.#refusals += 1;
    if (known?.gone || this.#refusals >= REFUSALS_TO_RELIST) {
      this.#version = undefined;
      this.#refusals = 0;
    }
    this.#options.onError(error);
    await this.#pause(signal, known?.retryAfterMs);
  }

  async #pause(signal: AbortSignal, atLeastMs?: number): Promise<void> {
    await wait(this.#options.clock, this.#backoff.next(atLeastMs), signal);
  }
}
