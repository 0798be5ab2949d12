import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, record } from '../../../guest/interface.ts';
import { now, timestamp } from './clock.ts';

const { TypeError } = primordials;

const KEY = {};

export type EntryType = 'mark' | 'measure';

interface EntryFields {
  type: EntryType;
  name: string;
  startTime: number;
  duration: number;
  detail: unknown;
}

/** What a timeline knows of an entry, past what a guest may have put in the place of its getters. */
export let fieldsOf: (entry: PerformanceEntry) => Readonly<EntryFields>;

export class PerformanceEntry {
  readonly #fields: EntryFields;

  static {
    fieldsOf = (entry) => entry.#fields;
  }

  constructor(key: unknown, fields: EntryFields) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    this.#fields = fields;
  }

  get name(): string {
    return this.#fields.name;
  }
  get entryType(): string {
    return this.#fields.type;
  }
  get startTime(): number {
    return this.#fields.startTime;
  }
  get duration(): number {
    return this.#fields.duration;
  }
  toJSON(): object {
    const { name, type, startTime, duration, detail } = this.#fields;
    return { name, entryType: type, startTime, duration, detail };
  }
}

export class PerformanceMark extends PerformanceEntry {
  constructor(name: unknown, options: unknown = undefined) {
    if (arguments.length === 0) throw new TypeError('A mark needs a name');
    const title = `${name as string}`;
    const { detail, startTime } = dictionary<{ detail?: unknown; startTime?: unknown }>(options);
    const time = startTime === undefined ? now() : timestamp(startTime);
    const fields = { type: 'mark', name: title, startTime: time, duration: 0 } as const;
    super(KEY, record({ ...fields, detail: cloned(detail) }));
  }

  get detail(): unknown {
    return fieldsOf(this).detail;
  }
}

export class PerformanceMeasure extends PerformanceEntry {
  get detail(): unknown {
    return fieldsOf(this).detail;
  }
}

defineInterface(PerformanceEntry, 'PerformanceEntry', 0);
defineInterface(PerformanceMeasure, 'PerformanceMeasure', 0);
defineInterface(PerformanceMark, 'PerformanceMark');

export function makeMeasure(given: Omit<EntryFields, 'type'>): PerformanceMeasure {
  const { name, startTime, duration } = given;
  const detail = cloned(given.detail);
  return new PerformanceMeasure(
    KEY,
    record({ type: 'measure', name, startTime, duration, detail }),
  );
}

function cloned(detail: unknown): unknown {
  const { structuredClone } = core.use('clone') as { structuredClone(value: unknown): unknown };
  return detail === undefined ? null : structuredClone(detail);
}

function dictionary<T extends object>(value: unknown): T {
  if (value === undefined || value === null) return record<object>({}) as T;
  if (typeof value === 'object' || typeof value === 'function') return value as T;
  throw new TypeError('The options must be an object');
}
