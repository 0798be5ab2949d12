import {
  FetchCallSchema,
  parser,
  readAddress,
  TicketCloseSchema,
  TicketOpenSchema,
  TicketRenewSchema,
  TunnelCallSchema,
  WebSocketCallSchema,
  type IncomingCall,
} from '@cofferdam/protocol';
import { readAliases } from './aliases.ts';
import type { EgressConfig } from './config.ts';
import { DEFAULT_TIMEOUTS, type Timeouts } from './connect.ts';
import { Doors, type Handlers } from './doors.ts';
import { Lookups } from './lookups.ts';
import { Refused } from './refused.ts';
import { exchange, type Names } from './request.ts';
import { systemResolver, type Resolver } from './resolve.ts';
import { DEFAULT_MAX_TICKETS, Tickets, type Ticket } from './tickets.ts';
import { carryTunnel } from './tunnel.ts';
import { carry } from './websocket.ts';

export interface EgressOptions extends Pick<
  EgressConfig,
  'socket' | 'controlSocket' | 'controlTokenSha256' | 'aliases'
> {
  /** Ranges that nobody reaches, whatever is allowed. Default none. */
  refusedCIDRs?: readonly string[];
  /** Ports of private addresses that nobody reaches, such as `10248-10260`. Default none. */
  refusedPorts?: readonly string[];
  /** The DNS servers of this machine, which nobody reaches. Default: as the system has them. */
  dnsServers?: () => readonly string[];
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
const MAX_RUNNERS = 512;
const MAX_GATEWAYS = 16;
const parseFetch = parser(FetchCallSchema);
const parseWebSocket = parser(WebSocketCallSchema);
const parseTunnel = parser(TunnelCallSchema);
const parseOpen = parser(TicketOpenSchema);
const parseRenew = parser(TicketRenewSchema);
const parseClose = parser(TicketCloseSchema);

/** Opens the way out. Throws `INVALID_CONFIG` when a socket's place is taken or an alias is wrong. */
export async function startEgress(options: EgressOptions): Promise<Egress> {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const lookups = new Lookups(options.resolver ?? systemResolver, timeouts.lookupMs);
  const [aliases, refused] = [readAliases(options.aliases), refusedBy(options)];
  const namesOf = ({ tenant }: Ticket): Names => ({
    ...{ aliases, refused },
    resolver: lookups.of(tenant),
  });
  const tickets = new Tickets({
    timeouts,
    ca: options.ca,
    now: options.now ?? Date.now,
    maxTickets: options.maxTickets ?? DEFAULT_MAX_TICKETS,
  });
  const doors = new Doors(options.onFault);
  try {
    const { controlTokenSha256: tokenSha256 } = options;
    await doors.open({
      address: options.controlSocket,
      maxConnections: MAX_GATEWAYS,
      handlers: () => controlHandlers(tickets),
      ...(tokenSha256 === undefined ? {} : { tokenSha256 }),
    });
    await doors.open({
      address: options.socket,
      maxConnections: MAX_RUNNERS,
      handlers: () => runnerHandlers(tickets, namesOf),
    });
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

function refusedBy(options: EgressOptions): Refused {
  const { socket, controlSocket, refusedCIDRs, refusedPorts, dnsServers } = options;
  const ownPorts = [socket, controlSocket]
    .map(readAddress)
    .flatMap((where) => ('port' in where ? [where.port] : []));
  return new Refused({
    cidrs: refusedCIDRs ?? [],
    ports: refusedPorts ?? [],
    ownPorts,
    ...(dnsServers ? { dnsServers } : {}),
  });
}

function controlHandlers(tickets: Tickets): Handlers {
  return {
    'ticket.open': (call) => {
      tickets.open(parseOpen(call.payload));
      return {};
    },
    'ticket.renew': (call) => {
      const { ticket, expiresAt } = parseRenew(call.payload);
      return tickets.renew(ticket, expiresAt);
    },
    'ticket.close': (call) => tickets.close(parseClose(call.payload).ticket),
  };
}

/** Made for each connection: the ticket that it uses first is its own. */
function runnerHandlers(tickets: Tickets, namesOf: (ticket: Ticket) => Names): Handlers {
  const holder = {};
  return {
    fetch: (call: IncomingCall) => {
      const { ticket: secret, ...start } = parseFetch(call.payload);
      const ticket = tickets.claim(secret, holder);
      const names = namesOf(ticket);
      return ticket.use(call.signal, (signal) => exchange({ call, start, ticket, names, signal }));
    },
    websocket: (call: IncomingCall) => {
      const { ticket: secret, ...start } = parseWebSocket(call.payload);
      const ticket = tickets.claim(secret, holder);
      const names = namesOf(ticket);
      return ticket.use(call.signal, (signal) => carry({ call, start, ticket, names, signal }));
    },
    tunnel: (call: IncomingCall) => {
      const { ticket: secret, ...start } = parseTunnel(call.payload);
      const ticket = tickets.claim(secret, holder);
      const names = namesOf(ticket);
      return ticket.use(call.signal, (signal) =>
        carryTunnel({ call, start, ticket, names, signal }),
      );
    },
  };
}
