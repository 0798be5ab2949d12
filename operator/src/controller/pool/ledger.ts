import type { Pod } from '../../kubernetes/index.ts';

/** A write that the cache has not shown yet. */
export interface Expectation {
  pool: string;
  name: string;
  /** When it was sent or last confirmed, in milliseconds since the epoch. */
  at: number;
}

interface Creation extends Expectation {
  /**
   * sent: there is no answer yet; shown: nor is there one, but the cache has the pod; made: the API
   * server has answered with the pod; unanswered: it never will.
   */
  state: 'sent' | 'shown' | 'made' | 'unanswered';
  pod?: Pod;
}

/** A cache that has shown nothing for so long is not believed: whoever asks the API server knows. */
export const CONFIRM_AFTER_MS = 30_000;

/**
 * Pods that were created and deleted and that the cache has not shown yet. They count, so a cache that
 * lags leads to no second creation.
 */
export class Ledger {
  readonly #creations = new Map<string, Creation>();
  /** By uid. */
  readonly #deletions = new Map<string, Expectation>();

  /** A pod is about to be created. */
  creating(expectation: Expectation): void {
    this.#creations.set(expectation.name, { ...expectation, state: 'sent' });
  }

  created(name: string, pod: Pod): void {
    const creation = this.#creations.get(name);
    if (creation?.state === 'shown') this.#creations.delete(name);
    else if (creation) Object.assign(creation, { state: 'made', pod });
  }

  /** Whether the pod was created is not known. Answers true when it is already known that it was. */
  unanswered(name: string): boolean {
    const creation = this.#creations.get(name);
    if (creation?.state === 'shown') return this.#creations.delete(name);
    if (creation) creation.state = 'unanswered';
    return false;
  }

  /** The pod of this uid was asked to go. */
  deleted(uid: string, expectation: Expectation): void {
    this.#creations.delete(expectation.name);
    this.#deletions.set(uid, expectation);
  }

  /** The cache has shown the pod, or (undefined) its end. Answers true when nobody knew that it was created. */
  seen(name: string, pod: Pod | undefined): boolean {
    for (const [uid, deletion] of this.#deletions) {
      const shown = pod?.metadata.uid !== uid || pod.metadata.deletionTimestamp !== undefined;
      if (deletion.name === name && shown) this.#deletions.delete(uid);
    }
    const creation = this.#creations.get(name);
    if (creation?.state === 'sent') creation.state = 'shown';
    else this.#creations.delete(name);
    return creation?.state === 'unanswered' && pod !== undefined;
  }

  isDeleted(uid: string | undefined): boolean {
    return uid !== undefined && this.#deletions.has(uid);
  }

  /** A pod that the API server has told of and the cache has not. */
  pod(name: string): Pod | undefined {
    return this.#creations.get(name)?.pod;
  }

  /** Pods of the pool that the cache does not have yet. */
  pods(pool: string): Pod[] {
    return this.#of(pool).flatMap(({ pod }) => pod ?? []);
  }

  /** Creations that may or may not have happened. */
  unknown(pool: string): number {
    return this.#of(pool).filter(({ state }) => state === 'unanswered').length;
  }

  /** What somebody must ask the API server about. */
  overdue(pool: string, now: number): { creations: string[]; deletions: [string, string][] } {
    const isDue = (each: Expectation) => each.pool === pool && now - each.at >= CONFIRM_AFTER_MS;
    return {
      creations: [...this.#creations.values()].filter(isDue).map(({ name }) => name),
      deletions: [...this.#deletions].flatMap(([uid, each]) =>
        isDue(each) ? [[uid, each.name]] : [],
      ),
    };
  }

  /** The API server was asked: the pod is as expected, and the cache will show it. */
  confirm(name: string, now: number): void {
    const known = [this.#creations.get(name), ...this.#deletions.values()];
    for (const each of known) if (each?.name === name) each.at = now;
  }

  /** The API server was asked: there is no such pod, or the deletion has not happened. */
  drop(name: string): void {
    this.#creations.delete(name);
    for (const [uid, each] of this.#deletions) if (each.name === name) this.#deletions.delete(uid);
  }

  /** When the first of the pool's is overdue. */
  dueAt(pool: string): number {
    const all = [...this.#creations.values(), ...this.#deletions.values()];
    const times = all.filter((each) => each.pool === pool).map(({ at }) => at + CONFIRM_AFTER_MS);
    return Math.min(Number.POSITIVE_INFINITY, ...times);
  }

  #of(pool: string): Creation[] {
    return [...this.#creations.values()].filter((each) => each.pool === pool);
  }
}
