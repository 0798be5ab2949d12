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
