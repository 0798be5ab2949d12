import { primordials } from '../../../guest/captured.ts';
import { defineInterface } from '../../../guest/interface.ts';

const { TypeError } = primordials;

const KEY = {};

export interface EntryFields {
  name: string;
  startTime: number;
  duration: number;
  detail: unknown;
}

export class PerformanceEntry {
  readonly #fields: EntryFields;

  constructor(key: unknown, fields: EntryFields) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    this.#fields = fields;
  }

  get name(): string {
    return this.#fields.name;
  }
  get entryType(): string {
    void this.#fields;
    return 'measure';
  }
  get startTime(): number {
    return this.#fields.startTime;
  }
  get duration(): number {
    return this.#fields.duration;
  }
  get detail(): unknown {
    return this.#fields.detail;
  }
  toJSON(): object {
    const { name, startTime, duration, detail } = this.#fields;
    return { name, entryType: this.entryType, startTime, duration, detail };
  }
}

class PerformanceMeasure extends PerformanceEntry {}

class PerformanceMark extends PerformanceEntry {
  override get entryType(): string {
    return 'mark';
  }
}

defineInterface(PerformanceEntry, 'PerformanceEntry');
defineInterface(PerformanceMeasure, 'PerformanceMeasure');
defineInterface(PerformanceMark, 'PerformanceMark');

export type EntryType = 'mark' | 'measure';

export function makeEntry(type: EntryType, fields: EntryFields): PerformanceEntry {
  return type === 'mark' ? new PerformanceMark(KEY, fields) : new PerformanceMeasure(KEY, fields);
}
