import type { Compiled } from './compile.ts';

const MAX_BYTES = 32 * 1024 * 1024;
const MAX_ENTRIES = 2_000;
/** What an entry costs beside its texts. */
const OVERHEAD_BYTES = 512;

/** Compiled sources by digest; the least recently used go first. A failure is remembered too. */
export class CompileCache {
  readonly #entries = new Map<string, { compiled: Compiled; bytes: number }>();
  #bytes = 0;

  get(digest: string): Compiled | undefined {
    const entry = this.#entries.get(digest);
    if (!entry) return undefined;
    this.#entries.delete(digest);
    this.#entries.set(digest, entry);
    return entry.compiled;
  }

  set(digest: string, compiled: Compiled): void {
    if (this.#entries.has(digest)) return;
    const text = compiled.ok ? compiled.source.code.length + (compiled.source.map?.length ?? 0) : 0;
    const bytes = 2 * text + OVERHEAD_BYTES;
    this.#entries.set(digest, { compiled, bytes });
    this.#bytes += bytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= MAX_BYTES && this.#entries.size <= MAX_ENTRIES) break;
      this.#entries.delete(oldest);
      this.#bytes -= entry.bytes;
    }
  }
}
