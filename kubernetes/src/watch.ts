import type { Selection } from './client.ts';
import type { ResourceDescriptor } from './descriptors.ts';
import { KubernetesError } from './kubernetes-error.ts';
import type { KubernetesObject } from './objects.ts';
import { queryOf, resourcePath } from './resource-path.ts';
import { failureOf, type Transport } from './transport.ts';
import { watchEvents, type WatchEvent } from './watch-stream.ts';

export interface WatchClock {
  /** Calls back once after a while; answers how to prevent it. */
  after(ms: number, callback: () => void): () => void;
}

const MACHINE_CLOCK: WatchClock = {
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

export interface WatchQuery {
  resourceVersion: string;
  /** After this the server ends the watch. */
  timeoutSeconds: number;
  /** A watch that sends nothing for so long is taken for dead. Bookmarks come about each minute. */
  silenceMs: number;
  /** Default: the machine's. */
  clock?: WatchClock | undefined;
}

/** Over the server's own end of the watch: a proxy that answers for it must not keep us for ever. */
const OVERTIME_MS = 15_000;

export interface WatchTarget<T extends KubernetesObject> {
  resource: ResourceDescriptor<T>;
  query: WatchQuery & Selection;
}

/**
 * Written on node:https: client-node's Watch ends after 30 quiet seconds, swallows what a handler
 * throws, and bounds no line.
 */
export async function* openWatch<T extends KubernetesObject>(
  transport: Transport,
  { resource, query }: WatchTarget<T>,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<T>> {
  const { silenceMs, timeoutSeconds, clock = MACHINE_CLOCK } = query;
  const silence = new SilenceGuard(clock, silenceMs);
  const over = AbortSignal.timeout(timeoutSeconds * 1000 + OVERTIME_MS);
  const any = AbortSignal.any([signal, silence.signal, over]);
  try {
    const response = await transport.stream(
      { method: 'GET', path: pathOf(resource, query), accept: acceptOf(query) },
      any,
      'watch',
    );
    try {
      yield* watchEvents<T>(silence.guard(response));
    } finally {
      response.destroy();
    }
  } catch (error) {
    throw failureOf(error, any);
  } finally {
    silence.end();
  }
}

function pathOf(resource: ResourceDescriptor, query: WatchQuery & Selection): string {
  const { namespace, labelSelector, fieldSelector, resourceVersion, timeoutSeconds } = query;
  return (
    resourcePath(resource, { namespace }) +
    queryOf({
      watch: true,
      allowWatchBookmarks: true,
      labelSelector,
      fieldSelector,
      resourceVersion,
      timeoutSeconds,
    })
  );
}

function acceptOf({ metadataOnly }: Selection): string | undefined {
  return metadataOnly ? 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' : undefined;
}

/** Aborts when no byte has come for a while, from before the connection is made. */
class SilenceGuard {
  readonly #controller = new AbortController();
  readonly #clock: WatchClock;
  readonly #silenceMs: number;
  #cancel: () => void;

  constructor(clock: WatchClock, silenceMs: number) {
    this.#clock = clock;
    this.#silenceMs = silenceMs;
    this.#cancel = this.#start();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  async *guard(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.#cancel();
      this.#cancel = this.#start();
      yield chunk;
    }
  }

  end(): void {
    this.#cancel();
  }

  #start(): () => void {
    return this.#clock.after(this.#silenceMs, () => {
      const message = `the watch sent nothing for ${this.#silenceMs} ms`;
      this.#controller.abort(new KubernetesError({ status: 0, reason: 'Silent', message }));
    });
  }
}
