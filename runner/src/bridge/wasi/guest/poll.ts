import { isClock, type Clock } from './clock.ts';
import { ERRNO } from './errno.ts';
import type { GuestMemory } from './memory.ts';
import { STDIN, type Stdio } from './stdio.ts';

const SUBSCRIPTION_BYTES = 48;
const EVENT_BYTES = 32;
const MAX_SUBSCRIPTIONS = 1024;
const TAG_CLOCK = 0;
const TAG_FD_READ = 1;
const ABSOLUTE = 1;
/** Longer than a run may take; its wall time ends the sleep before that. */
const MAX_SLEEP_MS = 600_000;
const NS_PER_MS = 1_000_000n;

interface Subscription {
  userdata: bigint;
  tag: number;
  errno: number;
  /** Milliseconds until it is due; 0 for a descriptor, which is always ready. */
  waitMs: number;
  available: number;
}

export interface Poll {
  memory: GuestMemory;
  clock: Clock;
  stdio: Stdio;
  /** Blocks the program's thread. */
  sleep(ms: number): void;
}

/** `poll_oneoff`: descriptors are always ready; without one, it sleeps until the earliest clock. */
export function pollOneoff(
  poll: Poll,
  [inAt, outAt, count, countAt]: [number, number, number, number],
): number {
  const size = count >>> 0;
  if (size === 0 || size > MAX_SUBSCRIPTIONS) return ERRNO.inval;
  const subscriptions = Array.from({ length: size }, (_, index) =>
    readSubscription(poll, (inAt >>> 0) + index * SUBSCRIPTION_BYTES),
  );
  const soonest = subscriptions.reduce(
    (least, { waitMs }) => Math.min(least, waitMs),
    MAX_SLEEP_MS,
  );
  if (soonest > 0) poll.sleep(soonest);
  const due = subscriptions.filter(({ waitMs }) => waitMs <= soonest);
  for (const [index, subscription] of due.entries()) {
    writeEvent(poll.memory, (outAt >>> 0) + index * EVENT_BYTES, subscription);
  }
  poll.memory.setU32(countAt, due.length);
  return ERRNO.success;
}

function readSubscription({ memory, clock, stdio }: Poll, at: number): Subscription {
  const userdata = memory.u64(at);
  const tag = memory.u8(at + 8);
  const id = memory.u32(at + 16);
  const base = { userdata, tag, errno: ERRNO.success, waitMs: 0, available: 0 };
  if (tag === TAG_CLOCK) {
    if (!isClock(id)) return { ...base, errno: ERRNO.inval };
    const timeout = memory.u64(at + 24);
    const isAbsolute = (memory.u16(at + 40) & ABSOLUTE) !== 0;
    return { ...base, waitMs: millisecondsUntil(timeout, isAbsolute ? clock.nanoseconds(id) : 0n) };
  }
  if (tag === TAG_FD_READ) {
    return id === STDIN ? { ...base, available: stdio.available } : { ...base, errno: ERRNO.badf };
  }
  return stdio.isOutput(id) ? base : { ...base, errno: ERRNO.badf };
}

function millisecondsUntil(time: bigint, now: bigint): number {
  if (time <= now) return 0;
  const ms = (time - now + NS_PER_MS - 1n) / NS_PER_MS;
  return ms > BigInt(MAX_SLEEP_MS) ? MAX_SLEEP_MS : Number(ms);
}

function writeEvent(memory: GuestMemory, at: number, subscription: Subscription): void {
  memory.setU64(at, subscription.userdata);
  memory.setU16(at + 8, subscription.errno);
  memory.setU8(at + 10, subscription.tag);
  memory.setU64(at + 16, BigInt(subscription.available));
  memory.setU16(at + 24, 0);
}
