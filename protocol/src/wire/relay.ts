import type { CallEnd, EventListener, IncomingCall } from './call.ts';
import { LASTING } from './call-payload.ts';
import type { Channel } from './channel.ts';

export interface RelayOptions {
  /** Default: the call's own. */
  payload?: unknown;
  /** Told of each event instead of the caller. Default: the caller is sent it. */
  onEvent?: EventListener;
}

/**
 * Passes a call on to another connection as it is: its events, its bytes both ways with
 * back-pressure, its cancel and its deadline. Resolves with the answer when its bytes have been
 * passed on; rejects as the other side does.
 */
export async function relayCall(
  call: IncomingCall,
  to: Channel,
  { payload = call.payload, onEvent }: RelayOptions = {},
): Promise<unknown> {
  const { deadline } = call;
  const onward = to.call(call.method, payload, {
    deadlineMs: deadline === Infinity ? LASTING : Math.max(1, deadline - performance.now()),
    signal: call.signal,
    onEvent: onEvent ?? ((event) => call.emit(event)),
  });
  void pump(call, onward);
  const down = pump(onward, call);
  const answer = await onward.reply;
  await down;
  return answer;
}

/** What breaks one end of a call breaks the other by its cancel or its answer. */
async function pump(from: CallEnd, to: CallEnd): Promise<void> {
  try {
    for await (const chunk of from.data) await to.pass(chunk);
    to.end();
  } catch {
    // The answer says why.
  }
}
