import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';

const { defineProperty, getPrototypeOf, toStringTag, TypeError, Map } = primordials;

/** %IteratorPrototype%, which every iterator of the language inherits from. */
const IteratorPrototype = getPrototypeOf(
  getPrototypeOf(new Map()[primordials.iterator]()),
) as object;

export type Kind = 'key' | 'value' | 'entry';

interface State<V> {
  pairs(): readonly (readonly [string, V])[];
  kind: Kind;
  at: number;
}

/** Iterators over name and value pairs that see later changes, as Web IDL has it. */
export function pairIterators<V = string>(interfaceName: string) {
  class PairIterator {
    readonly #state: State<V>;

    constructor(state: State<V>) {
      this.#state = state;
    }

    next(): IteratorResult<unknown> {
      if (!(#state in this)) throw new TypeError('Illegal invocation');
      const state = this.#state;
      const pairs = state.pairs();
      if (state.at >= pairs.length) return { value: undefined, done: true };
      const pair = pairs[state.at++]!;
      const value =
        state.kind === 'key' ? pair[0] : state.kind === 'value' ? pair[1] : [pair[0], pair[1]];
      return { value, done: false };
    }
  }
  const prototype = record({});
  primordials.setPrototypeOf(prototype, IteratorPrototype);
  const { next } = PairIterator.prototype;
  defineProperty(
    prototype,
    'next',
    record({ value: next, writable: true, enumerable: true, configurable: true }),
  );
  defineProperty(
    prototype,
    toStringTag,
    record({ value: `${interfaceName} Iterator`, configurable: true }),
  );
  return (pairs: State<V>['pairs'], kind: Kind): IterableIterator<any> =>
    primordials.setPrototypeOf(new PairIterator({ pairs, kind, at: 0 }), prototype) as never;
}

/** `forEach`, `keys`, `values`, `entries` and iteration need only this of a class. */
export function defineIterable(constructor: Function): void {
  const prototype = constructor.prototype as { entries: unknown };
  const { entries } = prototype;
  defineProperty(
    prototype,
    primordials.iterator,
    record({ value: entries, writable: true, configurable: true }),
  );
}
