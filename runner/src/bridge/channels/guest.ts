import type { GuestGroup } from '../../guest/core.ts';
import { MessageChannel } from './guest/message-channel.ts';
import { MessageEvent } from './guest/message-event.ts';
import { isTransferable, MessagePort, movePort, newPort } from './guest/message-port.ts';

/** What other groups use of this one, beside its globals. */
export interface ChannelsGroup {
  isTransferable: typeof isTransferable;
  movePort: typeof movePort;
  newPort: typeof newPort;
}

export const install: GuestGroup = () => ({
  isTransferable,
  MessageChannel,
  MessageEvent,
  MessagePort,
  movePort,
  newPort,
});
