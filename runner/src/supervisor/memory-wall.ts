/** Beyond what its guests were given, twice over: V8 counts neither everything nor always. */
const SLACK_BYTES = 192 * 1024 * 1024;

/** What a process may grow by for guests of such limits, beyond what the watcher inside allows: for when that is stuck. */
export function outerWallBytes(guests: Iterable<{ memoryBytes: number }>): number {
  let bytes = SLACK_BYTES;
  for (const { memoryBytes } of guests) bytes += 2 * memoryBytes;
  return bytes;
}

/**
 * What a process may have grown by, which is less when one of its guests is over. Their memory goes
 * back in its own time, as long as a second on a busy machine: until then the process may have as
 * much as it had, and never more.
 */
export class MemoryWall {
  #ceiling = 0;

  /** The process may have so much from here on, whatever it was allowed before. */
  raise(allowedBytes: number): void {
    this.#ceiling = Math.max(this.#ceiling, allowedBytes);
  }

  /** What was allowed before does not count any more. */
  reset(): void {
    this.#ceiling = 0;
  }

  /** Whether it has more than it may have now, or has kept since it was allowed more. */
  isBroken(grownBytes: number, allowedBytes: number): boolean {
    this.raise(allowedBytes);
    if (grownBytes > this.#ceiling) return true;
    this.#ceiling = Math.max(allowedBytes, grownBytes);
    return false;
  }
}
