import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';

const { asyncDispose, asyncIterator, defineProperty, dispose, FinalizationRegistry } = primordials;
const { Map, mapClear, mapDelete, mapForEach, mapGet, mapSet, registryRegister } = primordials;
const { resolvedPromise, WeakRef, weakRefDeref } = primordials;

/** A function or an async iterable of the embedder's that this guest holds. */
export class Foreign {
  readonly id: number;
  /** How often it came: what giving it back has to say. */
  count = 0;
  /** Given back by the guest itself: it can be used no more. */
  isGone = false;
  weak: WeakRef<object> | undefined = undefined;

  constructor(id: number) {
    this.id = id;
  }
}

/** Puts a private field on an object that it did not make. */
const Given = function (object: object) {
  return object;
} as unknown as new (object: object) => object;

class Stamp extends Given {
  #foreign: Foreign;

  constructor(object: object, foreign: Foreign) {
    super(object);
    this.#foreign = foreign;
  }

  static put(object: object, foreign: Foreign): Stamp {
    return new Stamp(object, foreign);
  }

  static of(object: object): Foreign | undefined {
    return #foreign in object ? (object as Stamp).#foreign : undefined;
  }
}

/** What stands behind an object, where it is a reference that this end made. */
export const foreignOf = (object: object): Foreign | undefined => Stamp.of(object);

export interface ForeignActions {
  /** Calls a function. */
  call(foreign: Foreign, args: readonly unknown[]): Promise<unknown>;
  /** Asks an iterator. */
  iterate(foreign: Foreign, method: string, value: unknown): Promise<unknown>;
  /** Gives a reference back. */
  drop(id: number, count: number): void;
}

/** References to what the embedder has: each is given back when nobody here holds it any more. */
export class ForeignTable {
  readonly #byId = new Map<number, Foreign>();
  readonly #actions: ForeignActions;
  readonly #registry: FinalizationRegistry<Foreign>;

  constructor(actions: ForeignActions) {
    this.#actions = actions;
    this.#registry = new FinalizationRegistry((foreign) => this.#giveBack(foreign));
  }

  receive(id: number, kind: 'function' | 'iterable'): object {
    const known = mapGet(this.#byId, id) as Foreign | undefined;
    const alive = known && (weakRefDeref(known.weak!) as object | undefined);
    if (known && alive) {
      known.count++;
      return alive;
    }
    const foreign = new Foreign(id);
    // One whose finalizer has not run yet is given back together with its successor.
    foreign.count = 1 + (known ? known.count : 0);
    const made = kind === 'function' ? this.#function(foreign) : this.#iterable(foreign);
    Stamp.put(made, foreign);
    foreign.weak = new WeakRef(made);
    mapSet(this.#byId, id, foreign);
    registryRegister(this.#registry, made, foreign);
    return made;
  }

  /** The embedder has let go of it already: there is nothing to give back. */
  forget(foreign: Foreign): void {
    foreign.isGone = true;
    if (mapGet(this.#byId, foreign.id) === foreign) mapDelete(this.#byId, foreign.id);
  }

  /** The embedder is another one from here on: what this one gave can be used no more. */
  end(): void {
    mapForEach(this.#byId, (foreign: Foreign) => void (foreign.isGone = true));
    mapClear(this.#byId);
  }

  #giveBack(foreign: Foreign): void {
    if (mapGet(this.#byId, foreign.id) !== foreign) return;
    this.forget(foreign);
    this.#actions.drop(foreign.id, foreign.count);
  }

  #function(foreign: Foreign): object {
    const call = (...args: unknown[]): Promise<unknown> => this.#actions.call(foreign, args);
    return defineMethod(call, dispose, () => this.#giveBack(foreign));
  }

  #iterable(foreign: Foreign): object {
    const { iterate } = this.#actions;
    const made = {
      next: (value: unknown) => iterate(foreign, 'next', value),
      return: (value: unknown) => iterate(foreign, 'return', value),
      throw: (value: unknown) => iterate(foreign, 'throw', value),
    };
    const end = () => this.#giveBack(foreign);
    defineMethod(made, asyncIterator, () => made);
    defineMethod(made, dispose, end);
    return defineMethod(made, asyncDispose, () => {
      end();
      return resolvedPromise();
    });
  }
}

function defineMethod<T extends object>(target: T, key: symbol, value: Function): T {
  return defineProperty(target, key, record({ value, writable: true, configurable: true }));
}
