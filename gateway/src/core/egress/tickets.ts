import { randomBytes } from 'node:crypto';
import {
  CofferdamError,
  trafficInPool,
  type EgressPolicy,
  type Lineage,
  type ResolvedPool,
  type TicketOpen,
  type Traffic,
} from '@cofferdam/protocol';
import type { Metrics } from '@cofferdam/telemetry';
import type { RunIntent } from '../intent.ts';
import type { EgressControl } from './control.ts';
import { newRoot, type TraceBudget } from './trace-budget.ts';
import { readUse, type Use } from './use.ts';

/** Of a browser's pages, whose connections are kept open for the next request: as many as a policy may say. */
export const PAGE_CONNECTIONS = 64;
const TICKET_BYTES = 16;

export interface TicketOptions {
  control: EgressControl;
  /** Makes what tells a gateway whose requests come back to it. */
  budget: Pick<TraceBudget, 'seal'>;
  metrics: Pick<Metrics, 'egressRequests'>;
  /** Private ranges that every run may reach where it names the host. */
  allowPrivate: readonly string[];
  /** More of them for one tenant. */
  allowedCIDRs?: ((tenant: string) => readonly string[]) | undefined;
}

/** Whose ticket it is, and what it lets. */
export interface TicketHolder {
  tenant: string;
  net: RunIntent['net'];
  maxRequests: number;
  /** What rules of `net` add and trust. */
  credentials?: RunIntent['credentials'] | undefined;
  /** What was asked for; the pool's defaults and ceilings apply. */
  traffic?: Partial<Traffic> | undefined;
  /** Whose run asked for this one. Default: nobody's. */
  lineage?: Lineage | undefined;
}

export interface Ticket {
  secret: string;
  /**
   * Makes its budgets whole again and lets it live until then, in milliseconds since the epoch; answers
   * what it was used for before, or `undefined` when that is not known.
   */
  renew(expiresAt: number): Promise<Use | undefined>;
  /** Ends the ticket; answers what it was used for, or `undefined` when that is not known. */
  close(): Promise<Use | undefined>;
}

/** Whether a run gets a ticket at all: it names hosts, and its guest has a fetch to use them with. */
export function needsTicket({ net, engine, preset }: RunIntent): boolean {
  if (net.length === 0 || engine === 'wasm') return false;
  return engine === 'deno' || preset === 'agent' || preset === 'web';
}

/** Tickets for the way out, one for each run, known to nobody but the run's runner and egress. */
export class Tickets {
  readonly #options: TicketOptions;

  constructor(options: TicketOptions) {
    this.#options = options;
  }

  async open(
    intent: TicketHolder,
    run: { runId: string; traceparent: string; expiresAt: number; pool: ResolvedPool },
  ): Promise<Ticket> {
    const { control, budget } = this.#options;
    const secret = randomBytes(TICKET_BYTES).toString('base64url');
    const { runId, traceparent } = run;
    const policy = this.#policy(intent, run);
    const opening: TicketOpen = {
      ticket: secret,
      policy,
      runId,
      tenant: intent.tenant,
      traceparent,
      loop: budget.seal(intent.lineage ?? newRoot()),
      ...(intent.credentials ? { credentials: intent.credentials } : {}),
    };
    await control.call('ticket.open', opening);
    return {
      secret,
      renew: async (expiresAt) => {
        const until = Math.ceil(expiresAt);
        try {
          const renewal = { ticket: secret, expiresAt: until };
          return this.#used(await control.call('ticket.renew', renewal));
        } catch (error) {
          if (CofferdamError.from(error).code !== 'EGRESS_TICKET') throw error;
          // A way out that has begun anew knows no ticket of before.
          const renewed = { ...opening, policy: { ...policy, expiresAt: until } };
          await control.call('ticket.open', renewed);
          return undefined;
        }
      },
      close: async () => this.#used(await control.call('ticket.close', { ticket: secret })),
    };
  }

  #used(answer: unknown): Use | undefined {
    const use = readUse(answer);
    if (use) this.#options.metrics.egressRequests(use.decisions);
    return use;
  }

  #policy(
    intent: TicketHolder,
    { pool, expiresAt }: { pool: ResolvedPool; expiresAt: number },
  ): EgressPolicy {
    const { allowPrivate, allowedCIDRs } = this.#options;
    const { bytesUp, bytesDown, connections, bandwidth } = trafficInPool(intent.traffic, pool);
    return {
      net: intent.net,
      allowedCIDRs: [
        ...allowPrivate,
        ...pool.allowedCIDRs,
        ...(allowedCIDRs?.(intent.tenant) ?? []),
      ],
      maxRequests: intent.maxRequests,
      maxBytesUp: bytesUp,
      maxBytesDown: bytesDown,
      maxConcurrent: connections,
      ...(bandwidth === undefined ? {} : { bandwidth }),
      expiresAt: Math.ceil(expiresAt),
    };
  }
}
