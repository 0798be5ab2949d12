import { Type, type Static } from '../schema/typebox.ts';
import { TicketText } from '../run/egress.ts';
import { FetchHeadSchema, FetchStartSchema } from '../run/fetch.ts';

const closed = { additionalProperties: false };
const id = () => Type.String({ minLength: 1, maxLength: 128 });

/** What a guest that called `serve` answers. */
export const SERVER_METHODS = {
  /**
   * Embedder → keeper, `ServerRequest`; its body follows as data. The event is a `ServerHead`, the body of
   * the response comes as data, the answer is `{}`. Cancelling it aborts `request.signal` and nothing else.
   */
  request: 'server.request',
  /**
   * Embedder → keeper, `ServerSocket`: an upgraded connection is open. Lasts as long as the connection;
   * messages are data both ways (`socket-parts.ts`). Cancelling it closes the connection with 1006.
   */
  webSocket: 'server.websocket',
  /**
   * Runner → gateway, `ServerTicketAsk` → `ServerTicket`: the way out of one request that the runtime is
   * answering, or of the connection that was made of it. Asked for when its guest first uses it.
   */
  ticket: 'server.ticket',
} as const;

export const ServerTicketAskSchema = Type.Object({ runtimeId: id(), requestId: id() }, closed);

export const ServerTicketSchema = Type.Object(
  {
    /** Absent where the request has none of its own (any more): the runtime's is used. */
    ticket: Type.Optional(TicketText),
  },
  closed,
);
export type ServerTicket = Static<typeof ServerTicketSchema>;

const { method, url, headers, hasBody } = FetchStartSchema.properties;

export const ServerRequestSchema = Type.Object(
  {
    runtimeId: id(),
    /** Unique among the requests that the runtime is answering. */
    requestId: id(),
    ...{ method, url, headers, hasBody },
  },
  closed,
);
export type ServerRequest = Static<typeof ServerRequestSchema>;

const head = FetchHeadSchema.properties;

export const ServerHeadSchema = Type.Object(
  {
    status: head.status,
    statusText: head.statusText,
    headers: head.headers,
    /** The guest upgraded the request: what its connection is called from here on. Status is 200 then. */
    connectionId: Type.Optional(id()),
  },
  closed,
);
export type ServerHead = Static<typeof ServerHeadSchema>;

export const ServerSocketSchema = Type.Object({ runtimeId: id(), connectionId: id() }, closed);
export type ServerSocket = Static<typeof ServerSocketSchema>;
