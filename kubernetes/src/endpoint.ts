import { Agent, type AgentOptions } from 'node:https';
import { isDeepStrictEqual } from 'node:util';

/** What a connection to an API server is made with. */
export interface Access {
  /** Headers that say who asks. */
  headers: Record<string, string>;
  tls: Pick<AgentOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'servername'>;
  /** Used instead of our own agents, where the way leads through a proxy. */
  proxy?: Agent | undefined;
}

/** Where the API server is, and who we are to it. */
export interface AccessSource {
  readonly server: URL;
  /** Reads what may have been rotated; `fresh` after the server has refused what we had. */
  read(fresh: boolean): Promise<Access>;
}

/** Connections for calls are few and shared; a watch keeps one for minutes, so it takes from no such share. */
const MAX_CONNECTIONS = 16;

/** Under the 90 s after which an API server closes an idle connection, so that no call meets its end. */
const IDLE_SOCKET_MS = 60_000;

/** A peer that vanished is noticed by the kernel, where nothing else sends. */
const KEEP_ALIVE_MS = 30_000;

export type Purpose = 'call' | 'watch';

export interface EndpointOptions {
  /** Connections for calls, where more calls wait for one. Default 16. */
  maxConnections?: number | undefined;
}

/** Agents for the access we have: made anew when a certificate has been rotated. */
export class Endpoint {
  readonly server: URL;
  readonly #source: AccessSource;
  readonly #maxSockets: number;
  #agents: { tls: Access['tls']; call: Agent; watch: Agent } | undefined;
  #refused = false;

  constructor(source: AccessSource, { maxConnections = MAX_CONNECTIONS }: EndpointOptions = {}) {
    this.server = source.server;
    this.#source = source;
    this.#maxSockets = maxConnections;
  }

  async open(purpose: Purpose): Promise<{ headers: Record<string, string>; agent: Agent }> {
    const access = await this.#source.read(this.#refused);
    this.#refused = false;
    return { headers: access.headers, agent: access.proxy ?? this.#agentsFor(access.tls)[purpose] };
  }

  /** The server did not take our credentials: the next call reads them again. */
  refused(): void {
    this.#refused = true;
  }

  close(): void {
    this.#agents?.call.destroy();
    this.#agents?.watch.destroy();
    this.#agents = undefined;
  }

  #agentsFor(tls: Access['tls']): { call: Agent; watch: Agent } {
    if (this.#agents && isDeepStrictEqual(this.#agents.tls, tls)) return this.#agents;
    // What still runs on the old agents may end by itself: its sockets close when they turn idle.
    const shared = { ...tls, keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS };
    this.#agents = {
      tls,
      call: new Agent({ ...shared, maxSockets: this.#maxSockets, timeout: IDLE_SOCKET_MS }),
      watch: new Agent(shared),
    };
    return this.#agents;
  }
}
