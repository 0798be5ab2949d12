import { isIP } from 'node:net';
import {
  checker,
  CofferdamError,
  describeProblems,
  readAddress,
  type Problem,
} from '@cofferdam/protocol';
import { Type, type Static } from '@cofferdam/protocol/typebox';

/** A Unix socket's path (longer ones do not fit into an address), or `host:port`. */
const address = () => Type.String({ minLength: 1, maxLength: 107 });

const MAX_REFUSED = 256;
const list = (pattern: string) =>
  Type.Array(Type.String({ maxLength: 64, pattern }), { maxItems: MAX_REFUSED });

/** Egress's own settings, read once from its environment. */
const EgressConfigSchema = Type.Object(
  {
    /** `COFFERDAM_EGRESS_SOCKET`: where runners dial. */
    socket: address(),
    /** `COFFERDAM_EGRESS_CONTROL_SOCKET`: where the gateway dials. */
    controlSocket: address(),
    /**
     * `COFFERDAM_EGRESS_CONTROL_TOKEN_SHA256`: of what the gateway proves to be one with, in hexadecimal.
     * Needed where the control socket is no Unix socket, which only this user may open.
     */
    controlTokenSha256: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
    /**
     * `COFFERDAM_EGRESS_ALIASES`: names of this instance's own, each with the `host:port` that it leads to, as
     * JSON. Default none.
     */
    aliases: Type.Record(Type.String({ maxLength: 253 }), Type.String({ maxLength: 260 }), {
      maxProperties: 64,
    }),
    /**
     * `COFFERDAM_EGRESS_REFUSED_CIDRS`: ranges that nobody reaches, whatever is allowed, with commas between: a
     * cluster's own. In a cluster the API server's address is always among them. Default none.
     */
    refusedCIDRs: list('^[0-9a-fA-F.:]{2,45}/[0-9]{1,3}$'),
    /**
     * `COFFERDAM_EGRESS_REFUSED_PORTS`: ports of private addresses that nobody reaches, such as
     * `6443,10248-10260`. Default none.
     */
    refusedPorts: list('^[0-9]{1,5}(-[0-9]{1,5})?$'),
    /** `COFFERDAM_EGRESS_EXIT_WITH_STDIN`: ends when standard input does, so with whoever holds it. */
    exitWithStdin: Type.Boolean(),
  },
  { additionalProperties: false },
);
export type EgressConfig = Readonly<Static<typeof EgressConfigSchema>>;

const PREFIX = 'COFFERDAM_EGRESS_';
const NAMES: Record<keyof EgressConfig, string> = {
  socket: 'SOCKET',
  controlSocket: 'CONTROL_SOCKET',
  controlTokenSha256: 'CONTROL_TOKEN_SHA256',
  aliases: 'ALIASES',
  refusedCIDRs: 'REFUSED_CIDRS',
  refusedPorts: 'REFUSED_PORTS',
  exitWithStdin: 'EXIT_WITH_STDIN',
};
/** Holds 64 aliases of the longest names. */
const MAX_ALIASES_TEXT = 40 * 1024;
const check = checker(EgressConfigSchema);

/** Throws `INVALID_CONFIG` for a setting that is missing, unknown or wrong. */
export function readEgressConfig(environment: NodeJS.ProcessEnv): EgressConfig {
  const known = new Set(Object.values(NAMES));
  const unknown = Object.keys(environment).filter(
    (name) => name.startsWith(PREFIX) && !known.has(name.slice(PREFIX.length)),
  );
  if (unknown.length > 0) throw invalid(`unknown setting ${unknown.join(', ')}`);
  const text = (name: keyof EgressConfig) => environment[PREFIX + NAMES[name]];
  const checked = check({
    socket: text('socket'),
    controlSocket: text('controlSocket'),
    ...optional('controlTokenSha256', text('controlTokenSha256')),
    aliases: json(text('aliases') ?? '{}'),
    refusedCIDRs: [...words(text('refusedCIDRs')), ...apiServer(environment)],
    refusedPorts: words(text('refusedPorts')),
    exitWithStdin: json(text('exitWithStdin') ?? 'false'),
  });
  if (checked.ok) return Object.freeze(requireToken(checked.value));
  throw invalid(describeProblems(checked.problems.map(named)));
}

function requireToken(config: EgressConfig): EgressConfig {
  addressOf(config, 'socket');
  const isPrivate = 'path' in addressOf(config, 'controlSocket');
  if (isPrivate || config.controlTokenSha256 !== undefined) return config;
  const [token, socket] = [PREFIX + NAMES.controlTokenSha256, PREFIX + NAMES.controlSocket];
  throw invalid(`${token}: is needed where ${socket} is no Unix socket`);
}

function addressOf(config: EgressConfig, name: 'socket' | 'controlSocket') {
  try {
    return readAddress(config[name]);
  } catch (error) {
    throw invalid(`${PREFIX}${NAMES[name]}: ${CofferdamError.from(error).message}`);
  }
}

function optional(name: keyof EgressConfig, value: string | undefined) {
  return value === undefined || value === '' ? {} : { [name]: value };
}

function words(text = ''): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

/** Kubernetes tells every pod where the API server is; egress is the last that should lead there. */
function apiServer({ KUBERNETES_SERVICE_HOST: host = '' }: NodeJS.ProcessEnv): string[] {
  const family = isIP(host);
  return family === 0 ? [] : [`${host}/${family === 4 ? 32 : 128}`];
}

/** With the variable that a setting is read from, instead of our name for it. */
function named({ path, message }: Problem): Problem {
  const [field = '', ...rest] = path.split('.');
  const variable = PREFIX + NAMES[field as keyof EgressConfig];
  return { path: [variable, ...rest].join('.'), message };
}

/** What is no JSON stays text, which the schema then refuses. */
function json(text: string): unknown {
  try {
    return text.length > MAX_ALIASES_TEXT ? text : (JSON.parse(text) as unknown);
  } catch {
    return text;
  }
}

function invalid(problem: string): CofferdamError {
  return new CofferdamError('INVALID_CONFIG', problem);
}
