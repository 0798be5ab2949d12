import { Type, type Static } from '../schema/typebox.ts';
import { ERROR_CODES } from '../error/catalogue.ts';
import { MAX_NET_RULES, RuleCredentialsSchema } from './credentials.ts';
import { FetchStartSchema } from './fetch.ts';
import { LOOP_VALUE_PATTERN } from './lineage.ts';
import { EgressPolicySchema } from './permissions.ts';

const closed = { additionalProperties: false };
const figure = () => Type.Integer({ minimum: 0 });

/** At most so many requests are kept for the log of one ticket. */
export const MAX_EGRESS_LOG = 256;

/** At least 128 random bits, as base64url or hexadecimal text. */
export const TicketText = Type.String({
  minLength: 22,
  maxLength: 128,
  pattern: '^[0-9A-Za-z_-]+$',
});

export const TicketOpenSchema = Type.Object(
  {
    ticket: TicketText,
    policy: EgressPolicySchema,
    runId: Type.String({ pattern: '^[0-9a-z-]{8,64}$' }),
    tenant: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    /** The run's place in its trace; never sent to the target. */
    traceparent: Type.Optional(Type.String({ maxLength: 64 })),
    /** What its requests carry in `CDN-Loop`, so that a gateway knows whose they are. */
    loop: Type.Optional(Type.String({ pattern: LOOP_VALUE_PATTERN })),
    /** What rules of the policy add and trust; known to operator, gateway and egress alone. */
    credentials: Type.Optional(Type.Array(RuleCredentialsSchema, { maxItems: MAX_NET_RULES })),
  },
  closed,
);
export type TicketOpen = Static<typeof TicketOpenSchema>;

/** A ticket that goes on: its budgets are whole again, and it lives until then. */
export const TicketRenewSchema = Type.Object(
  { ticket: TicketText, expiresAt: Type.Integer({ minimum: 0 }) },
  closed,
);

export const TicketCloseSchema = Type.Object({ ticket: TicketText }, closed);

/** One request on the wire; each redirect that was followed is one of its own. */
export const EgressLogEntrySchema = Type.Object(
  {
    host: Type.String({ maxLength: 255 }),
    port: Type.Integer({ minimum: 0, maximum: 65_535 }),
    method: Type.String({ maxLength: 32 }),
    /** Absent when there was no response; 101 of a WebSocket that was opened, 200 of a tunnel. */
    status: Type.Optional(Type.Integer({ minimum: 101, maximum: 599 })),
    bytesUp: figure(),
    bytesDown: figure(),
    /** `allowed` when it went through; otherwise the code of what refused or ended it. */
    decision: Type.Enum(['allowed', ...ERROR_CODES]),
    /** Milliseconds since the epoch. */
    start: Type.Number(),
    end: Type.Number(),
  },
  closed,
);
export type EgressLogEntry = Static<typeof EgressLogEntrySchema>;

/** What a ticket was used for. Bytes are those of heads and bodies; a body's as the guest gets it. */
export const TicketUseSchema = Type.Object(
  {
    /** Every hop that was asked for, refused or not. */
    requests: figure(),
    bytesUp: figure(),
    bytesDown: figure(),
    log: Type.Array(EgressLogEntrySchema, { maxItems: MAX_EGRESS_LOG }),
    /** Requests that the log has no place for. */
    unlogged: figure(),
  },
  closed,
);
export type TicketUse = Static<typeof TicketUseSchema>;

/** What a runner sends to egress to start a request. */
export const FetchCallSchema = Type.Object(
  { ticket: TicketText, ...FetchStartSchema.properties },
  closed,
);

/** What one request used, as egress answers it to the runner. */
export const FetchUseSchema = Type.Object({ bytesUp: figure(), bytesDown: figure() }, closed);
export type FetchUse = Static<typeof FetchUseSchema>;
