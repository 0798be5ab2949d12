/** What was tried to leave a sandbox, by kind of trick. */
export interface Category {
  /** As in docs/attacks.md. */
  category: string;
  /**
   * Name to the body of an async function that returns, throws or leaves behind whatever it got hold of; the
   * evidence kit then looks at all of it. `LISTENER` in it is the origin of a server that nobody may reach, and
   * `CANARY_FILE` a file that nobody may read.
   */
  attempts: Record<string, string>;
}

/** One attempt, as it is counted. */
export interface Attempt {
  category: string;
  name: string;
  code: string;
}

export function attemptsOf({ category, attempts }: Category): Attempt[] {
  return Object.entries(attempts).map(([name, code]) => ({ category, name, code }));
}
