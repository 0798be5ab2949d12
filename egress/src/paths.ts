/**
 * What one server reads as a slash, a dot or an end, and the next one as a part of a name: encoded once or more
 * often, or with a parameter behind dots (`/..;a/`). The URL parser has resolved all other dots.
 */
const AMBIGUOUS = /%(?:25)*(?:2f|5c|2e|00)|\/\.{1,2};/i;

/** Path prefixes as a rule names them, compared by whole segments. */
export class Paths {
  readonly #prefixes: string[];

  constructor(prefixes: readonly string[]) {
    this.#prefixes = prefixes.flatMap((prefix) => normal(prefix) ?? []);
  }

  /** Whether a path, as the URL parser left it, is one of them or below one. */
  cover(path: string): boolean {
    if (AMBIGUOUS.test(path)) return false;
    return this.#prefixes.some(
      (prefix) => path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`),
    );
  }
}

/** Compared with what the parser made of a request's path, so it goes through the same parser. */
function normal(prefix: string): string | undefined {
  return URL.parse(`http://host${prefix}`)?.pathname;
}
