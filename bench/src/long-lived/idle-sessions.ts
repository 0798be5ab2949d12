import { setTimeout as sleep } from 'node:timers/promises';
import type { IsolateHost } from 'cofferdam';
import { memoryOfTree, totalMiB } from '../memory.ts';
import { Stand } from '../sdk/stand.ts';
import { startServer } from '../server-process.ts';

/** Long enough for V8's own idle work and for spare processes to be there. */
const SETTLE_MS = 5_000;
const MAKERS = 4;
const BARE_ISOLATES = 100;

export interface IdleSessions {
  count: number;
  beforeMiB: number;
  afterMiB: number;
  perSessionMiB: number;
  /** Of the daemon's tree, afterwards. */
  processes: number;
  /** Milliseconds that one took to be made, used once and given back, on average. */
  madeMs: number;
  /** A bare isolate with a context, in one process. */
  perIsolateMiB: number;
}

/** What sessions take that nobody has: proportional set size of a daemon's whole tree, before and after. */
export async function measureIdleSessions(count: number): Promise<IdleSessions> {
  await using stand = await Stand.make();
  const host = await stand.openHost();
  try {
    // The processes that stay, and the first one's code, are there before.
    await make(host, 0);
    await sleep(SETTLE_MS);
    const beforeMiB = totalMiB(await stand.memory());
    const began = performance.now();
    await makeAll(host, count);
    const madeMs = (performance.now() - began) / count;
    await sleep(SETTLE_MS);
    const after = await stand.memory();
    const afterMiB = totalMiB(after);
    await check(host, count);
    const perSessionMiB = (afterMiB - beforeMiB) / count;
    const perIsolateMiB = await bareIsolate();
    const processes = after.length;
    return { count, beforeMiB, afterMiB, perSessionMiB, processes, madeMs, perIsolateMiB };
  } finally {
    await host.close();
  }
}

async function make(host: IsolateHost, number: number): Promise<void> {
  const session = await host.getNamespacedRuntime(`bench/idle-${number}`);
  await session.eval(`globalThis.seen = ${number}`);
  await session.dispose();
}

async function makeAll(host: IsolateHost, count: number): Promise<void> {
  let next = 1;
  const maker = async () => {
    // eslint-disable-next-line no-await-in-loop -- each makes one after the other
    while (next <= count) await make(host, next++);
  };
  await Promise.all(Array.from({ length: MAKERS }, maker));
}

/** The first and the last are still there. */
async function check(host: IsolateHost, count: number): Promise<void> {
  for (const number of [1, count]) {
    // eslint-disable-next-line no-await-in-loop -- there are two
    const session = await host.getNamespacedRuntime(`bench/idle-${number}`);
    // eslint-disable-next-line no-await-in-loop
    const seen = await session.eval('export default seen');
    if (seen !== number) throw new Error(`session ${number} has ${String(seen)}`);
    // eslint-disable-next-line no-await-in-loop
    await session.dispose();
  }
}

async function bareIsolate(): Promise<number> {
  const [none, some] = [await bareIsolates(0), await bareIsolates(BARE_ISOLATES)];
  return (some - none) / BARE_ISOLATES;
}

async function bareIsolates(count: number): Promise<number> {
  const child = await startServer(process.execPath, ['isolates-process.ts', String(count)], {
    cwd: new URL('./', import.meta.url),
    ready: /ready/,
  });
  try {
    await sleep(SETTLE_MS);
    return totalMiB(memoryOfTree(child.pid));
  } finally {
    await child.stop();
  }
}
