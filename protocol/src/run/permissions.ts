import { Type, type Static } from '../schema/typebox.ts';
import { TRAFFIC_BOUNDS } from './traffic.ts';

/** `example.com`, `*.example.com`, an IPv4 address or a bracketed IPv6 address. */
const HOST_PATTERN =
  '^(\\*\\.)?([a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?)(\\.[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?)*$|^\\[[0-9a-fA-F:.]{2,45}\\]$';

const HTTP_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export const HostSchema = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern: HOST_PATTERN,
  description: 'A host name, `*.` and a domain for all its subdomains, or an IP address.',
});

/** Characters that the URL parser leaves as they are in a path. */
const PATH_PATTERN = "^/([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9a-fA-F]{2})*$";

/**
 * One host that a run may reach. Without `ports`: 443 and 80; without `methods`: every one; without
 * `paths`: every one. A WebSocket is a GET request to its host, port and path.
 */
export const NetRuleSchema = Type.Object(
  {
    host: HostSchema,
    ports: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: 65_535 }), {
        minItems: 1,
        maxItems: 16,
        description: 'Ports that may be reached. Default: 443 and 80.',
      }),
    ),
    methods: Type.Optional(
      Type.Array(Type.Enum([...HTTP_METHODS]), {
        minItems: 1,
        maxItems: HTTP_METHODS.length,
        description: 'HTTP methods that may be used. Default: every one.',
      }),
    ),
    paths: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 512, pattern: PATH_PATTERN }), {
        minItems: 1,
        maxItems: 32,
        description:
          'Paths that may be asked for, each with all below it: `/api` covers `/api` and `/api/x`, not `/apix`. No tunnel of a browser is opened for such a rule. Default: every one.',
      }),
    ),
    trace: Type.Optional(
      Type.Boolean({
        description:
          "Send the run's W3C trace context to this host, so that its spans join the trace. Default: no.",
      }),
    ),
  },
  { additionalProperties: false },
);
export type NetRule = Static<typeof NetRuleSchema>;

export const PermissionsSchema = Type.Object(
  {
    net: Type.Optional(
      Type.Array(NetRuleSchema, {
        maxItems: 64,
        description: 'Hosts that it may reach. Default: none.',
      }),
    ),
    browser: Type.Optional(
      Type.Boolean({
        description:
          'Whether it may use a browser, whose pages reach the same hosts; with engine isolate. Default: no.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type Permissions = Static<typeof PermissionsSchema>;

export const DEFAULT_PORTS: readonly number[] = [443, 80];

/** What one run may do on its way out: the rules and the budgets that its ticket carries. */
export const EgressPolicySchema = Type.Object(
  {
    net: Type.Array(NetRuleSchema, { maxItems: 64 }),
    /** Private ranges that this run may reach where a rule names host and port. */
    allowedCIDRs: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 64 }),
    maxRequests: Type.Integer({ minimum: 0, maximum: 10_000 }),
    maxBytesUp: Type.Integer({ minimum: 0 }),
    maxBytesDown: Type.Integer({ minimum: 0 }),
    maxConcurrent: Type.Integer({ minimum: 1, maximum: TRAFFIC_BOUNDS.connections.maximum }),
    /** Bytes a second each way, of all connections together. Absent: as fast as it goes. */
    bandwidth: Type.Optional(Type.Integer({ minimum: TRAFFIC_BOUNDS.bandwidth.minimum })),
    /** Milliseconds since the epoch after which the ticket is worth nothing. */
    expiresAt: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false },
);
export type EgressPolicy = Static<typeof EgressPolicySchema>;
