import { primordials } from '../../../guest/captured.ts';
import { defineInterface, list } from '../../../guest/interface.ts';
import { functionOf, listOf } from './values.ts';

const { TypeError } = primordials;

/** What a resolver was told, in order: the embedder makes one of its own of it. */
type Entry = unknown[];

/** What the embedder is sent of a resolver that was made here. */
export let entriesOf: (value: object) => Entry[] | undefined;

class ModuleResolver {
  readonly #entries = list<Entry>();

  static {
    entriesOf = (value) => (#entries in value ? (value as ModuleResolver).#entries : undefined);
  }

  virtual(specifier: unknown, source: unknown, options: unknown = undefined): this {
    if (typeof source !== 'string') functionOf(source, 'source');
    return this.#add(listOf('virtual', textOf(specifier, 'specifier'), source, options));
  }

  sourceTree(prefix: unknown, loader: unknown): this {
    return this.#add(listOf('sourceTree', textOf(prefix, 'prefix'), functionOf(loader, 'loader')));
  }

  fallback(loader: unknown): this {
    return this.#add(listOf('fallback', functionOf(loader, 'loader')));
  }

  #add(entry: Entry): this {
    this.#entries[this.#entries.length] = entry;
    return this;
  }
}

defineInterface(ModuleResolver, 'ModuleResolver');

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new TypeError(`${name} must be a text`);
}

const made = { createModuleResolver: (): ModuleResolver => new ModuleResolver() };
/** A resolver of modules for a child's guest. */
export const { createModuleResolver } = made;
