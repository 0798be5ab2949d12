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
import type { WebSocketStart, WebSocketStream } from '../bridge/websocket/stream.ts';

export interface WayOutOptions {
  spec: RuntimeSpec;
  /** The embedder's connection. */
  channel: () => Channel;
  /** The connection to egress, of a keeper that has one. */
  egress?: (() => Channel) | undefined;
  /** Ends everything that is under way. */
  signal: AbortSignal;
}

type SocketStart = WebSocketStart & { runtimeId: string; requestId?: string };

/** Where a runtime's requests go: to its embedder, or to egress with the runtime's ticket. */
export class WayOut {
  readonly #options: WayOutOptions;

  constructor(options: WayOutOptions) {
    this.#options = options;
  }

  /** Throws `EGRESS_DENIED` for a runtime that has no fetch. */
  fetch(start: BindingFetch): FetchStream {
    const { spec, channel, signal } = this.#options;
    if (!spec.bindings.fetch) throw new CofferdamError('EGRESS_DENIED');
    const ticket = spec.egress?.ticket;
    if (ticket === undefined) return fetchOfEmbedder(channel(), start, signal);
    const { runtimeId: _, requestId: __, ...request } = start;
    return fetchOverChannel(this.#egress(), { ...request, ticket }, signal);
  }

  /** Throws `EGRESS_DENIED` for a runtime that has no WebSocket. */
  webSocket(start: SocketStart): WebSocketStream {
    const { spec, channel, signal } = this.#options;
    if (!spec.bindings.webSocket) throw new CofferdamError('EGRESS_DENIED');
    const ticket = spec.egress?.ticket;
    if (ticket === undefined) return webSocketOfEmbedder(channel(), start, signal);
    const { runtimeId: _, requestId: __, ...request } = start;
    return webSocketOverChannel(this.#egress(), { ...request, ticket }, signal);
  }

  #egress(): Channel {
    const { egress } = this.#options;
    if (egress) return egress();
    throw new CofferdamError('EGRESS_DENIED', 'there is no way out here');
  }
}
