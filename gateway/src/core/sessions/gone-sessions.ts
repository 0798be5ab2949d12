import type { GoneRow } from '../records/session-table.ts';

/** Ended sessions that one tenant's callers may still ask for by their ids; the oldest is forgotten first. */
const MAX_GONE = 4_096;

/** Why sessions are gone, by their ids. */
export class GoneSessions {
  readonly #now: () => number;
  readonly #byId = new Map<string, GoneRow>();

  constructor(now: () => number) {
    this.#now = now;
  }

  get isEmpty(): boolean {
    this.#forgetOld();
    return this.#byId.size === 0;
  }

  get(id: string): GoneRow | undefined {
    const gone = this.#byId.get(id);
    return gone && gone.until > this.#now() ? gone : undefined;
  }

  add(gone: GoneRow): void {
    this.#forgetOld();
    this.#byId.set(gone.id, gone);
    if (this.#byId.size > MAX_GONE) this.#byId.delete(this.#byId.keys().next().value!);
  }

  /** Forgets those of a key of whose end nobody was told; answers their ids. */
  free(key: string): string[] {
    const all = [...this.#byId.values()].filter((gone) => gone.key === key && !gone.told);
    for (const { id } of all) this.#byId.delete(id);
    return all.map(({ id }) => id);
  }

  delete(id: string): boolean {
    return this.#byId.delete(id);
  }

  #forgetOld(): void {
    for (const [id, { until }] of this.#byId) {
      if (until > this.#now()) return;
      this.#byId.delete(id);
    }
  }
}
