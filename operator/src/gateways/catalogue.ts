import type { CatalogueChange, PublishedScript, ResolvedPool } from '@cofferdam/protocol';

/** Of scripts in one message: well below the 16 MiB of a frame, and no pause for anybody else. */
const BATCH_BYTES = 1024 * 1024;

/** What the gateways are to know, and what of it they were not told yet. */
export class Catalogue {
  readonly #scripts = new Map<string, PublishedScript>();
  #pools: ResolvedPool[] = [];
  #changed = new Set<string>();
  #poolsChanged = false;

  setPools(pools: ResolvedPool[]): void {
    this.#pools = pools;
    this.#poolsChanged = true;
  }

  put(key: string, script: PublishedScript): void {
    this.#scripts.set(key, script);
    this.#changed.add(key);
  }

  drop(key: string): void {
    if (this.#scripts.delete(key)) this.#changed.add(key);
  }

  get(key: string): PublishedScript | undefined {
    return this.#scripts.get(key);
  }

  /** What is new since the last call, in messages of bounded size. */
  changes(): CatalogueChange[] {
    const keys = [...this.#changed];
    const pools = this.#poolsChanged ? { pools: this.#pools } : {};
    this.#changed = new Set();
    this.#poolsChanged = false;
    const put = keys.flatMap((key) => this.#scripts.get(key) ?? []);
    const drop = keys.filter((key) => !this.#scripts.has(key));
    if (keys.length === 0 && !('pools' in pools)) return [];
    return batches(put).map((batch, index) =>
      index === 0 ? { ...pools, put: batch, drop } : { put: batch, drop: [] },
    );
  }

  /**
   * Everything, for a gateway that has just been reached. Each message is made when it is asked for, so
   * that none says anything older than a change that was sent meanwhile.
   */
  *all(): Generator<CatalogueChange> {
    const only = [...this.#scripts.keys()];
    yield { pools: this.#pools, put: [], drop: [], only };
    for (const keys of batches([...this.#scripts.values()]).map((batch) => batch.map(keyOf))) {
      yield { put: keys.flatMap((key) => this.#scripts.get(key) ?? []), drop: [] };
    }
  }
}

const keyOf = ({ namespace, name }: PublishedScript) => `${namespace}/${name}`;

/** At least one, which may be empty. */
function batches(scripts: readonly PublishedScript[]): PublishedScript[][] {
  const result: PublishedScript[][] = [[]];
  let bytes = 0;
  for (const script of scripts) {
    const size = Buffer.byteLength(JSON.stringify(script));
    if (bytes + size > BATCH_BYTES && bytes > 0) {
      result.push([]);
      bytes = 0;
    }
    result.at(-1)!.push(script);
    bytes += size;
  }
  return result;
}
