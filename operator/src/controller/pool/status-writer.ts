import type { Condition, PoolStatus } from '@cofferdam/protocol';
import {
  KubernetesError,
  sandboxPools,
  type CustomResource,
  type EventRecorder,
  type KubernetesClient,
} from '../../kubernetes/index.ts';
import { FIELD_MANAGER } from './names.ts';

export interface StatusWriterOptions {
  client: KubernetesClient;
  recorder: Pick<EventRecorder, 'record'>;
}

/** How often numbers are written that mean no change for anybody. */
const FLOOR_MS = 30_000;

interface Written {
  uid: string | undefined;
  status: PoolStatus;
  /** Milliseconds since the epoch. */
  at: number;
}

/** Writes the status of pools when it means something else than before, and tells people of transitions. */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #written = new Map<string, Written>();

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  /** The status as it is now, which the cache may not show yet. */
  known(pool: CustomResource): PoolStatus | undefined {
    const written = this.#written.get(pool.metadata.name);
    if (written && written.uid === pool.metadata.uid) return written.status;
    const status = pool.status as PoolStatus | undefined;
    return Array.isArray(status?.conditions) ? status : undefined;
  }

  forget(name: string): void {
    this.#written.delete(name);
  }

  /** Answers when to come again with numbers that are not worth a write now. */
  async write(pool: CustomResource, status: PoolStatus, now: number): Promise<number> {
    const { name, uid } = pool.metadata;
    const before = this.known(pool);
    const due = before ? this.#dueAt(name, { before, status }) : now;
    if (due > now) return due;
    await this.#send(name, status);
    this.#written.set(name, { uid, status, at: now });
    this.#tell(pool, before, status);
    return Number.POSITIVE_INFINITY;
  }

  #dueAt(name: string, { before, status }: { before: PoolStatus; status: PoolStatus }): number {
    if (JSON.stringify(before) === JSON.stringify(status)) return Number.POSITIVE_INFINITY;
    if (meaning(before) !== meaning(status)) return 0;
    return (this.#written.get(name)?.at ?? 0) + FLOOR_MS;
  }

  async #send(name: string, status: PoolStatus): Promise<void> {
    const options = { fieldManager: FIELD_MANAGER, force: true, subresource: 'status' as const };
    try {
      await this.#options.client.applyServerSide(
        sandboxPools,
        { metadata: { name }, status },
        options,
      );
    } catch (error) {
      // The pool has gone, and what was to be said of it.
      if (!(error instanceof KubernetesError && error.notFound)) throw error;
    }
  }

  #tell(pool: CustomResource, before: PoolStatus | undefined, status: PoolStatus): void {
    for (const condition of status.conditions) {
      const known = before?.conditions.find(({ type }) => type === condition.type);
      if (!isTransition(known, condition)) continue;
      const { type, reason, message } = condition;
      this.#options.recorder.record(sandboxPools, pool, {
        type: condition.status === 'False' ? 'Warning' : 'Normal',
        reason,
        action: type === 'Ready' ? 'KeepRunners' : 'ProbeEgress',
        note: message,
      });
    }
  }
}

/** That nothing is known yet is no news; that something else is wrong now is. */
function isTransition(before: Condition | undefined, { status, reason }: Condition): boolean {
  if (status === 'Unknown') return false;
  if (before?.status !== status) return true;
  return status === 'False' && before.reason !== reason;
}

/** A status without its numbers. */
function meaning({ replicas: _replicas, ready, bound: _bound, ...rest }: PoolStatus): string {
  return JSON.stringify([rest, ready > 0]);
}
