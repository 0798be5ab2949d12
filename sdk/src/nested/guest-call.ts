import type { HostCallContext } from '../types.ts';
import type { ToolHandler } from '../types.ts';

/** A function of a guest's, by reference. */
export type GuestCall = (...args: unknown[]) => Promise<unknown>;

/** What is waiting for a guest that is told of things: beyond it they are dropped. */
const MAX_TOLD = 1_000;

/** A context as another guest may have it: with nothing of this process in it. */
export function contextView(context: HostCallContext): object {
  const { signal, runtimeId, requestId, resourceId, metadata } = context;
  return { signal, runtimeId, resourceId, metadata, ...(requestId !== undefined && { requestId }) };
}

/** A binding that a guest's function answers. The last argument is the context. */
export function guestHandler(call: GuestCall): ToolHandler {
  return (...args: unknown[]) => {
    const context = args.pop() as HostCallContext;
    return call(...args, contextView(context));
  };
}

/** Tells a guest what it does not answer: best effort. */
export function guestListener(call: GuestCall): (...args: unknown[]) => void {
  let told = 0;
  return (...args) => {
    if (told >= MAX_TOLD) return;
    told++;
    const done = () => void told--;
    call(...args).then(done, done);
  };
}
