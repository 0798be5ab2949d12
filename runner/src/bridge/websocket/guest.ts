import type { GuestGroup } from '../../guest/core.ts';
import { CloseEvent } from './guest/close-event.ts';
import { WebSocket } from './guest/web-socket.ts';

export const install: GuestGroup = () => ({ CloseEvent, WebSocket });
