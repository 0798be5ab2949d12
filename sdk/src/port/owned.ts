import type { BindingCall } from '../bindings/scope.ts';
import { MAX_REFERENCES } from './bounds.ts';
import { portError } from './port-error.ts';

export type OwnedKind = 'function' | 'iterable';

/** A value of the embedder's that the guest may refer to, for as long as it was not given back. */
export interface Owned {
  readonly id: number;
  readonly kind: OwnedKind;
  readonly value: object;
  /** How often it was sent and not given back. */
  sent: number;
  /** Made when the guest first asks for a value. */
  iterator?: Iterator<unknown> | AsyncIterator<unknown>;
  /** Steps that the iterator has not answered. */
  steps: number;
  /** The tool's call that it came from, which lasts as long as the iteration. */
  call?: RunningCall;
}

/** A call of the guest's that a binding has not answered for good. */
export interface RunningCall extends BindingCall {
  abort(reason: unknown): void;
}

/** The functions and iterables that the guest refers to. */
export class OwnedTable {
  readonly #byId = new Map<number, Owned>();
  readonly #byValue = new Map<object, Owned>();
  readonly #nextId: () => number;

  constructor(nextId: () => number) {
    this.#nextId = nextId;
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: number): Owned | undefined {
    return this.#byId.get(id);
  }

  find(value: object): Owned | undefined {
    return this.#byValue.get(value);
  }

  lend(kind: OwnedKind, value: object): Owned {
    let owned = this.#byValue.get(value);
    if (!owned) {
      if (this.#byId.size >= MAX_REFERENCES) {
        throw portError('TOO_MANY', 'The guest holds too many functions and iterators');
      }
      owned = { id: this.#nextId(), kind, value, sent: 0, steps: 0 };
      this.#byId.set(owned.id, owned);
      this.#byValue.set(value, owned);
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

  forget(owned: Owned): void {
    if (this.#byId.delete(owned.id)) this.#byValue.delete(owned.value);
  }

  /** Everything, and nothing is left. */
  takeAll(): Owned[] {
    const all = [...this.#byId.values()];
    this.#byId.clear();
    this.#byValue.clear();
    return all;
  }
}
