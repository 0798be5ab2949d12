import type { KubernetesClient, KubernetesObject, ResourceDescriptor } from '@cofferdam/kubernetes';
import { KeyedQueue } from '../queue/keyed-queue.ts';
import { systemClock, type Clock } from '../schedule/clock.ts';
import { Reflector, REFLECTOR_TIMING, type ReflectorTiming } from './reflector.ts';

export interface ResourceCacheOptions<T extends KubernetesObject> {
  client: KubernetesClient;
  resource: ResourceDescriptor<T>;
  /** Watched one by one. Absent or empty: all namespaces, with one watch. */
  namespaces?: readonly string[] | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Keeps only `metadata`; `onChange` sees no more either. Default false. */
  metadataOnly?: boolean | undefined;
  /** Makes an object smaller before it is kept. It may change the object it is given. */
  trim?: ((object: T) => T) | undefined;
  /**
   * An object has come, changed or (undefined) gone; the cache has it so already. Called for each
   * event in its order, but for a relist only with what is different. Meant to be short: what takes
   * time belongs in a queue. When it throws or rejects, that is reported and it is called again
   * later, with the object as it is then.
   */
  onChange?: ((key: string, object: T | undefined) => void | Promise<void>) | undefined;
  /** Everything that existed at the start has been given to `onChange`. */
  onSynced?: (() => void) | undefined;
  /** A watch or a handler failed; the cache goes on by itself. */
  onError?: ((error: unknown) => void) | undefined;
  timing?: Partial<ReflectorTiming> | undefined;
  /** Objects on one page of a list. Default 250. */
  pageSize?: number | undefined;
  clock?: Clock | undefined;
  random?: (() => number) | undefined;
}

/** `namespace/name`, or the name alone of what is cluster-scoped. */
function keyOf({ metadata }: KubernetesObject): string {
  return metadata.namespace === undefined
    ? metadata.name
    : `${metadata.namespace}/${metadata.name}`;
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The objects of one kind as the API server has them, a moment later. Starts at once. */
export class ResourceCache<T extends KubernetesObject> {
  readonly #options: ResourceCacheOptions<T>;
  readonly #objects = new Map<string, T>();
  readonly #closing = new AbortController();
  readonly #retries: KeyedQueue;
  readonly #synced = Promise.withResolvers<void>();
  readonly #running: Promise<unknown>;
  #unsynced: number;

  constructor(options: ResourceCacheOptions<T>) {
    this.#options = options;
    this.#retries = new KeyedQueue({
      handle: async (key) => options.onChange?.(key, this.#objects.get(key)),
      onFailure: (_key, error) => this.#report(error),
      clock: options.clock ?? systemClock,
    });
    // Whoever waits for it learns that the cache was closed; nobody has to wait.
    this.#synced.promise.catch(() => {});
    const scopes = options.namespaces?.length ? [...new Set(options.namespaces)] : [undefined];
    this.#unsynced = scopes.length;
    this.#running = Promise.all(scopes.map((namespace) => this.#reflect(namespace)));
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  has(key: string): boolean {
    return this.#objects.has(key);
  }

  keys(): string[] {
    return [...this.#objects.keys()];
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Whether everything that existed at the start is known. */
  get isSynced(): boolean {
    return this.#unsynced === 0;
  }

  /** Resolves when everything that existed at the start is known; rejects when the cache is closed before. */
  synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Ends watches and retries; `onChange` is not called any more. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the cache was closed'));
    this.#synced.reject(new Error('the cache was closed'));
    await Promise.all([this.#running, this.#retries.close()]);
  }

  #reflect(namespace: string | undefined): Promise<void> {
    const { client, resource, labelSelector, fieldSelector, metadataOnly } = this.#options;
    const settle = this.#settler(namespace);
    const reflector = new Reflector<T>({
      client,
      resource,
      selection: { namespace, labelSelector, fieldSelector, metadataOnly },
      sink: {
        put: (object) => this.#put(object),
        remove: (object) => this.#remove(keyOf(object)),
        settle,
      },
      keyOf,
      onError: (error) => this.#report(error),
      clock: this.#options.clock ?? systemClock,
      random: this.#options.random ?? Math.random,
      timing: { ...REFLECTOR_TIMING, ...this.#options.timing },
      pageSize: this.#options.pageSize,
    });
    return reflector.run(this.#closing.signal);
  }

  #settler(namespace: string | undefined): (listed: ReadonlySet<string>) => void {
    let first = true;
    return (listed) => {
      for (const key of this.keys()) {
        const mine = namespace === undefined || key.startsWith(`${namespace}/`);
        if (mine && !listed.has(key)) this.#remove(key);
      }
      if (first) this.#scopeSynced();
      first = false;
    };
  }

  #scopeSynced(): void {
    this.#unsynced -= 1;
    if (this.#unsynced > 0) return;
    this.#synced.resolve();
    try {
      this.#options.onSynced?.();
    } catch (error) {
      this.#report(error);
    }
  }

  #put(object: T): void {
    const key = keyOf(object);
    const known = this.#objects.get(key)?.metadata;
    if (known?.resourceVersion === object.metadata.resourceVersion) return;
    // The same name, but another object: whoever keeps something about the old one must hear of its end.
    if (known && known.uid !== object.metadata.uid) this.#remove(key);
    this.#objects.set(key, this.#trimmed(object));
    this.#deliver(key);
  }

  #remove(key: string): void {
    if (this.#objects.delete(key)) this.#deliver(key);
  }

  #trimmed(object: T): T {
    const { metadata } = object;
    delete metadata.managedFields;
    // A copy of the whole object, which nothing here reads.
    if (metadata.annotations) delete metadata.annotations[LAST_APPLIED];
    return this.#options.trim?.(object) ?? object;
  }

  #deliver(key: string): void {
    const { onChange } = this.#options;
    if (!onChange || this.#closing.signal.aborted) return;
    const failed = (error: unknown) => {
      this.#report(error);
      this.#retries.addAfter(key, RETRY_MS);
    };
    try {
      onChange(key, this.#objects.get(key))?.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #report(error: unknown): void {
    try {
      this.#options.onError?.(error);
    } catch {
      // A reporter that fails has nobody to report to, and must not stop the watch.
    }
  }
}

/** The first wait after a handler failed; the queue's own waits follow. */
const RETRY_MS = 500;
