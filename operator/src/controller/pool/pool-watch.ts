import {
  pods,
  ResourceCache,
  runtimeClasses,
  sandboxPools,
  type CustomResource,
  type KubernetesClient,
  type Pod,
  type RuntimeClass,
} from '../../kubernetes/index.ts';
import type { Clock } from '../../schedule/clock.ts';
import { ALL_RUNNERS } from './names.ts';

export interface PoolWatchOptions {
  client: KubernetesClient;
  namespace: string;
  onPool: (name: string, object: CustomResource | undefined) => void;
  onPod: (name: string, pod: Pod | undefined) => void;
  /** Something about RuntimeClasses is other than before. */
  onClasses: () => void;
  onError: (error: unknown) => void;
  clock: Clock;
}

/** Without the right to read RuntimeClasses the rest shall work; pools then say what is not known. */
const CLASSES_WAIT_MS = 5_000;

/** What the API server has of pools, their pods and RuntimeClasses, a moment later. */
export class PoolWatch {
  readonly #options: PoolWatchOptions;
  #pools: ResourceCache<CustomResource> | undefined;
  #pods: ResourceCache<Pod> | undefined;
  #classes: ResourceCache<RuntimeClass> | undefined;

  constructor(options: PoolWatchOptions) {
    this.#options = options;
  }

  /** Resolves when everything that existed has been told; rejects when it is closed before. */
  async start(): Promise<void> {
    const { client, namespace, onPool, onPod, onClasses, onError, clock } = this.#options;
    const common = { client, onError, clock };
    this.#pools = new ResourceCache({ ...common, resource: sandboxPools, onChange: onPool });
    this.#pods = new ResourceCache({
      ...common,
      resource: pods,
      namespaces: [namespace],
      labelSelector: ALL_RUNNERS,
      onChange: (key, pod) => onPod(key.slice(namespace.length + 1), pod),
    });
    const classes = new ResourceCache({
      ...common,
      resource: runtimeClasses,
      onChange: onClasses,
      onSynced: onClasses,
    });
    this.#classes = classes;
    const patience = Promise.withResolvers<void>();
    const cancel = clock.after(CLASSES_WAIT_MS, patience.resolve);
    const known = Promise.race([classes.synced(), patience.promise]);
    await Promise.all([this.#pools.synced(), this.#pods.synced(), known]).finally(cancel);
  }

  pod(name: string): Pod | undefined {
    return this.#pods?.get(`${this.#options.namespace}/${name}`);
  }

  pods(): Pod[] {
    return this.#pods?.list() ?? [];
  }

  /** Undefined: there is none. */
  runtimeClass(name: string): RuntimeClass | undefined {
    return this.#classes?.get(name);
  }

  /** Whether a RuntimeClass that is not here is nowhere. */
  get knowsClasses(): boolean {
    return this.#classes?.isSynced ?? false;
  }

  async close(): Promise<void> {
    await Promise.all([this.#pools?.close(), this.#pods?.close(), this.#classes?.close()]);
  }
}
