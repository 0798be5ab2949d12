import { primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import { GuestPort } from './guest-port.ts';
import type { SessionPort, SessionPortOptions } from './port.ts';
import { takenNames, toolsOf, type SessionTools } from './session-tools.ts';

const { Map, mapForEach, mapSet } = primordials;

type Handler = ((value: unknown) => void) | undefined;

const DETACHED = 'Nobody has the session: its handle was given back';

/**
 * The guest's end where one embedder follows another: each has a port of its own, so that nothing
 * that was said to one can reach the next. While there is none, nothing is sent.
 */
export function sessionPort({ post, requestId }: SessionPortOptions): SessionPort {
  const handlers = new Map<string, Handler>();
  const taken = takenNames();
  let current = detached();
  let tools: SessionTools | undefined;
  let writesLines = false;

  function portOf(number: number): GuestPort {
    const port = new GuestPort(
      record({
        post: (text: string) => post(text, number),
        tools: list<string>(),
        ...(requestId && { requestId }),
      }),
    );
    mapForEach(handlers, (handler: Handler, event: string) => port.on(event, handler));
    return port;
  }

  function detached(): GuestPort {
    const port = portOf(0);
    port.detach(DETACHED);
    return port;
  }

  return record<SessionPort>({
    attach: (number, console, names) => {
      current.detach(DETACHED);
      current.supersede();
      const port = portOf(number);
      current = port;
      writesLines = console;
      tools?.remove();
      tools = toolsOf(names, taken, (target, args) => port.call(target, args));
      tools.define();
    },
    detach: () => {
      writesLines = false;
      current.detach(DETACHED);
    },
    deliver: (text) => current.deliver(text),
    sent: (length) => current.sent(length),
    log: (level, text, depth) => {
      if (writesLines) current.log(level, text, depth);
    },
    flush: () => current.flush(),
    call: (target, args) => current.call(target, args),
    post: (event, value) => current.post(event, value),
    on: (event, handler) => {
      mapSet(handlers, event, handler);
      current.on(event, handler);
    },
    end: (message) => current.end(message),
  });
}
