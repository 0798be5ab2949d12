import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, record } from '../../../guest/interface.ts';
import type { EventsGroup } from '../../events/guest.ts';
import { now, timeOrigin, timestamp } from './clock.ts';
import { makeMeasure, PerformanceMark, type PerformanceEntry } from './entry.ts';
import { observe } from './observer.ts';
import { Timeline } from './timeline.ts';

const { TypeError } = primordials;
const { EventTarget } = core.use<EventsGroup>('events');

const KEY = {};

/** What a measure goes from and to, as times or the names of marks. */
interface Range {
  detail?: unknown;
  start?: unknown;
  end?: unknown;
  duration?: unknown;
}

export class Performance extends EventTarget {
  readonly #timeline = new Timeline();

  constructor(key: unknown) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    super();
    observe(this.#timeline);
  }
  get timeOrigin(): number {
    void this.#timeline;
    return timeOrigin;
  }
  now(): number {
    void this.#timeline;
    return now();
  }
  toJSON(): { timeOrigin: number } {
    void this.#timeline;
    return { timeOrigin };
  }

  mark(name: unknown, options: unknown = undefined): PerformanceEntry {
    if (arguments.length === 0) throw new TypeError('A mark needs a name');
    return this.#timeline.add(new PerformanceMark(name, options));
  }

  measure(name: unknown, start: unknown = undefined, end: unknown = undefined): PerformanceEntry {
    if (arguments.length === 0) throw new TypeError('A measure needs a name');
    const title = `${name as string}`;
    const range = rangeOf(start, end);
    const to = this.#endOf(range);
    const startTime = this.#startOf(range, to);
    const fields = { name: title, startTime, duration: to - startTime, detail: range.detail };
    return this.#timeline.add(makeMeasure(record(fields)));
  }

  getEntries(): PerformanceEntry[] {
    return this.#timeline.find(undefined, undefined);
  }
  getEntriesByName(name: unknown, type: unknown = undefined): PerformanceEntry[] {
    if (arguments.length === 0) throw new TypeError('The name is missing');
    return this.#timeline.find(`${name as string}`, text(type));
  }
  getEntriesByType(type: unknown): PerformanceEntry[] {
    if (arguments.length === 0) throw new TypeError('The type is missing');
    return this.#timeline.find(undefined, `${type as string}`);
  }
  clearMarks(name: unknown = undefined): void {
    this.#timeline.clear('mark', text(name));
  }
  clearMeasures(name: unknown = undefined): void {
    this.#timeline.clear('measure', text(name));
  }

  #endOf({ start, end, duration }: Range): number {
    if (end !== undefined) return this.#time(end);
    if (start === undefined || duration === undefined) return now();
    return this.#time(start) + timestamp(duration);
  }

  #startOf({ start, duration }: Range, end: number): number {
    if (start !== undefined) return this.#time(start);
    return duration === undefined ? 0 : end - timestamp(duration);
  }

  /** A number is a time itself, and anything else the name of a mark. */
  #time(mark: unknown): number {
    return typeof mark === 'number' ? timestamp(mark) : this.#timeline.timeOf(`${mark as string}`);
  }
}

defineInterface(Performance, 'Performance', 0);

export function makePerformance(): Performance {
  return new Performance(KEY);
}

function text(value: unknown): string | undefined {
  return value === undefined ? undefined : `${value as string}`;
}

/** Each member of the options is read once. */
function rangeOf(first: unknown, last: unknown): Range {
  if (first === null) return record({ end: last });
  if (typeof first !== 'object') return record({ start: first, end: last });
  const { detail, duration, end, start } = first as Range;
  const given = count(start) + count(end);
  if (given + count(detail) + count(duration) === 0) return record({ end: last });
  if (last !== undefined) throw new TypeError('The options say where a measure ends');
  if (given === 0) throw new TypeError('A measure needs its start or its end');
  if (given === 2 && duration !== undefined) {
    throw new TypeError('A measure has no more than two of start, end and duration');
  }
  return record({ detail, duration, end, start });
}

function count(value: unknown): number {
  return value === undefined ? 0 : 1;
}
