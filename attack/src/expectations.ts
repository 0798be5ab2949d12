import { readFileSync } from 'node:fs';

/** What is known not to hold, and why. */
interface Expectation {
  suite: string;
  attempt: string;
  /** Where alone; default: everywhere. */
  engine?: string;
  target?: string;
  reason: string;
}

/** One thing that was tried, and where. */
export interface Attempt {
  suite: string;
  attempt: string;
  engine?: string;
  target?: string;
}

/**
 * Fails for an attempt that got through and is not known to, and for one that is known to and did not: whatever is
 * mended must leave the list.
 */
export class Expectations {
  readonly #entries: readonly Expectation[];

  constructor(entries: readonly Expectation[]) {
    const bare = entries.find(({ reason }) => !(reason.trim().length > 0));
    if (bare) throw new Error(`${nameOf(bare)} is expected to get through, and nothing says why`);
    this.#entries = entries;
  }

  /** `held`: whether the wall did. `detail` is said where it did not. */
  verdict(attempt: Attempt, held: boolean, detail = ''): void {
    const known = this.#entries.find((entry) => covers(entry, attempt));
    if (held && known) throw new Error(`unexpected success: ${nameOf(attempt)} is held off now`);
    if (held || known) return;
    throw new Error(`${nameOf(attempt)} got through${detail && `: ${detail}`}`);
  }
}

/** Of attack/expectations.json. */
export const expectations = new Expectations(
  JSON.parse(
    readFileSync(new URL('../expectations.json', import.meta.url), 'utf8'),
  ) as Expectation[],
);

function covers(entry: Expectation, { suite, attempt, engine, target }: Attempt): boolean {
  if (entry.suite !== suite || entry.attempt !== attempt) return false;
  if (entry.engine !== undefined && entry.engine !== engine) return false;
  return entry.target === undefined || entry.target === target;
}

function nameOf({ suite, attempt, engine, target }: Attempt): string {
  return [suite, attempt, engine, target].filter((part) => part !== undefined).join(' / ');
}
