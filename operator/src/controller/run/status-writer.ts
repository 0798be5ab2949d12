import type { Condition, RunStatus } from '@cofferdam/protocol';
import {
  KubernetesError,
  sandboxRuns,
  type CustomResource,
  type EventRecorder,
  type KubernetesClient,
  type ObjectMeta,
} from '../../kubernetes/index.ts';
import { FIELD_MANAGER } from '../pool/names.ts';
import { isFinished } from './status.ts';

export interface StatusWriterOptions {
  client: KubernetesClient;
  recorder: Pick<EventRecorder, 'record'>;
}

interface Written {
  status: RunStatus;
  /** The version that the cache had then, and the one that the write made. */
  seen: string | undefined;
  made: string | undefined;
}

/** Writes the status of runs where it says something else than before, and tells people what failed. */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  /** By uid: what the cache may not show yet. */
  readonly #written = new Map<string, Written>();

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  /** The status as it is now. That a run is over stays true, whatever is seen of it later. */
  known({ metadata, status }: CustomResource): RunStatus | undefined {
    const written = this.#written.get(metadata.uid ?? '');
    const seen = readStatus(status);
    if (!written || isFinished(seen)) return seen;
    return written.status;
  }

  /** The cluster shows it, or the run is gone. */
  forget(uid: string): void {
    this.#written.delete(uid);
  }

  /** Answers false where the run is other than the cache says: it has to be looked at again. */
  async write(object: CustomResource, status: RunStatus): Promise<boolean> {
    const { uid = '', resourceVersion: seen } = object.metadata;
    const before = this.known(object);
    if (before && essenceOf(before) === essenceOf(status)) return true;
    const last = this.#written.get(uid);
    const current = last && last.seen === seen ? last.made : seen;
    const made = await this.#apply(object.metadata, current, status);
    if (!made) return false;
    this.#written.set(uid, { status, seen, made: made.resourceVersion });
    this.#tell(object, before, status);
    return true;
  }

  /** The version only, and nothing else of its metadata, keeps a later run of the name from the end of this one. */
  async #apply(
    { name, namespace }: ObjectMeta,
    resourceVersion: string | undefined,
    status: RunStatus,
  ): Promise<Pick<ObjectMeta, 'resourceVersion'> | undefined> {
    try {
      const written = await this.#options.client.applyServerSide(
        sandboxRuns,
        { metadata: { name, ...optional({ namespace, resourceVersion }) }, status },
        { fieldManager: FIELD_MANAGER, force: true, subresource: 'status' },
      );
      return written.metadata;
    } catch (error) {
      // It is gone, and the cache will show it; until then nothing is to be done about it either.
      if (error instanceof KubernetesError && error.notFound) {
        return resourceVersion === undefined ? {} : { resourceVersion };
      }
      if (error instanceof KubernetesError && error.conflict) return undefined;
      throw error;
    }
  }

  #tell(object: CustomResource, before: RunStatus | undefined, now: RunStatus): void {
    const failed = failedOf(now);
    if (!failed || (now.phase !== 'Failed' && !isWaiting(now))) return;
    const known = before && failedOf(before);
    if (known?.status === failed.status && known.reason === failed.reason) return;
    this.#options.recorder.record(sandboxRuns, object, {
      type: 'Warning',
      reason: failed.reason,
      action: 'Run',
      note: failed.message,
    });
  }
}

function optional<T extends object>(fields: T): Partial<{ [K in keyof T]: NonNullable<T[K]> }> {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Partial<{ [K in keyof T]: NonNullable<T[K]> }>;
}

function isWaiting({ phase, conditions }: RunStatus): boolean {
  return phase === 'Pending' && conditions.every(({ reason }) => reason !== 'Queued');
}

function failedOf({ conditions }: RunStatus): Condition | undefined {
  return conditions.find(({ type }) => type === 'Failed');
}

function readStatus(status: unknown): RunStatus | undefined {
  const known = status as RunStatus | undefined;
  return Array.isArray(known?.conditions) ? known : undefined;
}

/** Without what is only the moment of the writing. */
function essenceOf({ phase, conditions, observedGeneration }: RunStatus): string {
  return JSON.stringify([
    phase,
    observedGeneration,
    conditions.map(({ type, status, reason, message }) => [type, status, reason, message]),
  ]);
}
