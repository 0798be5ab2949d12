import { primordials } from '../../../guest/captured.ts';

const { setPrototypeOf } = primordials;

/** A class, since a million of them have to fit: its instances share one layout. */
export class Timer {
  readonly id: number;
  due: number;
  /** Among timers due at once the one that was set first comes first. */
  order: number;
  readonly repeat: number | undefined;
  readonly callback: Function;
  readonly args: unknown[] | undefined;
  cancelled = false;

  constructor(
    { id, due, repeat }: { id: number; due: number; repeat: number | undefined },
    callback: Function,
    args: unknown[] | undefined,
  ) {
    this.id = id;
    this.due = due;
    this.order = id;
    this.repeat = repeat;
    this.callback = callback;
    this.args = args;
  }
}

/** A binary heap of timers by due time. Cancelled ones leave when they come up, or in a sweep. */
export class TimerHeap {
  #items = setPrototypeOf([], null) as Timer[];

  get size(): number {
    return this.#items.length;
  }

  peek(): Timer | undefined {
    return this.#items.length > 0 ? this.#items[0] : undefined;
  }

  push(timer: Timer): void {
    const items = this.#items;
    let at = items.length;
    items[at] = timer;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(timer, items[parent]!)) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = timer;
  }

  pop(): Timer | undefined {
    const items = this.#items;
    const { length } = items;
    if (length === 0) return undefined;
    const first = items[0];
    const last = items[length - 1]!;
    items.length = length - 1;
    if (length > 1) this.#sink(last);
    return first;
  }

  /** Drops cancelled timers; worth it when they are the most. */
  sweep(): void {
    const before = this.#items;
    this.#items = setPrototypeOf([], null) as Timer[];
    for (let i = 0; i < before.length; i++) {
      if (!before[i]!.cancelled) this.push(before[i]!);
    }
  }

  #sink(timer: Timer): void {
    const items = this.#items;
    const { length } = items;
    let at = 0;
    for (let child = 1; child < length; child = at * 2 + 1) {
      if (child + 1 < length && isBefore(items[child + 1]!, items[child]!)) child++;
      if (!isBefore(items[child]!, timer)) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = timer;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}
