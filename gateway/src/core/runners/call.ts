import { CofferdamError } from '@cofferdam/protocol';
import type { RunnerClaim, RunnerRegistry } from './registry.ts';

export interface RunnerCall<T> {
  method: string;
  payload: unknown;
  /** Milliseconds for waiting for a runner and for its answer, each. */
  deadlineMs: number;
  signal?: AbortSignal | undefined;
  /** Checks the answer; throws `PROTOCOL_VIOLATION`, which ends the runner. */
  read: (answer: unknown) => T;
}

/** Calls a runner for the claim and checks what it answers. */
export async function callRunner<T>(
  registry: RunnerRegistry,
  claim: RunnerClaim,
  { method, payload, deadlineMs, signal, read }: RunnerCall<T>,
): Promise<T> {
  const lease = await registry.acquire(claim, { deadlineMs, signal });
  try {
    const options = { deadlineMs, ...(signal ? { signal } : {}) };
    return read(await lease.channel.call(method, payload, options).reply);
  } catch (error) {
    const { code, message } = CofferdamError.from(error);
    if (code === 'PROTOCOL_VIOLATION' || code === 'DEADLINE_EXCEEDED') {
      lease.drop(`${method}: ${message}`);
    }
    throw error;
  } finally {
    lease.release();
  }
}
