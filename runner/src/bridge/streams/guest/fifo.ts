import { primordials } from '../../../guest/captured.ts';
import { list } from '../../../guest/interface.ts';

const { RangeError } = primordials;

/** Values in order; taking the first costs the same however many wait. */
export class Fifo<T> {
  #items = list<T>();
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }
  get first(): T | undefined {
    return this.#items[this.#head];
  }
  push(item: T): void {
    this.#items[this.#items.length] = item;
  }
  shift(): T {
    const item = this.#items[this.#head]!;
    this.#items[this.#head++] = undefined as T;
    if (this.#head === this.#items.length) this.clear();
    else if (this.#head > 1024 && this.#head * 2 > this.#items.length) this.#compact();
    return item;
  }
  clear(): void {
    this.#items = list<T>();
    this.#head = 0;
  }
  /** Empties it, and tells each of what was in it. */
  drain(tell: (item: T) => void): void {
    const taken = this.#items;
    const head = this.#head;
    this.clear();
    for (let i = head; i < taken.length; i++) tell(taken[i]!);
  }
  #compact(): void {
    const rest = list<T>();
    for (let i = this.#head; i < this.#items.length; i++) rest[rest.length] = this.#items[i]!;
    this.#items = rest;
    this.#head = 0;
  }
}

/** The standard's queue with sizes. */
export class SizedQueue {
  readonly #entries = new Fifo<{ value: unknown; size: number }>();
  total = 0;

  get length(): number {
    return this.#entries.length;
  }
  get first(): unknown {
    return this.#entries.first!.value;
  }
  push(value: unknown, size: number): void {
    if (!(size >= 0) || size === 1 / 0) throw new RangeError('A chunk must have a finite size');
    this.#entries.push({ value, size });
    this.total += size;
  }
  shift(): unknown {
    const { value, size } = this.#entries.shift();
    // Rounding of fractions must not leave less than nothing.
    this.total = this.total - size > 0 ? this.total - size : 0;
    return value;
  }
  clear(): void {
    this.#entries.clear();
    this.total = 0;
  }
}
