import { Type, type Static } from '../schema/typebox.ts';
import { TicketText } from './egress.ts';
import { urlField } from './fetch.ts';

const closed = { additionalProperties: false };

/** The largest message that a WebSocket may bring to a run: whoever receives it holds all of it. */
export const MAX_SOCKET_MESSAGE_BYTES = 4 * 1024 * 1024;

/** A token of RFC 9110. */
const subprotocol = () =>
  Type.String({ minLength: 1, maxLength: 128, pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" });

/** A WebSocket as the guest opens it: `ws:` or `wss:`, and the subprotocols that it speaks. */
export const WebSocketStartSchema = Type.Object(
  { url: urlField(), protocols: Type.Array(subprotocol(), { maxItems: 32 }) },
  closed,
);
export type WebSocketStart = Static<typeof WebSocketStartSchema>;

/** What a runner sends to egress to open a WebSocket; messages follow as data (`socket-parts.ts`). */
export const WebSocketCallSchema = Type.Object(
  { ticket: TicketText, ...WebSocketStartSchema.properties },
  closed,
);

/** The open connection, as egress tells of it. */
export const WebSocketHeadSchema = Type.Object(
  {
    /** The subprotocol that the server chose; '' for none. */
    protocol: Type.String({ maxLength: 128 }),
  },
  closed,
);
export type WebSocketHead = Static<typeof WebSocketHeadSchema>;
