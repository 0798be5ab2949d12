import { CofferdamError } from '@cofferdam/protocol';
import { MAX_REFERENCES } from './bounds.ts';
import type { OwnedKind } from './owned.ts';

/** A function or an async iterable of the guest's that this process holds. */
export interface Foreign {
  readonly id: number;
  readonly kind: OwnedKind;
  /** How often it came: what giving it back has to say. */
  count: number;
  /** Given back, or the guest is over. */
  isGone: boolean;
  weak: WeakRef<object>;
}

/** A function of the guest's. It is given back when it is disposed of, or nobody holds it any more. */
export interface GuestFunction extends Disposable {
  (...args: unknown[]): Promise<unknown>;
}

/** An async iterable of the guest's, which is iterated once. */
export interface GuestIterable
  extends AsyncIterableIterator<unknown>, AsyncDisposable, Disposable {}

type Method = 'next' | 'return' | 'throw';

export interface ForeignActions {
  call(foreign: Foreign, args: unknown[]): Promise<unknown>;
  iterate(foreign: Foreign, method: Method, value: unknown): Promise<IteratorResult<unknown>>;
  drop(id: number, count: number): void;
}

/** What the objects that a port made stand for, and whose port it was. */
const stands = new WeakMap<object, { table: ForeignTable; foreign: Foreign }>();

/** References to what the guest has. */
export class ForeignTable {
  readonly #byId = new Map<number, Foreign>();
  readonly #actions: ForeignActions;
  readonly #registry = new FinalizationRegistry((foreign: Foreign) => this.#giveBack(foreign));

  constructor(actions: ForeignActions) {
    this.#actions = actions;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** What stands behind an object, where it is a reference to this guest's. */
  of(value: object): Foreign | undefined {
    const known = stands.get(value);
    return known?.table === this ? known.foreign : undefined;
  }

  receive(id: number, kind: OwnedKind): object {
    const known = this.#byId.get(id);
    if (known && known.kind !== kind) {
      throw new CofferdamError('PROTOCOL_VIOLATION', 'a reference became another kind');
    }
    const alive = known?.weak.deref();
    if (known && alive) {
      known.count++;
      return alive;
    }
    if (!known && this.#byId.size >= MAX_REFERENCES) {
      throw new CofferdamError('PROTOCOL_VIOLATION', 'a guest sent too many references');
    }
    return this.#make(id, kind, known?.count ?? 0);
  }

  /** The guest has let go of it already: there is nothing to give back. */
  forget(foreign: Foreign): void {
    foreign.isGone = true;
    if (this.#byId.get(foreign.id) === foreign) this.#byId.delete(foreign.id);
  }

  end(): void {
    for (const foreign of this.#byId.values()) foreign.isGone = true;
    this.#byId.clear();
  }

  /** One whose finalizer has not run yet is given back together with its successor. */
  #make(id: number, kind: OwnedKind, before: number): object {
    const foreign = { id, kind, count: before + 1, isGone: false } as Foreign;
    const made = kind === 'function' ? this.#function(foreign) : this.#iterable(foreign);
    foreign.weak = new WeakRef(made);
    stands.set(made, { table: this, foreign });
    this.#byId.set(id, foreign);
    this.#registry.register(made, foreign);
    return made;
  }

  #giveBack(foreign: Foreign): void {
    if (this.#byId.get(foreign.id) !== foreign) return;
    this.forget(foreign);
    this.#actions.drop(foreign.id, foreign.count);
  }

  #function(foreign: Foreign): GuestFunction {
    const call = (...args: unknown[]) => this.#actions.call(foreign, args);
    return Object.assign(call, { [Symbol.dispose]: () => this.#giveBack(foreign) });
  }

  #iterable(foreign: Foreign): GuestIterable {
    const { iterate } = this.#actions;
    const end = () => this.#giveBack(foreign);
    const made: GuestIterable = {
      next: (value?: unknown) => iterate(foreign, 'next', value),
      return: (value?: unknown) => iterate(foreign, 'return', value),
      throw: (value?: unknown) => iterate(foreign, 'throw', value),
      [Symbol.asyncIterator]: () => made,
      [Symbol.dispose]: end,
      [Symbol.asyncDispose]: async () => end(),
    };
    return made;
  }
}
