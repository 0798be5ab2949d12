import {
  chooseBrowserPool,
  choosePool,
  CofferdamError,
  type ResolvedPool,
} from '@cofferdam/protocol';

/** The pools that runs may go to. */
export class PoolDirectory {
  #pools = new Map<string, ResolvedPool>();

  constructor(pools: readonly ResolvedPool[] = []) {
    this.set(pools);
  }

  set(pools: readonly ResolvedPool[]): void {
    this.#pools = new Map(pools.map((pool) => [pool.name, pool]));
  }

  get(name: string): ResolvedPool | undefined {
    return this.#pools.get(name);
  }

  names(): Iterable<string> {
    return this.#pools.keys();
  }

  /** The pool of a browser; throws `UNAVAILABLE` when there is none for this namespace. */
  chooseBrowser(namespace: string): ResolvedPool {
    const pool = chooseBrowserPool(this.#pools.values(), namespace);
    if (pool) return pool;
    const message = `no pool has browsers for the namespace ${namespace}`;
    throw new CofferdamError('UNAVAILABLE', message);
  }

  /** The pool of a run; throws `UNAVAILABLE` when there is none for this namespace. */
  choose(namespace: string, poolRef: string | undefined): ResolvedPool {
    const pool = choosePool([...this.#pools.values()], namespace, poolRef);
    if (pool) return pool;
    const which = poolRef === undefined ? 'no pool takes' : `there is no pool ${poolRef} for`;
    throw new CofferdamError('UNAVAILABLE', `${which} runs of the namespace ${namespace}`);
  }
}
