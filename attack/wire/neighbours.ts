import { setTimeout as sleep } from 'node:timers/promises';
import { collectGarbage } from '@cofferdam/protocol';
import { intent, ok, type Peer, type Rig } from '../../gateway/test/peer.ts';

const MiB = 1024 * 1024;
/** A collection takes tens of milliseconds: between two of them the others have the thread. */
const LOOK_MS = 250;

/** What is true of a gateway while a runner of somebody else's lies to it. */
export interface Meanwhile<T> {
  outcome: T;
  /** How the runs of an honest tenant ended, each once. */
  endings: readonly string[];
  /** The most that the heap and its buffers had grown by, without what nobody holds any more. */
  grownMiB: number;
}

/** Has a tenant with an honest runner run scripts, one after the other, until the work is done. */
export async function meanwhile<T>(rig: Rig, work: () => Promise<T>): Promise<Meanwhile<T>> {
  const endings = new Set<string>();
  const before = held();
  let grown = 0;
  const look = setInterval(() => void (grown = Math.max(grown, held() - before)), LOOK_MS);
  const over = new AbortController();
  const runs = (async () => {
    while (!over.signal.aborted) {
      const { result } = await rig.core.runs.execute(intent({ tenant: 'honest' }));
      endings.add(`${result.exitReason} ${result.value}`);
      await sleep(2);
    }
  })();
  const outcome = await work();
  over.abort();
  await runs;
  clearInterval(look);
  return { outcome, endings: [...endings], grownMiB: grown / MiB };
}

/** A runner of the honest tenant alone. */
export async function honest(rig: Rig): Promise<Peer> {
  const peer = await rig.join({ run: () => ok({ value: '"honest"' }) });
  await rig.core.runs.execute(intent({ tenant: 'honest' }));
  return peer;
}

function held(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
