import { apiVersionOf, type ResourceDescriptor } from './descriptors.ts';
import { Endpoint, type EndpointOptions } from './endpoint.ts';
import { InCluster } from './in-cluster.ts';
import { kubeconfigAccess } from './kubeconfig.ts';
import { KubernetesError } from './kubernetes-error.ts';
import type { KubernetesObject, ObjectList } from './objects.ts';
import { queryOf, resourcePath } from './resource-path.ts';
import { Transport, type HttpCall, type TransportOptions } from './transport.ts';
import { openWatch, type WatchQuery } from './watch.ts';
import type { WatchEvent } from './watch-stream.ts';

const DEADLINE_MS = 15_000;

export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** How long the call may take as a whole. Default 15 s. */
  deadlineMs?: number | undefined;
}

export interface ObjectKey {
  /** Absent for what is cluster-scoped. */
  namespace?: string | undefined;
  name: string;
}

export interface Selection {
  /** Absent: all namespaces. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Only `metadata` of the objects is sent: for Secrets and ConfigMaps whose content is read when it is needed. */
  metadataOnly?: boolean | undefined;
}

export interface ListQuery extends Selection {
  /** Objects on this page. Default: all. {@link listPages} goes through the pages. */
  limit?: number | undefined;
  continue?: string | undefined;
}

export interface DeleteOptions extends CallOptions {
  /** Deletes only this very object; a later one of the same name answers a conflict. */
  uid?: string | undefined;
  /** Deletes only what has not changed since; else a conflict. */
  resourceVersion?: string | undefined;
  gracePeriodSeconds?: number | undefined;
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' | undefined;
}

export interface ApplyOptions extends CallOptions {
  /** Who owns the fields that are written. */
  fieldManager: string;
  /** Takes fields from other managers. Default false: a conflict. */
  force?: boolean | undefined;
  subresource?: 'status' | undefined;
}

export interface PatchOptions extends CallOptions {
  /** Patches only what has not changed since; else a conflict. */
  resourceVersion?: string | undefined;
  subresource?: 'status' | undefined;
  fieldManager?: string | undefined;
}

/** An object to be written: the descriptor knows its apiVersion and kind. */
export type Draft<T extends KubernetesObject> = Omit<T, 'apiVersion' | 'kind' | 'metadata'> & {
  metadata: Partial<T['metadata']>;
};

/** A part of an object: `null` removes a field. */
export type MergePatch = Record<string, unknown>;

export interface JsonPatchOperation {
  op: 'add' | 'remove' | 'replace' | 'test' | 'move' | 'copy';
  path: string;
  value?: unknown;
  from?: string;
}

/**
 * The verbs of an API server, for any kind by its descriptor. Every call rejects with a
 * {@link KubernetesError}, or with the reason of the caller's signal; none is sent a second time.
 */
export class KubernetesClient {
  readonly #transport: Transport;
  readonly #guard: () => void;

  constructor(transport: Transport, guard: () => void = () => {}) {
    this.#transport = transport;
    this.#guard = guard;
  }

  /** The same client, whose writes ask `guard` right before they are sent: it throws where they must not be. */
  guarded(guard: () => void): KubernetesClient {
    return new KubernetesClient(this.#transport, guard);
  }

  async get<T extends KubernetesObject>(
    resource: ResourceDescriptor<T>,
    key: ObjectKey,
    options: CallOptions = {},
  ): Promise<T> {
    return (await this.#json({ method: 'GET', path: resourcePath(resource, key) }, options)) as T;
  }

  /** One page; its `metadata.continue` leads to the next. */
  async list<T extends KubernetesObject>(
    resource: ResourceDescriptor<T>,
    query: ListQuery = {},
    options: CallOptions = {},
  ): Promise<ObjectList<T>> {
    const { namespace, metadataOnly, ...rest } = query;
    const path = resourcePath(resource, { namespace }) + queryOf({ ...rest });
    const accept = metadataOnly ? accepting('PartialObjectMetadataList') : undefined;
    return (await this.#json({ method: 'GET', path, accept }, options)) as ObjectList<T>;
  }

  async create<T extends KubernetesObject>(
    resource: ResourceDescriptor<T>,
    object: Draft<T>,
    options: CallOptions & { fieldManager?: string | undefined } = {},
  ): Promise<T> {
    const { namespace } = object.metadata;
    const query = queryOf({ fieldManager: options.fieldManager });
    const path = resourcePath(resource, { namespace }) + query;
    return (await this.#json(
      { method: 'POST', path, body: named(resource, object) },
      options,
    )) as T;
  }

  /** Resolves when the deletion is accepted: finalizers and a grace period may keep the object for a while. */
  async delete(
    resource: ResourceDescriptor,
    key: ObjectKey,
    options: DeleteOptions = {},
  ): Promise<void> {
    const { uid, resourceVersion, gracePeriodSeconds, propagationPolicy } = options;
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid, resourceVersion },
      gracePeriodSeconds,
      propagationPolicy,
    };
    await this.#json({ method: 'DELETE', path: resourcePath(resource, key), body }, options);
  }

