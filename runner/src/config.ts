import { readFileSync } from 'node:fs';
import { checker, CofferdamError, describeProblems } from '@cofferdam/protocol';
import { Type, type Static } from '@cofferdam/protocol/typebox';

const count = (fallback: number, minimum: number, maximum: number) =>
  Type.Integer({ minimum, maximum, default: fallback });

/** The runner's own settings, read once from its environment; each is `COFFERDAM_` and its name. */
const RunnerConfigSchema = Type.Object(
  {
    /** Where the gateway listens for runners: a Unix socket's path, or `host:port`. */
    gateway: Type.String({ minLength: 1, maxLength: 255 }),
    /** Where egress listens for runners. */
    egress: Type.String({ minLength: 1, maxLength: 255 }),
    /** Or `COFFERDAM_JOIN_TOKEN_FILE`: the file that holds it, read once; `/dev/stdin` up to its end. */
    joinToken: Type.String({ minLength: 16, maxLength: 256 }),
    /** Isolate processes kept ready. Default 2. */
    isolateProcesses: count(2, 1, 32),
    /** Isolate processes at most. Default 7: 50 runs of 8 to a process. */
    maxIsolateProcesses: count(7, 1, 64),
    /** Active runs in one isolate process. Default 8. */
    runsPerProcess: count(8, 1, 64),
    /** Prepared isolates for each preset and memory size, in each process. Default 2. */
    sparesPerProfile: count(2, 0, 64),
    /** Deno processes kept ready once a Deno run was asked for. Default 2. */
    denoSpares: count(2, 0, 16),
    /** Dials again when a connection has ended, as in a cluster, where a gateway is replaced. */
    redial: Type.Boolean({ default: false }),
    denoPath: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
    /** What stands around the runner process, outermost last: `container`, `gvisor`. Default none. */
    outerLayers: Type.String({ default: '', maxLength: 64 }),
    /** Of the gVisor around it, as whoever started it knows: it cannot be seen from inside. */
    gvisorVersion: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  },
  { additionalProperties: false },
);
export type RunnerConfig = Readonly<Static<typeof RunnerConfigSchema>>;

const PREFIX = 'COFFERDAM_';
/** Read by every process, whatever room it belongs to. */
const SHARED = new Set(['COFFERDAM_DEBUG']);
const TOKEN_FILE = 'COFFERDAM_JOIN_TOKEN_FILE';
const check = checker(RunnerConfigSchema);

/** Throws `INVALID_CONFIG` for a setting that is missing, unknown or out of bounds. */
export function readRunnerConfig(environment: NodeJS.ProcessEnv): RunnerConfig {
  const given: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(RunnerConfigSchema.properties)) {
    const text = environment[PREFIX + screaming(name)];
    const fallback = 'default' in schema ? schema.default : undefined;
    const value = text === undefined ? fallback : typed(text, typeof fallback);
    if (value !== undefined) given[name] = value;
  }
  given.joinToken ??= tokenOfFile(environment[TOKEN_FILE]);
  const checked = check(given);
  const unknown = unknownNames(environment);
  if (checked.ok && unknown.length === 0) return Object.freeze(checked.value);
  const problems = checked.ok
    ? `unknown setting ${unknown.join(', ')}`
    : describeProblems(checked.problems);
  throw new CofferdamError('INVALID_CONFIG', problems);
}

function unknownNames(environment: NodeJS.ProcessEnv): string[] {
  const known = new Set(
    Object.keys(RunnerConfigSchema.properties).map((name) => PREFIX + screaming(name)),
  );
  return Object.keys(environment).filter(
    (name) =>
      name.startsWith(PREFIX) && !known.has(name) && !SHARED.has(name) && name !== TOKEN_FILE,
  );
}

function tokenOfFile(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    // Opening /dev/stdin anew needs rights that a pipe of another user's does not give.
    return readFileSync(path === '/dev/stdin' ? 0 : path, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CofferdamError('INVALID_CONFIG', `the join token's file ${path}: ${code}`);
  }
}

function typed(text: string, type: string): unknown {
  if (type === 'number') return Number(text);
  return type === 'boolean' && /^(true|false)$/.test(text) ? text === 'true' : text;
}

function screaming(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
