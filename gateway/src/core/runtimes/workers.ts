import { CofferdamError, type ResolvedPool, type ResolvedScript } from '@cofferdam/protocol';
import type { RunnerLease } from '../runners/registry.ts';
import { endTexts } from './worker-messages.ts';
import { WorkerSession } from './worker-session.ts';

/** Whoever drives a worker, on a connection of its own. */
export interface WorkerClient {
  /** What it says, read as fast as the worker takes it. */
  readonly messages: AsyncIterable<string>;
  /** Aborted when the connection is over. */
  readonly signal: AbortSignal;
  send(text: string): void;
  /** Resolves when what was sent has left, but for a little. */
  room(): Promise<void>;
  /** `ok`: it came to its end; `refused`: it said what it may not; `failed`: there is no worker. */
  close(how: 'ok' | 'refused' | 'failed', reason: string): void;
}

export interface WorkerPlace {
  pool: ResolvedPool;
  /** A runner of the script's tenant; rejects when none comes in time. */
  acquire(pool: ResolvedPool, signal: AbortSignal): Promise<RunnerLease>;
  /** Takes a place for one more runtime, and answers how it is given back; throws `QUEUE_FULL`. */
  enter(): () => void;
  /** Aborted when the gateway ends. */
  ended: AbortSignal;
}

/** Keeps a worker of a script's for one client, until either is over. Never rejects. */
export async function serveWorker(
  script: ResolvedScript,
  client: WorkerClient,
  place: WorkerPlace,
): Promise<void> {
  const signal = AbortSignal.any([client.signal, place.ended]);
  try {
    const leave = place.enter();
    try {
      const lease = await place.acquire(place.pool, signal);
      await inRunner(lease, new WorkerSession(script, client, { channel: lease.channel, signal }));
    } finally {
      leave();
    }
  } catch (error) {
    const refusal = CofferdamError.from(signal.aborted ? signal.reason : error);
    for (const text of endTexts(refusal)) client.send(text);
    client.close(refusal.code === 'INVALID_INPUT' ? 'refused' : 'failed', refusal.code);
  }
}

async function inRunner(lease: RunnerLease, session: WorkerSession): Promise<void> {
  try {
    await session.live();
  } catch (error) {
    const { code, message } = CofferdamError.from(error);
    if (code === 'PROTOCOL_VIOLATION') lease.drop(`a worker: ${message}`);
    throw error;
  } finally {
    lease.release();
  }
}
