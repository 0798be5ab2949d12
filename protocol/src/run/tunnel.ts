import { Type, type Static } from '../schema/typebox.ts';
import { TicketText } from './egress.ts';

const closed = { additionalProperties: false };

/**
 * Where a tunnel leads: a name or an address (an IPv6 address in brackets), and a port. What goes through
 * it is anybody's protocol, so a rule that names methods opens none.
 */
export const TunnelStartSchema = Type.Object(
  {
    host: Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: '^(\\[[0-9A-Fa-f:.]+\\]|[^\\s:/?#@%\\[\\]\\\\]+)$',
    }),
    port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  },
  closed,
);
export type TunnelStart = Static<typeof TunnelStartSchema>;

/** What a browser pod sends to egress to open a tunnel; bytes follow as data, both ways. */
export const TunnelCallSchema = Type.Object(
  { ticket: TicketText, ...TunnelStartSchema.properties },
  closed,
);

/** The tunnel is open, as egress tells of it. */
export const TunnelOpenedSchema = Type.Object({ opened: Type.Literal(true) }, closed);
