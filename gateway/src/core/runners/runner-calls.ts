import type { CallHandler, Channel, IncomingCall } from '@cofferdam/protocol';
import type { Roster } from './roster.ts';

export interface RunnerCallsOptions {
  /** Answers a bound runner's `blob` call for its tenant. */
  onBlob?: (tenant: string, call: IncomingCall) => unknown;
  /** Answers what a guest in a runner asks of its embedder. */
  onBinding?: (runner: Channel, call: IncomingCall) => unknown;
}

/** What answers a call of the runner behind a connection; nothing does before it has a tenant. */
export function handlerOf(
  roster: Roster,
  { onBlob, onBinding }: RunnerCallsOptions,
  { channel, method }: { channel: Channel; method: string },
): CallHandler | undefined {
  const runner = [...roster].find(({ identity }) => identity.channel === channel);
  const tenant = runner?.owner?.tenant;
  if (tenant === undefined) return undefined;
  if (method === 'blob') return onBlob && ((call) => onBlob(tenant, call));
  return onBinding && ((call) => onBinding(channel, call));
}
