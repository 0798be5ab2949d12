import type { ResolvedPool, ResolvedScript } from '@cofferdam/protocol';
import { CofferdamError } from '@cofferdam/protocol';
import { formatTraceparent, newTraceIds } from '@cofferdam/telemetry';
import { randomBytes } from 'node:crypto';
import type { Ticket, Tickets } from '../egress/tickets.ts';

/** `limits.requests` and the bytes of a ticket are what an instance has for so long. */
const BUDGET_MS = 60_000;
/** A ticket that is not renewed, since its gateway is gone, is worth nothing soon after. */
const LIFE_MS = 3 * BUDGET_MS;
const ID_BYTES = 13;

export interface KeptTicketOptions {
  script: ResolvedScript;
  pool: ResolvedPool;
  tickets: Tickets | undefined;
  now: () => number;
  /** Requests at once. Default 8. */
  maxConcurrent?: number;
  onError: (error: unknown) => void;
}

/** The way out of one instance of a server, renewed every minute while it lives. */
export class KeptTicket {
  readonly #ticket: Ticket;
  readonly #timer: NodeJS.Timeout;

  private constructor(ticket: Ticket, { now, onError }: KeptTicketOptions) {
    this.#ticket = ticket;
    this.#timer = setInterval(() => void ticket.renew(now() + LIFE_MS).catch(onError), BUDGET_MS);
    this.#timer.unref();
  }

  /** Opens one where the script names hosts. Throws `UNAVAILABLE` when the way out gives none. */
  static async open(options: KeptTicketOptions): Promise<KeptTicket | undefined> {
    const { script, pool, tickets, now, maxConcurrent } = options;
    const { net, maxRequests, namespace: tenant } = script;
    if (net.length === 0) return undefined;
    if (!tickets) throw new CofferdamError('UNAVAILABLE', 'the way out is not configured');
    const holder = { tenant, net, maxRequests, ...(maxConcurrent ? { maxConcurrent } : {}) };
    const ids = newTraceIds();
    const instance = {
      runId: `s-${randomBytes(ID_BYTES).toString('hex')}`,
      traceparent: formatTraceparent(ids.traceId, ids.spanId, false),
      expiresAt: now() + LIFE_MS,
      pool,
    };
    try {
      return new KeptTicket(await tickets.open(holder, instance), options);
    } catch (cause) {
      throw new CofferdamError('UNAVAILABLE', 'the way out gave no ticket', { cause });
    }
  }

  get secret(): string {
    return this.#ticket.secret;
  }

  /** Never rejects: a ticket that cannot be closed expires by itself. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#ticket.close().catch(() => undefined);
  }
}
