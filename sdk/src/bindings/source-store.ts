/** Bytes (of UTF-16) of texts that are kept; one query's alone may be more. */
const MAX_CHARS = 32 * 1024 * 1024;

/** Texts of modules by their digest, least recently used first to go. */
export class SourceStore {
  readonly #texts = new Map<string, string>();
  readonly #maxChars: number;
  #chars = 0;

  constructor(maxChars = MAX_CHARS) {
    this.#maxChars = maxChars;
  }

  keep(digest: string, text: string): void {
    this.#forget(digest);
    this.#texts.set(digest, text);
    this.#chars += text.length;
    for (const [oldest] of this.#texts) {
      if (this.#chars <= this.#maxChars || oldest === digest) return;
      this.#forget(oldest);
    }
  }

  get(digest: string): string | undefined {
    return this.#texts.get(digest);
  }

  #forget(digest: string): void {
    const text = this.#texts.get(digest);
    if (text === undefined) return;
    this.#texts.delete(digest);
    this.#chars -= text.length;
  }
}
