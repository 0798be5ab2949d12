import type { Server, Socket } from 'node:net';
import {
  Channel,
  FetchCallSchema,
  parser,
  TicketCloseSchema,
  TicketOpenSchema,
  type CallHandler,
  type IncomingCall,
} from '@cofferdam/protocol';
import { readAliases } from './aliases.ts';
import type { EgressConfig } from './config.ts';
import { DEFAULT_TIMEOUTS, type Timeouts } from './connect.ts';
import { listen } from './listen.ts';
import { exchange, type Names } from './request.ts';
import { systemResolver, type Resolver } from './resolve.ts';
import { DEFAULT_MAX_TICKETS, Tickets } from './tickets.ts';

export interface EgressOptions extends Pick<EgressConfig, 'socket' | 'controlSocket' | 'aliases'> {
  /** How names are looked up. Default: as the system does. */
  resolver?: Resolver;
  /** Certificate authorities in PEM, instead of Node's own. */
  ca?: string[];
  timeouts?: Partial<Timeouts>;
  /** Tickets that may be open at once. Default 10,000. */
  maxTickets?: number;
  /** Milliseconds since the epoch. Default: the system's clock. */
  now?: () => number;
  /** Told of every error that is none of the catalogue's. */
  onFault?: (error: unknown) => void;
}

export interface Egress {
  /** Ends every request and connection; the sockets are gone afterwards. */
  close(): Promise<void>;
}

/** One connection for each runner, and some for those that are just being replaced. */
const MAX_RUNNERS = 256;
const MAX_GATEWAYS = 16;
/** Requests of one runner: 50 runs of 8 each, and some that wait. */
const MAX_REQUESTS_IN_FLIGHT = 512;

const parseFetch = parser(FetchCallSchema);
const parseOpen = parser(TicketOpenSchema);
const parseClose = parser(TicketCloseSchema);

/** Opens the way out. Throws `INVALID_CONFIG` when a socket's place is taken or an alias is wrong. */
export async function startEgress(options: EgressOptions): Promise<Egress> {
  const names: Names = {
    resolver: options.resolver ?? systemResolver,
    aliases: readAliases(options.aliases),
  };
  const tickets = new Tickets({
    timeouts: { ...DEFAULT_TIMEOUTS, ...options.timeouts },
    ca: options.ca,
    now: options.now ?? Date.now,
    maxTickets: options.maxTickets ?? DEFAULT_MAX_TICKETS,
  });
  const doors = new Doors(options.onFault);
  try {
    await doors.open(options.controlSocket, MAX_GATEWAYS, () => controlHandlers(tickets));
    await doors.open(options.socket, MAX_RUNNERS, () => runnerHandlers(tickets, names));
  } catch (error) {
    await doors.close();
    throw error;
  }
  return {
    async close() {
      await tickets.closeAll();
      await doors.close();
    },
  };
}

type Handlers = Record<string, CallHandler>;

function controlHandlers(tickets: Tickets): Handlers {
  return {
    'ticket.open': (call) => {
      tickets.open(parseOpen(call.payload));
      return {};
    },
    'ticket.close': (call) => tickets.close(parseClose(call.payload).ticket),
  };
}

/** Made for each connection: the ticket that it uses first is its own. */
function runnerHandlers(tickets: Tickets, names: Names): Handlers {
  const holder = {};
  return {
    fetch: (call: IncomingCall) => {
      const { ticket: secret, ...start } = parseFetch(call.payload);
      const ticket = tickets.claim(secret, holder);
      return ticket.use(call.signal, (signal) => exchange({ call, start, ticket, names, signal }));
    },
  };
}

/** The sockets that egress listens on, and who is connected. */
class Doors {
  readonly #servers: Server[] = [];
  readonly #channels = new Set<Channel>();
  readonly #onFault: ((error: unknown) => void) | undefined;

  constructor(onFault: ((error: unknown) => void) | undefined) {
    this.#onFault = onFault;
  }

  async open(path: string, maxConnections: number, handlers: () => Handlers): Promise<void> {
    const onConnection = (socket: Socket) => this.#accept(socket, handlers());
    this.#servers.push(await listen({ path, maxConnections, onConnection }));
  }

  async close(): Promise<void> {
    const closed = this.#servers.map(
      (server) => new Promise((resolve) => void server.close(resolve)),
    );
    for (const channel of this.#channels) channel.close();
    await Promise.all(closed);
  }

  #accept(socket: Socket, handlers: Handlers): void {
    const channel = new Channel(socket, {
      about: { role: 'egress' },
      handlers,
      maxInFlight: MAX_REQUESTS_IN_FLIGHT,
    });
    channel.onFault = this.#onFault;
    this.#channels.add(channel);
    void channel.closed.then(() => this.#channels.delete(channel));
  }
}
