import { basename, resolve } from 'node:path';
import { readArgs, readPort } from '../args.ts';
import { VERSION } from '../commands/version.ts';
import { UsageError } from '../usage-error.ts';
import { findChromium } from './chromium.ts';
import type { DriverChoice } from './driver.ts';

export interface UpOptions {
  folder: string;
  /** Absent: what the environment says, or the default. */
  port?: number;
  host?: string;
  dataDir: string;
  allowPrivate: string[];
  /** The folder of Secrets; absent: there are none. */
  secrets?: string;
  demo: boolean;
  driver: DriverChoice;
  /** The Chromium of scripts' browsers; absent: there are none. */
  chromium?: string;
  plain: boolean;
}

const DEFAULT_FOLDER = './examples';
const DEFAULT_DATA_DIR = './.cofferdam';
const DEFAULT_ENGINE = 'unix:///var/run/docker.sock';

/** Reads the arguments of `cofferdam up`. */
export function readUpOptions(args: string[]): UpOptions {
  const { values, positionals } = readArgs(
    args,
    {
      port: { type: 'string' },
      host: { type: 'string' },
      'data-dir': { type: 'string' },
      'allow-private': { type: 'string', multiple: true },
      secrets: { type: 'string' },
      demo: { type: 'boolean' },
      driver: { type: 'string' },
      'docker-host': { type: 'string' },
      'runner-image': { type: 'string' },
      'allow-runc': { type: 'boolean' },
      browser: { type: 'boolean' },
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
    ...(values.secrets === undefined ? {} : { secrets: values.secrets }),
    demo: values.demo ?? basename(resolve(folder)) === 'examples',
    driver: readDriver(values),
    ...(values.browser ? { chromium: readChromium(values.driver) } : {}),
    plain: values.plain ?? false,
  };
}

/** A browser beside containers would be the one part that nothing stands around. */
function readChromium(driver: string | undefined): string {
  if (driver === 'docker') throw new UsageError('--browser is for --driver process');
  return findChromium(process.env);
}

interface DriverFlags {
  driver?: string;
  'docker-host'?: string;
  'runner-image'?: string;
  'allow-runc'?: boolean;
}

const DOCKER_FLAGS = ['docker-host', 'runner-image', 'allow-runc'] as const;

function readDriver(flags: DriverFlags): DriverChoice {
  const { driver = 'process' } = flags;
  if (driver === 'docker') {
    return {
      name: driver,
      engine: flags['docker-host'] ?? process.env.DOCKER_HOST ?? DEFAULT_ENGINE,
      image: flags['runner-image'] ?? `cofferdam-runner:${VERSION}`,
      allowRunc: flags['allow-runc'] ?? false,
    };
  }
  if (driver !== 'process') {
    throw new UsageError(`--driver must be process or docker, not '${driver}'`);
  }
  const stray = DOCKER_FLAGS.find((name) => flags[name] !== undefined);
  if (stray) throw new UsageError(`--${stray} is for --driver docker`);
  return { name: driver };
}
