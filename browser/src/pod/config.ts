import { readFileSync } from 'node:fs';
import { CofferdamError, LAYERS, settingsOf, type Layer } from '@cofferdam/protocol';
import { Type, type Static } from '@cofferdam/protocol/typebox';

const address = () => Type.String({ minLength: 1, maxLength: 255 });

/** The browser pod's own settings, read once from its environment; each is `COFFERDAM_` and its name. */
const PodConfigSchema = Type.Object(
  {
    /** Where the gateway listens for runners: a Unix socket's path, or `host:port`. */
    gateway: address(),
    /** Where egress listens for runners. */
    egress: address(),
    /** Or `COFFERDAM_JOIN_TOKEN_FILE`: the file that holds it, read once; `/dev/stdin` up to its end. */
    joinToken: Type.String({ minLength: 16, maxLength: 256 }),
    /** Sessions at once. Default 4: a page of today takes 100 to 200 MiB. */
    sessions: Type.Integer({ minimum: 1, maximum: 32, default: 4 }),
    /** The Chromium program. Default /usr/bin/chromium. */
    chromium: Type.String({ minLength: 1, maxLength: 4_096, default: '/usr/bin/chromium' }),
    /** Dials again when a connection has ended, as in a cluster, where a gateway is replaced. */
    redial: Type.Boolean({ default: false }),
    /** What stands around the process, outermost last: `container`, `gvisor`. Default none. */
    outerLayers: Type.String({ default: '', maxLength: 64 }),
  },
  { additionalProperties: false },
);
export type PodConfig = Readonly<Static<typeof PodConfigSchema>>;

const settings = settingsOf(PodConfigSchema);
const TOKEN_FILE = 'COFFERDAM_JOIN_TOKEN_FILE';
const TOKEN = settings.variableOf('joinToken');

/** Throws `INVALID_CONFIG` for a setting that is missing or out of bounds. */
export function readPodConfig(environment: NodeJS.ProcessEnv): PodConfig {
  const token = environment[TOKEN] ?? tokenOfFile(environment[TOKEN_FILE]);
  return settings.read({ ...environment, [TOKEN]: token });
}

/** The layers around the sessions, this process among them. */
export function layersOf({ outerLayers }: PodConfig): Layer[] {
  const names = outerLayers.split(',').filter((name) => name !== '');
  const known: readonly string[] = LAYERS;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return ['process', ...(names as Layer[])];
  throw new CofferdamError('INVALID_CONFIG', `outerLayers: '${unknown}' is no layer`);
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
