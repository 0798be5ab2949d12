import { primordials } from '../../../guest/captured.ts';
import { list } from '../../../guest/interface.ts';
import { MAX_REFERENCES } from './bounds.ts';
import { portError } from './errors.ts';

const { Map, mapClear, mapDelete, mapForEach, mapGet, mapSet, mapSize } = primordials;

/** A value of this end that the embedder may refer to, for as long as it was not given back. */
export class Owned {
  readonly id: number;
  readonly kind: 'function' | 'iterable';
  readonly value: object;
  /** Made when the embedder first asks for a value. */
  iterator: object | undefined = undefined;
  /** How often it was sent and not given back. */
  sent = 0;

  constructor(id: number, kind: Owned['kind'], value: object) {
    this.id = id;
    this.kind = kind;
    this.value = value;
  }
}

/** The functions and async iterables that the embedder refers to. */
export class OwnedTable {
  readonly #byId = new Map<number, Owned>();
  readonly #byValue = new Map<object, Owned>();
  readonly #nextId: () => number;

  constructor(nextId: () => number) {
    this.#nextId = nextId;
  }

  get(id: unknown): Owned | undefined {
    return mapGet(this.#byId, id) as Owned | undefined;
  }

  lend(kind: Owned['kind'], value: object): Owned {
    let owned = mapGet(this.#byValue, value) as Owned | undefined;
    if (!owned) {
      if (mapSize(this.#byId) >= MAX_REFERENCES) {
        throw portError('TOO_MANY', 'Too many functions and iterators are held by the host');
      }
      owned = new Owned(this.#nextId(), kind, value);
      mapSet(this.#byId, owned.id, owned);
      mapSet(this.#byValue, value, owned);
    }
    owned.sent++;
    return owned;
  }

  /** Takes back so many sendings; answers whether nobody refers to the value any more. */
  giveBack(owned: Owned, count: number): boolean {
    owned.sent -= count;
    if (owned.sent > 0) return false;
    this.forget(owned);
    return true;
  }

  /** Everything, and nothing is left. */
  takeAll(): Owned[] {
    const all = list<Owned>();
    mapForEach(this.#byId, (owned: Owned) => void (all[all.length] = owned));
    mapClear(this.#byId);
    mapClear(this.#byValue);
    return all;
  }

  forget(owned: Owned): void {
    mapDelete(this.#byId, owned.id);
    mapDelete(this.#byValue, owned.value);
  }
}
