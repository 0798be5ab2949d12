import {
  checker,
  CofferdamError,
  describeProblems,
  LIMIT_BOUNDS,
  POOL_DEFAULTS,
  type Problem,
} from '@cofferdam/protocol';
import { Type, type Static } from '@cofferdam/protocol/typebox';
import { accessSettings, asksForTokens, type AccessConfig } from './access/config.ts';
import { isLoopback } from './http/loopback.ts';
import { readCorsOrigins } from './http/origins.ts';
import { readServerHosts } from './http/server-hosts.ts';
import { LOG_LEVELS } from './log.ts';
import { nearest } from './nearest.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

const count = (fallback: number, maximum: number, description: string, minimum = 0) =>
  Type.Integer({ minimum, maximum, default: fallback, description });
const text = (maxLength: number, description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength, description }));

/** The gateway's settings. docs/configuration.md is made from this. */
export const GatewayConfigSchema = Type.Object(
  {
    port: count(5900, 65_535, 'Port to listen on; 0 takes a free one.'),
    host: Type.String({
      minLength: 1,
      maxLength: 255,
      default: '127.0.0.1',
      description: 'Address to listen on. One that is not loopback needs a token.',
    }),
    authToken: text(1024, 'The bearer token that callers must send. Default: none is asked for.'),
    logLevel: Type.Enum([...LOG_LEVELS], {
      default: 'info',
      description: 'What the service says of itself, as lines of JSON on standard error.',
    }),
    denoPath: text(4096, 'The `deno` program. Default: the one that comes with npm.'),
    rateLimit: count(
      60,
      1_000_000,
      'Requests a minute for each token, or each address without tokens; 0 is no limit.',
    ),
    maxConcurrent: count(50, 1_000, 'Runs at once.', 1),
    maxQueue: count(200, 10_000, 'Runs that may wait for a place; one more is answered 429.'),
    corsOrigins: text(
      4096,
      'Origins of web pages that may call, such as `https://example.com`, with commas between them. Default: none.',
    ),
    bodyLimit: count(4 * MiB, 64 * MiB, 'Bytes of a JSON body, or of what a server is sent.', KiB),
    serverHosts: text(
      4096,
      'Host names that `route.host` of a server may have, such as `*.apps.example.com`, with commas between them. Default: `*.localhost`.',
    ),
    wasmRoot: text(4096, 'The folder of modules for `file` of /wasm/compile. Default: no files.'),
    maxRunners: count(16, 256, 'Runner processes at once: one for each tenant in use.', 1),
    runsPerProcess: count(
      POOL_DEFAULTS.runsPerProcess,
      64,
      'Runs of one tenant at once in an isolate process; 1 gives every run a process of its own.',
      1,
    ),
    runnerIdleMs: count(
      600_000,
      86_400_000,
      'Milliseconds after which the runner of an idle tenant is ended.',
      1_000,
    ),
    maxRuntimes: count(
      100,
      10_000,
      'Runtimes of embedders, workers and instances of servers that may be open at once.',
    ),
    maxSessions: count(
      64,
      1_024,
      'Sessions of one namespace at once; each is one of the runtimes too.',
    ),
    clientBindings: Type.Enum(['allow', 'forbid'], {
      default: 'allow',
      description:
        'Whether guests may call functions of the process that embeds them (tools, fetch, files, modules).',
    }),
    maxRecords: count(1_000, 1_000_000, 'Runs on record that belong to no script.'),
    drainMs: count(
      10_000,
      LIMIT_BOUNDS.wallTimeMs.maximum,
      'Milliseconds that runs under way have to end when the service is stopped.',
    ),
  },
  { additionalProperties: false },
);
export type GatewaySettings = Readonly<Static<typeof GatewayConfigSchema>>;
export type GatewayConfig = GatewaySettings & { readonly access: AccessConfig };
export type Setting = keyof GatewaySettings;

const PREFIX = 'ISOLATE_';
const check = checker(GatewayConfigSchema);
const SETTINGS = Object.keys(GatewayConfigSchema.properties) as Setting[];

/** The environment variable of a setting: `ISOLATE_` and its name, but for DENO_PATH. */
export function variableOf(setting: Setting): string {
  const name = setting.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  return setting === 'denoPath' ? name : PREFIX + name;
}

/**
 * Reads the settings from the environment, once. `overrides` (flags of a command line) go before it.
 * Throws `INVALID_CONFIG` for a wrong value or an unknown ISOLATE_ name, and `INSECURE_BIND`.
 */
export function readGatewayConfig(
  environment: NodeJS.ProcessEnv,
  overrides: Partial<GatewaySettings> = {},
): GatewayConfig {
  const given: Record<string, unknown> = {};
  for (const setting of SETTINGS) {
    const value = overrides[setting] ?? valueOf(setting, environment[variableOf(setting)]);
    if (value !== undefined) given[setting] = value;
  }
  const problems = unknownNames(environment);
  const checked = check(given);
  if (!checked.ok) problems.push(...checked.problems.map(namedByVariable));
  if (!checked.ok || problems.length > 0) {
    throw new CofferdamError('INVALID_CONFIG', describeProblems(problems));
  }
  const config = { ...checked.value, access: accessSettings.read(environment) };
  refuseInsecureBind(config);
  readCorsOrigins(config.corsOrigins);
  readServerHosts(config.serverHosts);
  return Object.freeze(config);
}

/** Anyone who can connect could run code: without a token only this machine may. */
function refuseInsecureBind({ host, authToken, access }: GatewayConfig): void {
  if (authToken !== undefined || asksForTokens(access) || isLoopback(host)) return;
  throw new CofferdamError(
    'INSECURE_BIND',
    `ISOLATE_HOST is ${host}, which others can reach, and there is no token: set ISOLATE_AUTH_TOKEN, or ISOLATE_HOST to 127.0.0.1.`,
  );
}

/** An empty variable counts as one that is not set. */
function valueOf(setting: Setting, value: string | undefined): unknown {
  const schema = GatewayConfigSchema.properties[setting];
  if (value === undefined || value === '') return 'default' in schema ? schema.default : undefined;
  const isNumber = 'type' in schema && schema.type === 'integer';
  return isNumber && /^\d+$/.test(value) ? Number(value) : value;
}

function unknownNames(environment: NodeJS.ProcessEnv): Problem[] {
  const known = SETTINGS.map(variableOf);
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name))
    .map((name) => {
      const meant = nearest(name, known);
      const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
      return { path: name, message: `is no setting${hint}` };
    });
}

function namedByVariable({ path, message }: Problem): Problem {
  return { path: path === '' ? '' : variableOf(path as Setting), message };
}
