import { expectations } from '../src/expectations.ts';
import { targetName } from '../src/target.ts';
import type { Attempt } from './attempt.ts';
import { judge, type Seen } from './judge.ts';

interface Place {
  engine: 'isolate' | 'deno';
  /** Realms of one kind have one mark when they are fresh. */
  realm: string;
}

/** What a suite has tried and seen: for each attempt all that got through in any of its runs. */
export class Tally {
  runs = 0;
  looked = 0;
  readonly #alarms = new Map<string, { attempt: Attempt; engine: string; alarms: string[] }>();
  readonly #marks = new Map<string, string>();

  /** Judges one run, and whether its realm was as all others of its kind were. */
  add(attempt: Attempt, { engine, realm }: Place, seen: Seen): void {
    const { looked, mark, alarms } = judge(seen);
    this.runs++;
    if (looked) this.looked++;
    const known = this.#marks.get(realm);
    if (mark !== undefined && known !== undefined && mark !== known) {
      alarms.push(`the realm was ${mark}, and others of ${realm} were ${known}`);
    }
    if (mark !== undefined) this.#marks.set(realm, known ?? mark);
    const key = `${engine}: ${attempt.name}`;
    const entry = this.#alarms.get(key) ?? { attempt, engine, alarms: [] };
    entry.alarms.push(...alarms.map((alarm) => `${realm}: ${alarm}`));
    this.#alarms.set(key, entry);
  }

  get attempts(): number {
    return this.#alarms.size;
  }

  categories(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { attempt } of this.#alarms.values()) {
      counts[attempt.category] = (counts[attempt.category] ?? 0) + 1;
    }
    return counts;
  }

  /** What got through and was not known to, one line each. */
  verdicts(): string[] {
    return [...this.#alarms.values()].flatMap(({ attempt, engine, alarms }) => {
      const tried = { suite: 'escapes', attempt: attempt.name, engine, target: targetName };
      try {
        expectations.verdict(tried, alarms.length === 0, alarms.slice(0, 3).join('; '));
        return [];
      } catch (error) {
        return [(error as Error).message];
      }
    });
  }
}

/** Does all work, so many at once. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    // eslint-disable-next-line no-await-in-loop -- one after another in each of them
    while (next < items.length) await work(items[next]!, next++);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
