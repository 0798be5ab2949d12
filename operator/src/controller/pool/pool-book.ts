import type { ResolvedPool } from '@cofferdam/protocol';
import type { CustomResource } from '../../kubernetes/index.ts';
import { readPool, type ReadPool } from './read-pool.ts';

interface Entry {
  object: CustomResource;
  read: ReadPool;
}

/** The pools that there are, read once for each generation. */
export class PoolBook {
  readonly #entries = new Map<string, Entry>();
  #valid = '[]';

  get(name: string): Entry | undefined {
    return this.#entries.get(name);
  }

  names(): string[] {
    return [...this.#entries.keys()];
  }

  /** The pool has come, changed or (undefined) gone. Answers whether the valid pools are others than before. */
  set(name: string, object: CustomResource | undefined): boolean {
    if (!object) this.#entries.delete(name);
    else this.#entries.set(name, { object, read: this.#read(name, object) });
    const before = this.#valid;
    this.#valid = JSON.stringify(this.valid());
    return this.#valid !== before;
  }

  /** By name. */
  valid(): ResolvedPool[] {
    return [...this.#entries.values()]
      .flatMap(({ object, read }) => ('pool' in read && !isLeaving(object) ? [read.pool] : []))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #read(name: string, object: CustomResource): ReadPool {
    const known = this.#entries.get(name);
    const { uid, generation } = object.metadata;
    const before = known?.object.metadata;
    if (known && before?.uid === uid && before?.generation === generation) return known.read;
    return readPool(object);
  }
}

export function isLeaving({ metadata }: CustomResource): boolean {
  return metadata.deletionTimestamp !== undefined;
}
