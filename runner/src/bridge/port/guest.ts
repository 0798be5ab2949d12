import type { GuestGroup } from '../../guest/core.ts';
import { record } from '../../guest/interface.ts';
import { GuestPort } from './guest/guest-port.ts';
import { sessionPort } from './guest/session-port.ts';
import type { Port, PortGroup, SessionPortOptions } from './guest/port.ts';
import { defineTools } from './guest/tools.ts';

let opened: Port | undefined;

const open: PortGroup['open'] = (options) => {
  const port = new GuestPort(options);
  defineTools(options.tools, (target, args) => port.call(target, args));
  return noted({
    deliver: (text) => port.deliver(text),
    sent: (length) => port.sent(length),
    log: (level, text, depth) => port.log(level, text, depth),
    flush: () => port.flush(),
    call: (target, args) => port.call(target, args),
    post: (event, value) => port.post(event, value),
    on: (event, handler) => port.on(event, handler),
    end: (message) => port.end(message),
  });
};

function noted<T extends Port>(port: T): T {
  opened = record(port);
  return port;
}

export const install: GuestGroup = () => ({
  open,
  openSession: (options: SessionPortOptions) => noted(sessionPort(options)),
  opened: () => opened,
});
