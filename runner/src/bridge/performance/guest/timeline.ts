import { core, primordials } from '../../../guest/captured.ts';
import { list } from '../../../guest/interface.ts';
import { fieldsOf, type EntryType, type PerformanceEntry } from './entry.ts';

const { Array, arraySort, setPrototypeOf } = primordials;

type Listener = (entry: PerformanceEntry) => void;

/** The marks and measures of a run. */
export class Timeline {
  #entries = list<PerformanceEntry>();
  #listeners = list<Listener>();

  add<T extends PerformanceEntry>(entry: T): T {
    this.#entries[this.#entries.length] = entry;
    for (let i = 0; i < this.#listeners.length; i++) this.#listeners[i]!(entry);
    return entry;
  }

  /** When the last mark of a name was set. */
  timeOf(name: string): number {
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      const fields = fieldsOf(this.#entries[i]!);
      if (fields.type === 'mark' && fields.name === name) return fields.startTime;
    }
    const { DOMException } = core.use('exception');
    throw new DOMException(`The mark '${name}' does not exist`, 'SyntaxError');
  }

  find(name: string | undefined, type: string | undefined): PerformanceEntry[] {
    return select(this.#entries, name, type);
  }

  clear(type: EntryType, name: string | undefined): void {
    const kept = list<PerformanceEntry>();
    for (let i = 0; i < this.#entries.length; i++) {
      const entry = this.#entries[i]!;
      if (!fits(entry, name, type)) kept[kept.length] = entry;
    }
    this.#entries = kept;
  }

  /** Tells of every entry from now on, and once only however often it is asked to. */
  listen(listener: Listener): void {
    this.forget(listener);
    this.#listeners[this.#listeners.length] = listener;
  }

  forget(listener: Listener): void {
    const kept = list<Listener>();
    for (let i = 0; i < this.#listeners.length; i++) {
      if (this.#listeners[i] !== listener) kept[kept.length] = this.#listeners[i]!;
    }
    this.#listeners = kept;
  }
}

function fits(entry: PerformanceEntry, name: string | undefined, type: string | undefined) {
  const fields = fieldsOf(entry);
  return (
    (name === undefined || fields.name === name) && (type === undefined || fields.type === type)
  );
}

/** Those that fit, by the time they began. */
export function select(
  entries: readonly PerformanceEntry[],
  name?: string,
  type?: string,
): PerformanceEntry[] {
  const found = list<PerformanceEntry>();
  for (let i = 0; i < entries.length; i++) {
    if (fits(entries[i]!, name, type)) found[found.length] = entries[i]!;
  }
  arraySort(
    found,
    (a: PerformanceEntry, b: PerformanceEntry) => fieldsOf(a).startTime - fieldsOf(b).startTime,
  );
  return setPrototypeOf(found, Array.prototype) as PerformanceEntry[];
}
