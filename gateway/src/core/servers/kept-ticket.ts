import type { Lineage, ResolvedPool, ResolvedScript, Traffic } from '@cofferdam/protocol';
import { CofferdamError } from '@cofferdam/protocol';
import { formatTraceparent, newTraceIds, type TraceIds } from '@cofferdam/telemetry';
import { randomBytes } from 'node:crypto';
import type { Ticket, Tickets } from '../egress/tickets.ts';
import type { Use } from '../egress/use.ts';

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
  /** What it has where its script asks for nothing. Default: as everybody. */
  traffic?: Partial<Traffic>;
  /** Of which trace it is, and the name of its run. Default: a trace of its own. */
  about?: { runId: string; ids: TraceIds };
  /** Below which run it is. Default: none; what it goes on asking for counts together. */
  lineage?: Lineage | undefined;
  /** Told what it was used for, now and then. */
  onUse?: (use: Use) => void;
  onError: (error: unknown) => void;
}

/** The way out of one instance of a server, renewed every minute while it lives. */
export class KeptTicket {
  readonly #ticket: Ticket;
  readonly #timer: NodeJS.Timeout;

  readonly #onUse: (use: Use) => void;

  private constructor(ticket: Ticket, { now, onError, onUse = () => {} }: KeptTicketOptions) {
    this.#ticket = ticket;
    this.#onUse = onUse;
    const renew = () => ticket.renew(now() + LIFE_MS).then((use) => use && onUse(use), onError);
    this.#timer = setInterval(() => void renew(), BUDGET_MS).unref();
  }

  /** Opens one where the script names hosts. Throws `UNAVAILABLE` when the way out gives none. */
  static async open(options: KeptTicketOptions): Promise<KeptTicket | undefined> {
    const { script, pool, tickets, now, traffic, about = ownTrace(), lineage } = options;
    const { net, maxRequests, credentials, namespace: tenant } = script;
    if (net.length === 0) return undefined;
    if (!tickets) throw new CofferdamError('UNAVAILABLE', 'the way out is not configured');
    const asked = { ...traffic, ...script.traffic };
    const holder = { tenant, net, maxRequests, credentials, traffic: asked, lineage };
    const { runId, ids } = about;
    const instance = {
      runId,
      traceparent: formatTraceparent(ids.traceId, ids.spanId, ids.sampled),
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
    const use = await this.#ticket.close().catch(() => undefined);
    if (use) this.#onUse(use);
  }
}

/** Of what goes on beside requests: its trace has nothing but what it asks for. */
export function ownTrace(): NonNullable<KeptTicketOptions['about']> {
  return { runId: `s-${randomBytes(ID_BYTES).toString('hex')}`, ids: newTraceIds() };
}
