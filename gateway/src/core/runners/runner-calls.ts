import {
  CofferdamError,
  RUN_BROWSER_METHOD,
  type CallHandler,
  type Channel,
  type IncomingCall,
} from '@cofferdam/protocol';
import { RunnerViolation } from '../browsers/relay.ts';
import type { Roster } from './roster.ts';
import type { Runner } from './runner.ts';

export interface RunnerCallsOptions {
  /** Answers a bound runner's `blob` call for its tenant. */
  onBlob?: (tenant: string, call: IncomingCall) => unknown;
  /** Answers what a guest in a runner asks of its embedder. */
  onBinding?: (runner: Channel, call: IncomingCall) => unknown;
  /** Answers what the guest of a run asks of its browser; throws `RunnerViolation` for what no runner of ours says. */
  onRunBrowser?: (runner: Channel, call: IncomingCall) => unknown;
}

/** What answers a call of the runner behind a connection; nothing does before it has a tenant. */
export function handlerOf(
  roster: Roster,
  { onBlob, onBinding, onRunBrowser }: RunnerCallsOptions,
  { channel, method }: { channel: Channel; method: string },
): CallHandler | undefined {
  const runner = [...roster].find(({ identity }) => identity.channel === channel);
  const tenant = runner?.owner?.tenant;
  // A browser pod asks for nothing.
  if (tenant === undefined || runner?.identity.role !== 'runner') return undefined;
  if (method === 'blob') return onBlob && ((call) => onBlob(tenant, call));
  const answer = method === RUN_BROWSER_METHOD ? onRunBrowser : onBinding;
  return answer && ((call) => answered(runner, () => answer(channel, call)));
}

/** A runner that says what none of ours would is ended for it. */
async function answered(runner: Runner, answer: () => unknown): Promise<unknown> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof RunnerViolation) runner.drop(CofferdamError.from(error).message);
    throw error;
  }
}
