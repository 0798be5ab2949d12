import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import { ask } from './calls.ts';
import { fileError, type FileSystemHandle } from './handle.ts';
import { exposed, own } from './own.ts';

const { defineProperty, getPrototypeOf, promiseThen, setPrototypeOf, toStringTag } = primordials;

export type EntryOf = (name: string) => Promise<{ handle: FileSystemHandle | undefined }>;

export interface Walk {
  place: string;
  /** The handle of a name; none for what is neither a file nor a folder, or no longer there. */
  entryOf: EntryOf;
  shape(name: string, handle: FileSystemHandle): unknown;
}

interface Step {
  value: unknown;
  done: boolean;
}

/** A walk through a folder: its names are asked for at the first step, each entry at its own. */
class EntryIterator {
  readonly #walk: Walk;
  #names: string[] | undefined;
  #at = 0;
  #isOver = false;
  #last: Promise<unknown> | undefined;

  constructor(walk: Walk) {
    this.#walk = walk;
  }

  next(): Promise<Step> {
    return this.#queue(() => this.#next());
  }
  return(value: unknown): Promise<Step> {
    return this.#queue(async () => {
      this.#isOver = true;
      return { value, done: true };
    });
  }

  /** One step at a time, in the order in which they are asked for. */
  #queue(run: () => Promise<Step>): Promise<Step> {
    const last = this.#last;
    const step = own(last ? (promiseThen(last, run, run) as unknown as Promise<Step>) : run());
    this.#last = step;
    return exposed(step);
  }

  async #next(): Promise<Step> {
    const { place, entryOf, shape } = this.#walk;
    if (!this.#isOver) this.#names ??= await own(namesOf(place));
    while (!this.#isOver && this.#at < this.#names!.length) {
      const name = this.#names![this.#at++]!;
      // eslint-disable-next-line no-await-in-loop -- until there is one
      const { handle } = await own(entryOf(name));
      if (handle) return { value: shape(name, handle), done: false };
    }
    this.#isOver = true;
    return { value: undefined, done: true };
  }
}

async function namesOf(place: string): Promise<string[]> {
  const { error, names } = await own(ask({ method: 'readdir', path: place }));
  if (error) throw fileError(error, place);
  return setPrototypeOf(names!, null) as string[];
}

const prototype = EntryIterator.prototype as object;
delete (prototype as { constructor?: unknown }).constructor;
for (let i = 0; i < 2; i++) {
  defineProperty(prototype, i === 0 ? 'next' : 'return', record({ enumerable: true }));
}
const tag = record({ value: 'FileSystemDirectoryHandle AsyncIterator', configurable: true });
defineProperty(prototype, toStringTag, tag);
// %AsyncIteratorPrototype% has no name: it is two steps above any async generator's prototype.
const generators = getPrototypeOf(async function* () {}.prototype) as object;
setPrototypeOf(prototype, getPrototypeOf(generators) as object);

export function iterate<T>(walk: Walk): AsyncIteratorObject<T, undefined> {
  return new EntryIterator(record(walk)) as unknown as AsyncIteratorObject<T, undefined>;
}
