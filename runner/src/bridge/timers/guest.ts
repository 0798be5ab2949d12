import { core, primordials } from '../../guest/captured.ts';
import type { GuestGroup } from '../../guest/core.ts';
import { Timer, TimerHeap } from './guest/heap.ts';

const {
  apply,
  dateNow,
  defineProperty,
  Map,
  mapDelete,
  mapGet,
  mapSet,
  mapSize,
  max,
  min,
  promiseThen,
  realm,
  resolvedPromise,
  setPrototypeOf,
  TypeError,
} = primordials;

const MAX_WAIT_MS = 2 ** 31 - 1;
/** So many timers have a host turn each, with the microtasks of one done before the next begins. */
const SINGLE_TURNS = 64;
/** isolated-vm ends its process when hundreds of thousands of callbacks are due in one turn. */
const MAX_BATCH = 1000;
/** Cancelled timers are swept out when they are the most of at least so many. */
const SWEEP_SIZE = 1024;

/** Shared by all timers without arguments. */
const NO_ARGUMENTS: unknown[] = [];

const heap = new TimerHeap();
const timers = new Map<number, Timer>();
let lastOrder = 0;
/** When the host wakes us up; waits that were overtaken by an earlier one answer to nothing. */
let wakeAt = Infinity;
let wakeNumber = 0;
let isArming = false;
let isRunning = false;
let turns = 0;

/** Runs on the next microtask, so that a loop that sets a million timers asks the host once. */
function arm(): void {
  if (isArming || isRunning) return;
  isArming = true;
  later(() => {
    isArming = false;
    if (!isRunning) askHost();
  });
}

/** The promise is our own: no constructor of it may come from a prototype. */
function later(run: () => void): void {
  hardened(promiseThen(hardened(resolvedPromise()), run));
}

const plainConstructor = setPrototypeOf({ value: undefined }, null) as PropertyDescriptor;

function hardened<T>(promise: Promise<T>): Promise<T> {
  return defineProperty(promise, 'constructor', plainConstructor);
}

function askHost(): void {
  dropCancelled();
  const next = heap.peek();
  if (!next || next.due >= wakeAt) return;
  wakeAt = next.due;
  const mine = ++wakeNumber;
  const ms = min(max(0, next.due - dateNow()), MAX_WAIT_MS);
  const wake = () => {
    if (mine !== wakeNumber) return;
    wakeAt = Infinity;
    runDue();
  };
  waitForHost(ms, wake);
}

function waitForHost(ms: number, then: () => void): void {
  const json = setPrototypeOf({ ms }, null) as { ms: number };
  promiseThen(hardened(core.hostCall('timers', 'wait', json)), then, core.fail);
}

function dropCancelled(): void {
  for (let next = heap.peek(); next?.cancelled; next = heap.peek()) heap.pop();
}

/** One timer for each host turn; from the 65th turn in a row on, a batch of them. */
function runDue(): void {
  isRunning = true;
  // As long as every callback is due now, later ones set by them wait for the next turn.
  runBatch(dateNow(), ++turns > SINGLE_TURNS ? MAX_BATCH : 1);
}

function runBatch(until: number, left: number): void {
  dropCancelled();
  const next = heap.peek();
  if (next && next.due <= until && left > 0) {
    heap.pop();
    fire(next);
    // The microtasks of this callback come before the next callback of the batch.
    if (left > 1) return later(() => runBatch(until, left - 1));
  }
  isRunning = false;
  dropCancelled();
  const more = heap.peek();
  if (!more || more.due > dateNow()) turns = 0;
  arm();
}

function fire(timer: Timer): void {
  if (timer.repeat === undefined) mapDelete(timers, timer.id);
  try {
    apply(timer.callback, realm, timer.args ?? NO_ARGUMENTS);
  } catch (error) {
    core.fail(error);
  }
  if (timer.repeat === undefined || timer.cancelled) return;
  timer.due = dateNow() + timer.repeat;
  timer.order = ++lastOrder;
  heap.push(timer);
}

function carried(callback: unknown, isRepeated: boolean): Function {
  if (typeof callback !== 'function') throw new TypeError('The callback must be a function');
  return core.carry(callback, 'Timeout', !isRepeated);
}

function start(callback: Function, delay: unknown, args: unknown[], isRepeated: boolean): number {
  const ms = max(isRepeated ? 1 : 0, toInt32(delay));
  const fields = {
    id: ++lastOrder,
    due: dateNow() + ms,
    repeat: isRepeated ? ms : undefined,
  };
  const timer = new Timer(fields, callback, args.length > 0 ? args : undefined);
  heap.push(timer);
  mapSet(timers, timer.id, timer);
  arm();
  return timer.id;
}

/** As Web IDL converts to `long`: too large a delay wraps around, and what is no number is 0. */
function toInt32(delay: unknown): number {
  return (delay as number) | 0;
}

function clear(id: unknown): void {
  const number = toInt32(id);
  const timer = mapGet(timers, number) as Timer | undefined;
  if (!timer) return;
  timer.cancelled = true;
  mapDelete(timers, number);
  if (heap.size > SWEEP_SIZE && heap.size > 2 * mapSize(timers)) heap.sweep();
}

export const install: GuestGroup = () => ({
  setTimeout(callback: unknown, delay: unknown = 0, ...args: unknown[]): number {
    return start(carried(callback, false), delay, args, false);
  },
  clearTimeout(id: unknown = 0): void {
    clear(id);
  },
  setInterval(callback: unknown, delay: unknown = 0, ...args: unknown[]): number {
    return start(carried(callback, true), delay, args, true);
  },
  clearInterval(id: unknown = 0): void {
    clear(id);
  },
  /** Timers that wait. */
  count(): number {
    return mapSize(timers);
  },
  /** For work of the platform's own, which is done on behalf of no guest's task. */
  soon(run: () => void): void {
    start(run, 0, [], false);
  },
  /** The same after so many milliseconds; answers what forgets it. */
  after(run: () => void, ms: number): () => void {
    const id = start(run, ms, [], false);
    return () => clear(id);
  },
});
