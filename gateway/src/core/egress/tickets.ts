import { randomBytes } from 'node:crypto';
import {
  checker,
  CofferdamError,
  ERROR_CATALOGUE,
  TicketUseSchema,
  type EgressLogEntry,
  type EgressPolicy,
  type ResolvedPool,
  type TicketOpen,
} from '@cofferdam/protocol';
import type { EgressDecision } from '@cofferdam/telemetry';
import type { RunIntent } from '../intent.ts';
import type { EgressControl } from './control.ts';

const MiB = 1024 * 1024;
const MAX_BYTES_UP = 16 * MiB;
const MAX_BYTES_DOWN = 64 * MiB;
const MAX_CONCURRENT = 8;
/** Of a browser's pages, whose connections are kept open for the next request: as many as a policy may say. */
export const PAGE_CONNECTIONS = 64;
const TICKET_BYTES = 16;

export interface TicketOptions {
  control: EgressControl;
  /** Private ranges that every run may reach where it names the host. */
  allowPrivate: readonly string[];
  /** More of them for one tenant. */
  allowedCIDRs?: ((tenant: string) => readonly string[]) | undefined;
}

/** How many requests of a run were allowed, denied or failed. */
export type Decisions = Record<EgressDecision, number>;

export interface Use {
  decisions: Decisions;
  /** Requests that the guest asked for, whatever became of them. */
  requests: number;
}

/** Whose ticket it is, and what it lets. */
export interface TicketHolder {
  tenant: string;
  net: RunIntent['net'];
  maxRequests: number;
  /** At once. Default 8. */
  maxConcurrent?: number;
}

export interface Ticket {
  secret: string;
  /** Makes its budgets whole again and lets it live until then, in milliseconds since the epoch. */
  renew(expiresAt: number): Promise<void>;
  /** Ends the ticket; answers what it was used for, or `undefined` when that is not known. */
  close(): Promise<Use | undefined>;
}

const checkUse = checker(TicketUseSchema);

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
    const { control } = this.#options;
    const secret = randomBytes(TICKET_BYTES).toString('base64url');
    const { runId, traceparent } = run;
    const policy = this.#policy(intent, run);
    const opening: TicketOpen = {
      ticket: secret,
      policy,
      runId,
      tenant: intent.tenant,
      traceparent,
    };
    await control.call('ticket.open', opening);
    return {
      secret,
      renew: async (expiresAt) => {
        const until = Math.ceil(expiresAt);
        try {
          await control.call('ticket.renew', { ticket: secret, expiresAt: until });
        } catch (error) {
          if (CofferdamError.from(error).code !== 'EGRESS_TICKET') throw error;
          // A way out that has begun anew knows no ticket of before.
          const renewed = { ...opening, policy: { ...policy, expiresAt: until } };
          await control.call('ticket.open', renewed);
        }
      },
      close: async () => readUse(await control.call('ticket.close', { ticket: secret })),
    };
  }

  #policy(
    intent: TicketHolder,
    { pool, expiresAt }: { pool: ResolvedPool; expiresAt: number },
  ): EgressPolicy {
    const { allowPrivate, allowedCIDRs } = this.#options;
    return {
      net: intent.net,
      allowedCIDRs: [
        ...allowPrivate,
        ...pool.allowedCIDRs,
        ...(allowedCIDRs?.(intent.tenant) ?? []),
      ],
      maxRequests: intent.maxRequests,
      maxBytesUp: MAX_BYTES_UP,
      maxBytesDown: MAX_BYTES_DOWN,
      maxConcurrent: intent.maxConcurrent ?? MAX_CONCURRENT,
      expiresAt: Math.ceil(expiresAt),
    };
  }
}

function readUse(answer: unknown): Use | undefined {
  const checked = checkUse(answer);
  if (!checked.ok) return undefined;
  const decisions: Decisions = { allowed: 0, denied: 0, failed: 0 };
  for (const entry of checked.value.log) decisions[decisionOf(entry)]++;
  return { decisions, requests: checked.value.requests };
}

function decisionOf({ decision }: EgressLogEntry): EgressDecision {
  if (decision === 'allowed') return 'allowed';
  return ERROR_CATALOGUE[decision].blame === 'policy' ? 'denied' : 'failed';
}
