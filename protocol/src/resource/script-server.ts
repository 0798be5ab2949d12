import { Type, type Static } from '../schema/typebox.ts';
import { closed, clusterRules, duration } from './fields.ts';

/** A host name in lower case, without a wildcard: whoever has a host has all of it. */
const HOST_PATTERN =
  '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?){0,15}$';
/** `/` or segments of which none begins with a dot, without an end of `/`. */
const PATH_PATTERN = '^(/|(/[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,62}){1,8})$';

/**
 * What the first segment of a path cannot be that is answered beside the API: the API's own. A test
 * of the gateway holds this against its routes.
 */
export const RESERVED_SEGMENTS = [
  'v1',
  'execute',
  'validate',
  'typecheck',
  'deno',
  'wasm',
  'health',
  'healthz',
  'livez',
  'readyz',
  'stats',
  'metrics',
  'docs',
  'openapi.json',
] as const;

const reserved = RESERVED_SEGMENTS.map((segment) => `'${segment}'`).join(', ');

export const RouteSchema = Type.Object(
  {
    path: Type.Optional(
      Type.String({
        maxLength: 512,
        pattern: PATH_PATTERN,
        description:
          'The path below which it answers, such as `/shop`; the script sees what comes after it. Default: `/`, which needs a host.',
      }),
    ),
    host: Type.Optional(
      Type.String({
        maxLength: 253,
        pattern: HOST_PATTERN,
        description:
          'The host name that it answers under; the gateway has to allow it. Default: any, beside the API.',
      }),
    ),
    auth: Type.Optional(
      Type.Enum(['token', 'none'], {
        default: 'token',
        description:
          'token: for who may run scripts in the namespace. none: for everybody who reaches the gateway. Default: token.',
      }),
    ),
  },
  {
    ...closed,
    ...clusterRules(
      {
        rule: "has(self.host) || (has(self.path) && self.path != '/')",
        message: 'route needs a `host` or a `path` below /',
      },
      {
        rule: `has(self.host) || !has(self.path) || !(self.path.split('/')[1] in [${reserved}])`,
        message: 'path: the API has this path; choose another, or a host',
        fieldPath: '.path',
      },
    ),
    description:
      'Where it answers, beside /v1/namespaces/{namespace}/scripts/{name}/server/; for mode server. Default: nowhere else.',
  },
);
export type Route = Static<typeof RouteSchema>;

export const SERVER_DEFAULTS = {
  minInstances: 0,
  maxInstances: 4,
  concurrency: 32,
  idle: '5m',
} as const;

export const ServerSchema = Type.Object(
  {
    minInstances: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 16,
        default: SERVER_DEFAULTS.minInstances,
        description: 'Instances kept while nobody asks. Default: 0.',
      }),
    ),
    maxInstances: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 16,
        default: SERVER_DEFAULTS.maxInstances,
        description: 'Instances at most, spread over runners. Default: 4.',
      }),
    ),
    concurrency: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 256,
        default: SERVER_DEFAULTS.concurrency,
        description:
          'Requests that an instance answers at once; one more starts another instance. Default: 32.',
      }),
    ),
    idle: duration('An instance that nobody asked for so long is let go. Default: `5m`.', {
      default: SERVER_DEFAULTS.idle,
    }),
  },
  {
    ...closed,
    ...clusterRules({
      rule: '!has(self.minInstances) || !has(self.maxInstances) || self.minInstances <= self.maxInstances',
      message: 'server: minInstances is more than maxInstances',
      fieldPath: '.minInstances',
    }),
    description: 'How many isolates answer for it, and for how long; for mode server.',
  },
);
export type ServerScaling = Static<typeof ServerSchema>;

/** Of a spec as a whole: what a mode needs and what it has no use for. */
export const modeRules = [
  {
    rule: "self.mode == 'script' || self.engine == 'isolate'",
    message: 'mode: only the isolate engine has checks, servers and workers',
    fieldPath: '.mode',
  },
  {
    rule: "self.mode == 'script' || !has(self.preset) || self.preset == 'web'",
    message: 'preset: a check, a server and a worker have preset web',
    fieldPath: '.preset',
  },
  {
    rule: "self.mode == 'server' || (!has(self.route) && !has(self.server))",
    message: 'mode: `route` and `server` are for mode server',
    fieldPath: '.mode',
  },
  {
    rule: "self.mode != 'server' || (!has(self.schedule) && self.reuse != 'script')",
    message: 'mode: a server has no schedule or reuse (nor an input, which no rule can see)',
    fieldPath: '.mode',
  },
  {
    rule: "self.mode != 'check' || self.reuse != 'script'",
    message: 'reuse: every run of a check has an isolate of its own',
    fieldPath: '.reuse',
  },
];
