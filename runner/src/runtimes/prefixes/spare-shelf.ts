import type { PreparedIsolate } from './prepared-isolate.ts';

/** What a shelf keeps apart: the spares of one prefix. */
type Owner = object;

/**
 * The spares of a connection, within one budget of bytes: when it is passed, the prefix that was used
 * longest ago loses its spares first.
 */
export class SpareShelf {
  readonly #maxBytes: number;
  /** In the order of their last use, the oldest first. */
  readonly #spares = new Map<Owner, PreparedIsolate[]>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  count(owner: Owner): number {
    return this.#spares.get(owner)?.length ?? 0;
  }

  add(owner: Owner, spare: PreparedIsolate): void {
    this.#touch(owner).push(spare);
    this.#bytes += spare.bytes;
    // One that ends by itself, with its process or for what its guest did, is none any more.
    void spare.runtime.ended.then(() => this.#take(owner, spare));
    this.#evict();
  }

  /** One with as much memory, or else with more: its run is watched then. */
  take(owner: Owner, memoryBytes: number): PreparedIsolate | undefined {
    const spares = this.#touch(owner).filter(({ runtime }) => !runtime.ending);
    const exact = spares.find((spare) => spare.memoryBytes === memoryBytes);
    const taken = exact ?? spares.find((spare) => spare.memoryBytes > memoryBytes);
    return taken && this.#take(owner, taken);
  }

  /** Ends spares of a prefix until so many are left. */
  trim(owner: Owner, left: number): void {
    const spares = [...(this.#spares.get(owner) ?? [])];
    for (const spare of spares.slice(0, Math.max(0, spares.length - left))) {
      this.#take(owner, spare)?.dispose();
    }
    if (left === 0) this.#spares.delete(owner);
  }

  #touch(owner: Owner): PreparedIsolate[] {
    const spares = this.#spares.get(owner) ?? [];
    this.#spares.delete(owner);
    this.#spares.set(owner, spares);
    return spares;
  }

  #take(owner: Owner, spare: PreparedIsolate): PreparedIsolate | undefined {
    const spares = this.#spares.get(owner);
    const at = spares?.indexOf(spare) ?? -1;
    if (at === -1) return undefined;
    spares!.splice(at, 1);
    this.#bytes -= spare.bytes;
    return spare;
  }

  #evict(): void {
    for (const [owner, spares] of this.#spares) {
      while (this.#bytes > this.#maxBytes && spares.length > 0) {
        this.#take(owner, spares[0]!)?.dispose();
      }
    }
  }
}
