import { CofferdamError, type RunnerOwner } from '@cofferdam/protocol';
import { KubernetesError, pods, type KubernetesClient, type Pod } from '../../kubernetes/index.ts';
import { SCOPE_ANNOTATION, TENANT_LABEL } from './names.ts';
import { isAlive, isSameOwner, ownerOf } from './runner-pod.ts';

export interface BinderOptions {
  client: KubernetesClient;
  namespace: string;
  /** The last copy of the pod that is known here. */
  podOf: (name: string) => Pod | undefined;
}

/** Of a label's value. */
const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
/** A run waits for it, and may find another runner. */
const DEADLINE_MS = 5_000;

/**
 * Writes on a pod whose it is. The API server takes the write only if the pod is as it was read, so of
 * two owners one at most succeeds, whoever writes for them.
 */
export class Binder {
  readonly #options: BinderOptions;
  /** Owners that are being written, or were and the cache does not show it yet. */
  readonly #owners = new Map<string, RunnerOwner>();

  constructor(options: BinderOptions) {
    this.#options = options;
  }

  /** Whose the pod is or is about to be, as far as no copy of it shows it. */
  ownerOf(name: string): RunnerOwner | undefined {
    return this.#owners.get(name);
  }

  /** The cache has shown the pod, or (undefined) its end. */
  seen(name: string, pod: Pod | undefined): void {
    if (!pod || ownerOf(pod)) this.#owners.delete(name);
  }

  /** Rejects with `FORBIDDEN` or `UNAVAILABLE`; otherwise answers the pod as it is now. */
  async bind(name: string, owner: RunnerOwner): Promise<Pod> {
    if (!LABEL_VALUE.test(owner.tenant)) throw later(`${owner.tenant} is no namespace`);
    const other = this.#owners.get(name);
    if (other && !isSameOwner(other, owner)) throw refused(name);
    this.#owners.set(name, owner);
    try {
      return await this.#write(name, owner);
    } catch (error) {
      if (!other) this.#owners.delete(name);
      throw asRefusal(name, error);
    }
  }

  async #write(name: string, owner: RunnerOwner): Promise<Pod> {
    const known = this.#options.podOf(name) ?? (await this.#read(name));
    try {
      return await this.#claim(known, owner);
    } catch (error) {
      if (!(error instanceof KubernetesError && error.conflict)) throw error;
    }
    return this.#claim(await this.#read(name), owner);
  }

  /** Throws a conflict when the pod has changed since it was read. */
  async #claim(pod: Pod, owner: RunnerOwner): Promise<Pod> {
    const { name, resourceVersion } = pod.metadata;
    const before = ownerOf(pod);
    if (before && isSameOwner(before, owner)) return pod;
    if (before || !isAlive(pod) || resourceVersion === undefined) throw refused(name);
    const labels = { [TENANT_LABEL]: owner.tenant };
    const annotations = owner.scope === undefined ? {} : { [SCOPE_ANNOTATION]: owner.scope };
    const target = { key: this.#key(name), patch: { metadata: { labels, annotations } } };
    const options = { resourceVersion, deadlineMs: DEADLINE_MS };
    return this.#options.client.mergePatch(pods, target, options);
  }

  #read(name: string): Promise<Pod> {
    return this.#options.client.get(pods, this.#key(name), { deadlineMs: DEADLINE_MS });
  }

  #key(name: string) {
    return { namespace: this.#options.namespace, name };
  }
}

function asRefusal(name: string, error: unknown): unknown {
  if (!(error instanceof KubernetesError)) return error;
  return error.notFound ? refused(name) : later(error.message);
}

function refused(name: string): CofferdamError {
  return new CofferdamError('FORBIDDEN', `the runner ${name} is somebody else's, or gone`);
}

function later(why: string): CofferdamError {
  return new CofferdamError('UNAVAILABLE', `the runner's owner could not be written: ${why}`);
}
