import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, isSequence, list, record } from '../../../guest/interface.ts';
import { fieldsOf, type EntryType, type PerformanceEntry } from './entry.ts';
import { select, type Timeline } from './timeline.ts';

const { Array, apply, freeze, setPrototypeOf, TypeError } = primordials;

const KEY = {};
const TYPES = freeze(['mark', 'measure'] as const);

interface ObserverInit {
  buffered?: unknown;
  entryTypes?: unknown;
  type?: unknown;
}

interface Dictionary {
  buffered: boolean;
  types: EntryType[];
  isSingle: boolean;
}

/** Web IDL's dictionary, its members in the order of their names; of types only those that are known. */
function readInit(given: unknown): Dictionary {
  const { buffered, entryTypes, type } = objectOf(given);
  const names = entryTypes === undefined ? undefined : textsOf(entryTypes);
  const single = type === undefined ? undefined : `${type as string}`;
  checkTogether(names, single, buffered);
  return record({
    buffered: !!buffered,
    types: knownTypes((one) => single === one || contains(names, one)),
    isSingle: single !== undefined,
  });
}

function objectOf(given: unknown): ObserverInit {
  if (given === undefined || given === null) return record({});
  if (typeof given === 'object' || typeof given === 'function') return given as ObserverInit;
  throw new TypeError('The options must be an object');
}

function knownTypes(isAsked: (type: EntryType) => boolean): EntryType[] {
  const types = list<EntryType>();
  for (let i = 0; i < TYPES.length; i++) {
    if (isAsked(TYPES[i]!)) types[types.length] = TYPES[i]!;
  }
  return types;
}

function checkTogether(names: unknown, single: unknown, buffered: unknown): void {
  if (names === undefined && single === undefined) {
    throw new TypeError('Either entryTypes or type says what to observe');
  }
  if (names !== undefined && (single !== undefined || buffered !== undefined)) {
    throw new TypeError('entryTypes stands alone');
  }
}

function textsOf(value: unknown): string[] {
  const isObject = typeof value === 'object' && value !== null;
  if (!isObject || !isSequence(value)) throw new TypeError('entryTypes must be a sequence');
  const texts = list<string>();
  const walk = value[primordials.iterator]();
  for (let step = walk.next(); !step.done; step = walk.next()) {
    texts[texts.length] = `${step.value as string}`;
  }
  return texts;
}

function contains(values: readonly unknown[] | undefined, value: unknown): boolean {
  if (!values) return false;
  for (let i = 0; i < values.length; i++) if (values[i] === value) return true;
  return false;
}

export class PerformanceObserverEntryList {
  readonly #entries: readonly PerformanceEntry[];

  constructor(key: unknown, entries: readonly PerformanceEntry[]) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    this.#entries = entries;
  }

  getEntries(): PerformanceEntry[] {
    return select(this.#entries);
  }
  getEntriesByType(type: unknown): PerformanceEntry[] {
    const entries = this.#entries;
    if (arguments.length === 0) throw new TypeError('The type is missing');
    return select(entries, undefined, `${type as string}`);
  }
  getEntriesByName(name: unknown, type: unknown = undefined): PerformanceEntry[] {
    const entries = this.#entries;
    if (arguments.length === 0) throw new TypeError('The name is missing');
    return select(entries, `${name as string}`, type === undefined ? type : `${type as string}`);
  }
}

/** The timeline that observers hear of: there is one in a realm. */
let timeline: Timeline;

export function observe(of: Timeline): void {
  timeline = of;
}

export class PerformanceObserver {
  readonly #callback: Function;
  #kind: 'single' | 'multiple' | undefined;
  #types = list<EntryType>();
  #buffer = list<PerformanceEntry>();
  #isDue = false;
  readonly #hear = (entry: PerformanceEntry): void => {
    if (contains(this.#types, fieldsOf(entry).type)) this.#take(entry);
  };

  constructor(callback: unknown) {
    if (typeof callback !== 'function') throw new TypeError('The callback must be a function');
    this.#callback = callback;
  }

  static get supportedEntryTypes(): readonly string[] {
    return TYPES;
  }

  observe(init: unknown = undefined): void {
    const { buffered, types, isSingle } = readInit(init);
    const kind = isSingle ? 'single' : 'multiple';
    if (this.#kind !== undefined && this.#kind !== kind) {
      const { DOMException } = core.use('exception');
      throw new DOMException('An observer has types or one type', 'InvalidModificationError');
    }
    this.#kind = kind;
    if (types.length === 0) return;
    if (!isSingle) this.#types = types;
    else if (!contains(this.#types, types[0])) this.#types[this.#types.length] = types[0]!;
    timeline.listen(this.#hear);
    if (!buffered) return;
    const known = timeline.find(undefined, types[0]);
    for (let i = 0; i < known.length; i++) this.#take(known[i]!);
  }

  disconnect(): void {
    timeline.forget(this.#hear);
    this.#types = list<EntryType>();
    this.#buffer = list<PerformanceEntry>();
    this.#kind = undefined;
  }

  takeRecords(): PerformanceEntry[] {
    const entries = this.#buffer;
    this.#buffer = list<PerformanceEntry>();
    return setPrototypeOf(entries, Array.prototype) as PerformanceEntry[];
  }

  #take(entry: PerformanceEntry): void {
    this.#buffer[this.#buffer.length] = entry;
    if (this.#isDue) return;
    this.#isDue = true;
    const { setTimeout } = core.use('timers');
    setTimeout(() => this.#tell(), 0);
  }

  #tell(): void {
    this.#isDue = false;
    const entries = this.#buffer;
    if (entries.length === 0) return;
    this.#buffer = list<PerformanceEntry>();
    const options = { droppedEntriesCount: 0 };
    apply(this.#callback, this, [new PerformanceObserverEntryList(KEY, entries), this, options]);
  }
}

defineInterface(PerformanceObserverEntryList, 'PerformanceObserverEntryList', 0);
defineInterface(PerformanceObserver, 'PerformanceObserver');
