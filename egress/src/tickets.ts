import { CofferdamError, type TicketOpen, type TicketUse } from '@cofferdam/protocol';
import { Bandwidth } from './bandwidth.ts';
import { Connections, type ConnectOptions } from './connect.ts';
import { Credentials } from './credentials.ts';
import { EgressLog } from './log.ts';
import { Policy } from './policy.ts';
import { Slots } from './slots.ts';
import { Usage, type Budget } from './usage.ts';

export interface TicketsOptions extends ConnectOptions {
  /** Milliseconds since the epoch. */
  now: () => number;
  maxTickets: number;
}

/** Far above what one runner's runs need; each open ticket is some kilobytes. */
export const DEFAULT_MAX_TICKETS = 10_000;
/** No ticket lives longer, whatever its policy says: a day, and a timer of Node's holds no more than 24. */
const MAX_LIFE_MS = 24 * 3_600_000;
/** What an expired ticket was used for can still be asked for so long. */
const REPORT_MS = 60_000;

/** One run's leave to go out: its rules, what is left of its budget, its connections. */
export class Ticket {
  readonly policy: Policy;
  readonly credentials: Credentials;
  /** Whose it is; '' where nobody said. */
  readonly tenant: string;
  /** Since it was opened or last renewed. */
  usage: Usage;
  readonly connections: Connections;
  /** The W3C trace context of the run, for hosts whose rule says that they may learn it. */
  readonly traceparent: string | undefined;
  /** What its requests carry in `CDN-Loop`. */
  readonly loop: string | undefined;
  readonly #log = new EgressLog();
  readonly #slots: Slots;
  readonly #bandwidth: Bandwidth | undefined;
  readonly #over = new AbortController();
  readonly #active = new Set<Promise<unknown>>();
  readonly #budget: Budget;
  readonly #onExpiry: () => void;
  readonly #now: () => number;
  #timer: NodeJS.Timeout;
  #expiresAt: number;
  /** The connection that used it first; to every other one the ticket does not exist. */
  #holder: object | undefined;

  constructor(opened: TicketOpen, options: TicketsOptions, onExpiry: () => void) {
    const { policy, traceparent, credentials, loop } = opened;
    this.tenant = opened.tenant ?? '';
    this.#now = options.now;
    this.#budget = policy;
    this.#onExpiry = onExpiry;
    this.#expiresAt = this.#lifeUntil(policy.expiresAt);
    this.policy = new Policy(policy);
    this.credentials = new Credentials(this.policy, credentials);
    this.traceparent = traceparent;
    this.loop = loop;
    const { bandwidth } = policy;
    this.#bandwidth = bandwidth === undefined ? undefined : new Bandwidth(bandwidth);
    this.usage = this.#whole();
    this.connections = new Connections(options, policy.maxConcurrent);
    this.#slots = new Slots(policy.maxConcurrent);
    this.#timer = this.#expiry();
  }

  /** Makes the budgets whole again; what is under way goes on. Answers what they were used for. */
  renew(expiresAt: number): TicketUse {
    const used = this.usage.report();
    this.#expiresAt = this.#lifeUntil(expiresAt);
    this.usage = this.#whole();
    clearTimeout(this.#timer);
    this.#timer = this.#expiry();
    return used;
  }

  get isOpen(): boolean {
    return !this.#over.signal.aborted && this.#now() < this.#expiresAt;
  }

  isFor(holder: object): boolean {
    if (!this.isOpen) return false;
    this.#holder ??= holder;
    return this.#holder === holder;
  }

  /** Runs one request within the ticket's concurrency; its signal ends with the call or the ticket. */
  use<T>(call: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.any([call, this.#over.signal]);
    const request = this.#run(signal, work);
    this.#active.add(request);
    const forget = () => this.#active.delete(request);
    request.then(forget, forget);
    return request;
  }

  /** Ends it and every request under way; resolves when they are over. */
  async end(): Promise<void> {
    clearTimeout(this.#timer);
    this.#over.abort(
      new CofferdamError('EGRESS_TICKET', 'the run is over, and its ticket with it'),
    );
    await Promise.allSettled(this.#active);
    await this.connections.destroy();
  }

  #whole(): Usage {
    const bandwidth = this.#bandwidth;
    return new Usage(this.#budget, { now: this.#now, bandwidth, log: this.#log });
  }

  #lifeUntil(expiresAt: number): number {
    return Math.min(expiresAt, this.#now() + MAX_LIFE_MS);
  }

  #expiry(): NodeJS.Timeout {
    return setTimeout(this.#onExpiry, Math.max(0, this.#expiresAt - this.#now())).unref();
  }

  async #run<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const release = await this.#slots.acquire(signal);
    try {
      return await work(signal);
    } finally {
      release();
    }
  }
}

/** Every ticket that was opened and not closed. */
export class Tickets {
  readonly #options: TicketsOptions;
  readonly #tickets = new Map<string, Ticket>();

  constructor(options: TicketsOptions) {
    this.#options = options;
  }

  /** Throws `INVALID_INPUT` for a ticket that is open already, a range or credentials that are none, or `QUEUE_FULL`. */
  open(request: TicketOpen): void {
    const { ticket: secret } = request;
    if (this.#tickets.has(secret)) {
      throw new CofferdamError('INVALID_INPUT', 'this ticket is open already');
    }
    if (this.#tickets.size >= this.#options.maxTickets) {
      throw new CofferdamError('QUEUE_FULL', 'too many tickets are open');
    }
    const ticket = new Ticket(request, this.#options, () => void this.#expire(secret, ticket));
    this.#tickets.set(secret, ticket);
  }

  /** Throws `EGRESS_TICKET` for one that is not open (any more). */
  renew(secret: string, expiresAt: number): TicketUse {
    const ticket = this.#tickets.get(secret);
    if (!ticket?.isOpen) throw new CofferdamError('EGRESS_TICKET', 'no such ticket is open');
    return ticket.renew(expiresAt);
  }

  /** Throws `EGRESS_TICKET`, the same for a wrong ticket, an old one and somebody else's. */
  claim(secret: string, holder: object): Ticket {
    const ticket = this.#tickets.get(secret);
    if (ticket?.isFor(holder)) return ticket;
    throw new CofferdamError('EGRESS_TICKET');
  }

  /** Throws `EGRESS_TICKET` for one that is not known (any more). */
  async close(secret: string): Promise<TicketUse> {
    const ticket = this.#tickets.get(secret);
    if (!ticket) throw new CofferdamError('EGRESS_TICKET', 'no such ticket is open');
    this.#tickets.delete(secret);
    await ticket.end();
    return ticket.usage.report();
  }

  async closeAll(): Promise<void> {
    const tickets = [...this.#tickets.values()];
    this.#tickets.clear();
    await Promise.all(tickets.map((ticket) => ticket.end()));
  }

  async #expire(secret: string, ticket: Ticket): Promise<void> {
    await ticket.end();
    const forget = () => {
      if (this.#tickets.get(secret) === ticket) this.#tickets.delete(secret);
    };
    setTimeout(forget, REPORT_MS).unref();
  }
}
