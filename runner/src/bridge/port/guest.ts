import type { GuestGroup } from '../../guest/core.ts';
import { record } from '../../guest/interface.ts';
import { GuestPort } from './guest/guest-port.ts';
import type { Port, PortGroup } from './guest/port.ts';
import { defineTools } from './guest/tools.ts';

const open: PortGroup['open'] = (options) => {
  const port = new GuestPort(options);
  defineTools(options.tools, (target, args) => port.call(target, args));
  return record<Port>({
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

export const install: GuestGroup = () => ({ open });
