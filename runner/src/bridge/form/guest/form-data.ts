import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, list } from '../../../guest/interface.ts';
import type { FilesGroup } from '../../files/guest.ts';
import type { UrlGroup } from '../../url/guest.ts';

const { apply, Array, setPrototypeOf, toWellFormed, TypeError } = primordials;
const { fileFrom, isBlob, isFile } = core.use<FilesGroup>('files');
const { defineIterable, pairIterators } = core.use<UrlGroup>('url');

type File = ReturnType<FilesGroup['fileFrom']>;
export type Entry = [name: string, value: string | File];

const iterate = pairIterators<string | File>('FormData');

export let entriesOf: (value: unknown) => readonly Entry[] | undefined;
export let formOf: (entries: Entry[]) => FormData;

export class FormData {
  #entries = list<Entry>();

  static {
    entriesOf = (value) =>
      typeof value === 'object' && value !== null && #entries in value
        ? (value as FormData).#entries
        : undefined;
    formOf = (entries) => {
      const form = new FormData();
      form.#entries = entries;
      return form;
    };
  }

  /** There are no form elements here to read. */
  constructor(form: unknown = undefined) {
    if (form !== undefined) throw new TypeError('There are no form elements here');
  }

  append(name: unknown, value: unknown, filename: unknown = undefined): void {
    needs(arguments.length, 2);
    const entry = entryOf(name, value, filename, arguments.length);
    this.#entries[this.#entries.length] = entry;
  }

  delete(name: unknown): void {
    needs(arguments.length, 1);
    const text = usv(name);
    this.#keep((entry) => entry[0] !== text);
  }

  get(name: unknown): string | File | null {
    needs(arguments.length, 1);
    const text = usv(name);
    for (let i = 0; i < this.#entries.length; i++) {
      if (this.#entries[i]![0] === text) return this.#entries[i]![1];
    }
    return null;
  }

  getAll(name: unknown): (string | File)[] {
    needs(arguments.length, 1);
    const text = usv(name);
    const found = list<string | File>();
    for (let i = 0; i < this.#entries.length; i++) {
      if (this.#entries[i]![0] === text) found[found.length] = this.#entries[i]![1];
    }
    return setPrototypeOf(found, Array.prototype) as (string | File)[];
  }

  has(name: unknown): boolean {
    needs(arguments.length, 1);
    const text = usv(name);
    for (let i = 0; i < this.#entries.length; i++) {
      if (this.#entries[i]![0] === text) return true;
    }
    return false;
  }

  /** The first entry of the name is replaced where it is, and the others of it go. */
  set(name: unknown, value: unknown, filename: unknown = undefined): void {
    needs(arguments.length, 2);
    const entry = entryOf(name, value, filename, arguments.length);
    let isSet = false;
    for (let i = 0; i < this.#entries.length && !isSet; i++) {
      if (this.#entries[i]![0] !== entry[0]) continue;
      this.#entries[i] = entry;
      isSet = true;
    }
    if (isSet) this.#keep((known) => known[0] !== entry[0] || known === entry);
    else this.#entries[this.#entries.length] = entry;
  }

  forEach(callback: unknown, receiver: unknown = undefined): void {
    void this.#entries;
    if (typeof callback !== 'function') throw new TypeError('The callback must be a function');
    for (let i = 0; i < this.#entries.length; i++) {
      apply(callback, receiver, [this.#entries[i]![1], this.#entries[i]![0], this]);
    }
  }

  entries(): IterableIterator<Entry> {
    void this.#entries;
    return iterate(() => this.#entries, 'entry');
  }
  keys(): IterableIterator<string> {
    void this.#entries;
    return iterate(() => this.#entries, 'key');
  }
  values(): IterableIterator<string | File> {
    void this.#entries;
    return iterate(() => this.#entries, 'value');
  }

  #keep(test: (entry: Entry) => boolean): void {
    const kept = list<Entry>();
    for (let i = 0; i < this.#entries.length; i++) {
      if (test(this.#entries[i]!)) kept[kept.length] = this.#entries[i]!;
    }
    this.#entries = kept;
  }
}

defineInterface(FormData, 'FormData');
defineIterable(FormData);

/** A blob becomes a file: of the name given, of its own, or `blob`. */
function entryOf(name: unknown, value: unknown, filename: unknown, given: number): Entry {
  const text = usv(name);
  if (!isBlob(value)) {
    if (given > 2) throw new TypeError('Only a Blob may have a file name');
    return [text, usv(value)];
  }
  if (filename !== undefined) return [text, fileFrom(value, usv(filename))];
  return [text, isFile(value) ? value : fileFrom(value, 'blob')];
}

function usv(value: unknown): string {
  return toWellFormed(`${value as string}`);
}

function needs(given: number, wanted: number): void {
  if (given < wanted)
    throw new TypeError(`${wanted} arguments required, but only ${given} present`);
}
