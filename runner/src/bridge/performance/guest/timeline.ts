import { core, primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import { makeEntry, type EntryType, type PerformanceEntry } from './entry.ts';

const { Array, arraySort, setPrototypeOf, TypeError } = primordials;

interface Held {
  type: EntryType;
  name: string;
  startTime: number;
  entry: PerformanceEntry;
}

interface NewEntry {
  name: string;
  startTime: number;
  duration: number;
  detail: unknown;
}

/** The marks and measures of a run. */
export class Timeline {
  #held = list<Held>();

  add(type: EntryType, given: NewEntry): PerformanceEntry {
    const { name, startTime, duration } = given;
    const { structuredClone } = core.use('clone') as { structuredClone(value: unknown): unknown };
    const detail = given.detail === undefined ? null : structuredClone(given.detail);
    const entry = makeEntry(type, record({ name, startTime, duration, detail }));
    this.#held[this.#held.length] = record({ type, name, startTime, entry });
    return entry;
  }

  /** When the last mark of a name was set. */
  timeOf(name: string): number {
    for (let i = this.#held.length - 1; i >= 0; i--) {
      const held = this.#held[i]!;
      if (held.type === 'mark' && held.name === name) return held.startTime;
    }
    const { DOMException } = core.use('exception');
    throw new DOMException(`The mark '${name}' does not exist`, 'SyntaxError');
  }

  /** Those that fit, by the time they began. */
  find(name: string | undefined, type: string | undefined): PerformanceEntry[] {
    const found = list<Held>();
    for (let i = 0; i < this.#held.length; i++) {
      const held = this.#held[i]!;
      if (name !== undefined && held.name !== name) continue;
      if (type === undefined || held.type === type) found[found.length] = held;
    }
    arraySort(found, (a: Held, b: Held) => a.startTime - b.startTime);
    const entries = list<PerformanceEntry>();
    for (let i = 0; i < found.length; i++) entries[i] = found[i]!.entry;
    return setPrototypeOf(entries, Array.prototype) as PerformanceEntry[];
  }

  clear(type: EntryType, name: string | undefined): void {
    const kept = list<Held>();
    for (let i = 0; i < this.#held.length; i++) {
      const held = this.#held[i]!;
      const goes = held.type === type && (name === undefined || held.name === name);
      if (!goes) kept[kept.length] = held;
    }
    this.#held = kept;
  }
}

/** Web IDL's DOMHighResTimeStamp. */
export function timestamp(value: unknown): number {
  const time = +(value as number);
  if (time - time === 0 && time >= 0) return time;
  throw new TypeError('A time must be a finite number that is not negative');
}
