import { basename, resolve } from 'node:path';
import { readArgs, readPort } from '../args.ts';

export interface UpOptions {
  folder: string;
  /** Absent: what the environment says, or the default. */
  port?: number;
  host?: string;
  dataDir: string;
  allowPrivate: string[];
  demo: boolean;
  plain: boolean;
}

const DEFAULT_FOLDER = './examples';
const DEFAULT_DATA_DIR = './.cofferdam';

/** Reads the arguments of `cofferdam up`. */
export function readUpOptions(args: string[]): UpOptions {
  const { values, positionals } = readArgs(
    args,
    {
      port: { type: 'string' },
      host: { type: 'string' },
      'data-dir': { type: 'string' },
      'allow-private': { type: 'string', multiple: true },
      demo: { type: 'boolean' },
      plain: { type: 'boolean' },
    },
    { atMost: 1, names: 'at most one folder' },
  );
  const folder = positionals[0] ?? DEFAULT_FOLDER;
  const port = readPort(values.port);
  return {
    folder,
    ...(port === undefined ? {} : { port }),
    ...(values.host === undefined ? {} : { host: values.host }),
    dataDir: values['data-dir'] ?? DEFAULT_DATA_DIR,
    allowPrivate: values['allow-private'] ?? [],
    demo: values.demo ?? basename(resolve(folder)) === 'examples',
    plain: values.plain ?? false,
  };
}