  /** Creates the object or takes over the fields that are given; what the manager gave before and gives no more goes. */
  async applyServerSide<T extends KubernetesObject>(
    resource: ResourceDescriptor<T>,
    object: KubernetesObject | (Partial<Draft<T>> & { metadata: ObjectKey }),
    options: ApplyOptions,
  ): Promise<T> {
    const { fieldManager, force, subresource } = options;
    const { namespace, name } = object.metadata;
    const path = resourcePath(resource, { namespace, name, subresource });
    return (await this.#json(
      {
        method: 'PATCH',
        path: path + queryOf({ fieldManager, force }),
        contentType: 'application/apply-patch+yaml',
        body: named(resource, object),
      },
      options,
    )) as T;
  }

  async mergePatch<T extends KubernetesObject>(
    resource: ResourceDescriptor<T>,
    target: { key: ObjectKey; patch: MergePatch },
    options: PatchOptions = {},
  ): Promise<T> {
    const { subresource, fieldManager, resourceVersion } = options;
    const path = resourcePath(resource, { ...target.key, subresource });
    return (await this.#json(
      {
        method: 'PATCH',
        path: path + queryOf({ fieldManager }),
        contentType: 'application/merge-patch+json',
        body: guarded(target.patch, resourceVersion),
      },
      options,
    )) as T;
  }

  async jsonPatch<T extends KubernetesObject>(
    resource: ResourceDescriptor<T>,
    target: { key: ObjectKey; operations: JsonPatchOperation[] },
    options: Omit<PatchOptions, 'resourceVersion'> = {},
  ): Promise<T> {
    const { subresource, fieldManager } = options;
    const path = resourcePath(resource, { ...target.key, subresource });
    return (await this.#json(
      {
        method: 'PATCH',
        path: path + queryOf({ fieldManager }),
        contentType: 'application/json-patch+json',
        body: target.operations,
      },
      options,
    )) as T;
  }

  /**
   * Events from a resourceVersion on, until the server ends the watch. Throws when the connection
   * breaks, falls silent, or the version is gone: going on from there is the caller's part.
   */
  watch<T extends KubernetesObject>(
    resource: ResourceDescriptor<T>,
    query: WatchQuery & Selection,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>> {
    return openWatch<T>(this.#transport, { resource, query }, signal);
  }

  /** Closes idle connections. Calls and watches under way end with an error. */
  close(): void {
    this.#transport.close();
  }

  async #json(call: HttpCall, options: CallOptions): Promise<unknown> {
    if (call.method !== 'GET') this.#guard();
    const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(tooLate(call, deadlineMs)), deadlineMs);
    const signals = options.signal ? [options.signal, deadline.signal] : [deadline.signal];
    return this.#transport.json(call, AbortSignal.any(signals)).finally(() => clearTimeout(timer));
  }
}

function tooLate({ method, path }: HttpCall, deadlineMs: number): KubernetesError {
  const message = `${method} ${path.split('?')[0]}: no answer within ${deadlineMs} ms`;
  return new KubernetesError({ status: 0, reason: 'Timeout', message });
}

function accepting(kind: string): string {
  return `application/json;as=${kind};g=meta.k8s.io;v=v1`;
}

function named(resource: ResourceDescriptor, object: object): object {
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
}

function guarded(patch: MergePatch, resourceVersion: string | undefined): MergePatch {
  if (resourceVersion === undefined) return patch;
  return { ...patch, metadata: { ...Object(patch.metadata), resourceVersion } };
}

export interface ConnectOptions extends TransportOptions, EndpointOptions {
  /** Path of a kubeconfig. Default: $KUBECONFIG, else the pod's service account. */
  kubeconfig?: string | undefined;
}

/** Throws `INVALID_CONFIG` when no cluster is configured; whether it answers shows at the first call. */
export async function connect(options: ConnectOptions): Promise<KubernetesClient> {
  const { kubeconfig } = options;
  const explicit = kubeconfig !== undefined || Boolean(process.env.KUBECONFIG);
  const source = explicit
    ? await kubeconfigAccess(kubeconfig)
    : new InCluster({ environment: process.env });
  return new KubernetesClient(new Transport(new Endpoint(source, options), options));
}
