import type { WebSocketHead } from '@cofferdam/protocol';
import type { Exchange } from '../fetch/stream.ts';

export type { WebSocketHead, WebSocketStart } from '@cofferdam/protocol';

/** One WebSocket under way, towards egress; its bytes both ways are the parts of messages. */
export type WebSocketStream = Exchange<WebSocketHead>;
