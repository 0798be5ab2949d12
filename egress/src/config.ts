import { checker, CofferdamError, describeProblems, type Problem } from '@cofferdam/protocol';
import { Type, type Static } from 'typebox';

/** Longer paths do not fit into a Unix socket's address. */
const socketPath = () => Type.String({ minLength: 1, maxLength: 107 });

/** Egress's own settings, read once from its environment. */
const EgressConfigSchema = Type.Object(
  {
    /** `COFFERDAM_EGRESS_SOCKET`: where runners dial. */
    socket: socketPath(),
    /** `COFFERDAM_EGRESS_CONTROL_SOCKET`: where the gateway dials. */
    controlSocket: socketPath(),
    /** `COFFERDAM_EGRESS_ALIASES`: names of this instance's own, as JSON. Default none. */
    aliases: Type.Record(Type.String({ maxLength: 253 }), Type.String({ maxLength: 64 }), {
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
  aliases: 'ALIASES',
  exitWithStdin: 'EXIT_WITH_STDIN',
};
const MAX_ALIASES_TEXT = 16 * 1024;
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
    aliases: json(text('aliases') ?? '{}'),
    exitWithStdin: json(text('exitWithStdin') ?? 'false'),
  });
  if (checked.ok) return Object.freeze(checked.value);
  throw invalid(describeProblems(checked.problems.map(named)));
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
