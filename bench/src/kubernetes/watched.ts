import {
  ResourceCache,
  type KubernetesClient,
  type KubernetesObject,
  type ResourceDescriptor,
} from '@cofferdam/operator/kubernetes';

/** A resource with what is asked about it here. */
export interface Seen extends KubernetesObject {
  status?: { conditions?: { type: string; status: string; reason?: string; message?: string }[] };
}

type Test = (object: Seen | undefined) => boolean;

/** Long enough for a pod of gVisor on a busy machine. */
const DEADLINE_MS = 120_000;

/** What a kind's objects become, noticed when the API server says so. */
export class Watched {
  readonly #cache: ResourceCache<Seen>;
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(client: KubernetesClient, resource: ResourceDescriptor) {
    this.#cache = new ResourceCache<Seen>({
      client,
      resource: resource as ResourceDescriptor<Seen>,
      onChange: (key) => {
        for (const look of [...(this.#waiting.get(key) ?? []), ...(this.#waiting.get('') ?? [])])
          look();
      },
      onError: (error) => process.stderr.write(`${String(error)}\n`),
    });
  }

  synced(): Promise<void> {
    return this.#cache.synced();
  }

  list(): Seen[] {
    return this.#cache.list();
  }

  /** When the object at `namespace/name` passes, by `performance.now()`; undefined stands for one that is gone. */
  async until(key: string, test: Test): Promise<number> {
    return this.#until(key, () => test(this.#cache.get(key)));
  }

  /** When all objects together pass. */
  async untilAll(test: (objects: Seen[]) => boolean, deadlineMs = DEADLINE_MS): Promise<number> {
    return this.#until('', () => test(this.#cache.list()), deadlineMs);
  }

  close(): Promise<void> {
    return this.#cache.close();
  }

  #until(key: string, passes: () => boolean, deadlineMs = DEADLINE_MS): Promise<number> {
    if (passes()) return Promise.resolve(performance.now());
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const looks = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, looks);
    const look = () => {
      if (passes()) resolve(performance.now());
    };
    looks.add(look);
    const about = key === '' ? 'all of a kind' : JSON.stringify(this.#cache.get(key)?.status);
    const late = () => reject(new Error(`${key} did not get there: ${about}`));
    const timer = setTimeout(late, deadlineMs);
    return promise.finally(() => {
      clearTimeout(timer);
      looks.delete(look);
      if (looks.size === 0) this.#waiting.delete(key);
    });
  }
}

/** Whether a condition of an object is true. */
export function isTrue(object: Seen | undefined, type: string): boolean {
  const { conditions = [] } = object?.status ?? {};
  return conditions.some((one) => one.type === type && one.status === 'True');
}
