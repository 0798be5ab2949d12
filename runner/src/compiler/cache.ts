const MAX_BYTES = 32 * 1024 * 1024;
const MAX_ENTRIES = 2_000;
/** What an entry costs beside its texts. */
const OVERHEAD_BYTES = 512;

/** Compiled sources by digest; the least recently used go first. A failure is remembered too. */
export class CompileCache<T> {
  readonly #entries = new Map<string, { compiled: T; bytes: number }>();
  readonly #unitsOf: (compiled: T) => number;
  #bytes = 0;

  /** `unitsOf` is the length of the texts that an entry holds, in UTF-16 units. */
  constructor(unitsOf: (compiled: T) => number) {
    this.#unitsOf = unitsOf;
  }

  get(digest: string): T | undefined {
    const entry = this.#entries.get(digest);
    if (!entry) return undefined;
    this.#entries.delete(digest);
    this.#entries.set(digest, entry);
    return entry.compiled;
  }

  set(digest: string, compiled: T): void {
    if (this.#entries.has(digest)) return;
    const bytes = 2 * this.#unitsOf(compiled) + OVERHEAD_BYTES;
    this.#entries.set(digest, { compiled, bytes });
    this.#bytes += bytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= MAX_BYTES && this.#entries.size <= MAX_ENTRIES) break;
      this.#entries.delete(oldest);
      this.#bytes -= entry.bytes;
    }
  }
}
