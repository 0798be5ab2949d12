import type { Catalogue, ResolvedScript } from '@cofferdam/protocol';

/** Versions of one process; more changes than this do not come. */
const VERSIONS_PER_EPOCH = 2 ** 24;

/** The scripts that may run, published whole: once for all changes of one turn. */
export class Publisher {
  readonly #scripts = new Map<string, ResolvedScript>();
  readonly #publish: (catalogue: Catalogue) => void;
  #version: number;
  #waiting = false;

  /** A later epoch's versions are higher than all of an earlier one's. */
  constructor(publish: (catalogue: Catalogue) => void, epoch: number) {
    this.#publish = publish;
    this.#version = epoch * VERSIONS_PER_EPOCH;
  }

  get(key: string): ResolvedScript | undefined {
    return this.#scripts.get(key);
  }

  set(key: string, script: ResolvedScript): void {
    const before = this.#scripts.get(key);
    if (before && JSON.stringify(before) === JSON.stringify(script)) return;
    this.#scripts.set(key, script);
    this.#later();
  }

  remove(key: string): void {
    if (this.#scripts.delete(key)) this.#later();
  }

  #later(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    queueMicrotask(() => {
      this.#waiting = false;
      this.#version += 1;
      this.#publish({ version: this.#version, scripts: [...this.#scripts.values()] });
    });
  }
}
