import {
  CofferdamError,
  type BindingFetch,
  type Channel,
  type RuntimeSpec,
} from '@cofferdam/protocol';
import {
  fetchOfEmbedder,
  fetchOverChannel,
  webSocketOfEmbedder,
  webSocketOverChannel,
} from '../bridge/fetch/over-channel.ts';
import type { FetchStream } from '../bridge/fetch/stream.ts';
import type { RequestTickets } from './request-tickets.ts';
import type { WebSocketStart, WebSocketStream } from '../bridge/websocket/stream.ts';

export interface WayOutOptions {
  spec: RuntimeSpec;
  /** The embedder's connection. */
  channel: () => Channel;
  /** The connection to egress, of a keeper that has one. */
  egress?: (() => Channel) | undefined;
  /** Ends everything that is under way. */
  signal: AbortSignal;
  /** Those of requests, of a guest of the gateway's own that serves. */
  tickets?: RequestTickets | undefined;
}

type SocketStart = WebSocketStart & { runtimeId: string; requestId?: string };

/** Where a runtime's requests go: to its embedder, or to egress with the runtime's ticket. */
export class WayOut {
  readonly #options: WayOutOptions;

  constructor(options: WayOutOptions) {
    this.#options = options;
  }

  /** Rejects with `EGRESS_DENIED` for a runtime that has no fetch. */
  async fetch(start: BindingFetch): Promise<FetchStream> {
    const { spec, channel, signal } = this.#options;
    if (!spec.bindings.fetch) throw new CofferdamError('EGRESS_DENIED');
    const ticket = await this.#ticketOf(start);
    if (ticket === undefined) return fetchOfEmbedder(channel(), start, signal);
    const { runtimeId: _, requestId: __, ...request } = start;
    return fetchOverChannel(this.#egress(), { ...request, ticket }, signal);
  }

  /** Rejects with `EGRESS_DENIED` for a runtime that has no WebSocket. */
  async webSocket(start: SocketStart): Promise<WebSocketStream> {
    const { spec, channel, signal } = this.#options;
    if (!spec.bindings.webSocket) throw new CofferdamError('EGRESS_DENIED');
    const ticket = await this.#ticketOf(start);
    if (ticket === undefined) return webSocketOfEmbedder(channel(), start, signal);
    const { runtimeId: _, requestId: __, ...request } = start;
    return webSocketOverChannel(this.#egress(), { ...request, ticket }, signal);
  }

  /** What the guest does for a request goes by that one's ticket; all else by the runtime's own. */
  async #ticketOf({ requestId }: { requestId?: string }): Promise<string | undefined> {
    const { spec, tickets } = this.#options;
    if (!spec.egress) return undefined;
    return (await tickets?.of(requestId)) ?? spec.egress.ticket;
  }

  #egress(): Channel {
    const { egress } = this.#options;
    if (egress) return egress();
    throw new CofferdamError('EGRESS_DENIED', 'there is no way out here');
  }
}
