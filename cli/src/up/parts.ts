import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CofferdamError, ENGINES, type Layer } from '@cofferdam/protocol';
import {
  startGateway,
  type Gateway,
  type GatewayConfig,
  type GatewayCore,
  type RunOutcome,
} from '@cofferdam/gateway';
import { EgressProcess, Operator, type OperatorEvent } from '@cofferdam/operator';
import { startDemo, type DemoService } from '../demo/service.ts';
import type { DataDir } from './data-dir.ts';
import {
  combined,
  openBrowserDriver,
  openDriver,
  type Driver,
  type DriverChoice,
} from './driver.ts';
import { gatewayPort } from './gateway-port.ts';
import { localBrowserPool, localPool } from './local-pool.ts';

/** The namespace whose scripts reach the demo service. */
const DEMO_NAMESPACE = 'examples';
const EGRESS_ENTRY = new URL('./main.ts', import.meta.resolve('@cofferdam/egress'));

export type PartLog = (
  level: 'error' | 'warn' | 'info' | 'debug',
  message: string,
  details?: Record<string, unknown>,
) => void;

export interface PartsOptions {
  config: GatewayConfig;
  dataDir: DataDir;
  allowPrivate: readonly string[];
  demo: boolean;
  driver: DriverChoice;
  /** The Chromium of browsers; absent: there are none. */
  chromium?: string | undefined;
  log: PartLog;
}

export interface Parts {
  gateway: Gateway;
  demo: DemoService | undefined;
  /** What stands around runners' processes. */
  layers: readonly Layer[];
}

/** Where the parts meet: Unix sockets in a folder for this user alone. */
interface Sockets {
  gateway: string;
  egress: string;
  egressControl: string;
}

/** Starts everything but the operator; what it started ends with the stack, in order. */
export async function startParts(
  stack: AsyncDisposableStack,
  options: PartsOptions,
): Promise<Parts> {
  const { config, log } = options;
  const sockets = await makeSockets(stack);
  const demo = options.demo ? await startDemo() : undefined;
  if (demo) stack.defer(() => demo.close());
  const started: { driver?: Driver } = {};
  const egress = new EgressProcess({
    egressEntry: EGRESS_ENTRY,
    socketPath: sockets.egress,
    controlSocketPath: sockets.egressControl,
    ...(demo ? { aliases: { demo: `${demo.host}:${demo.port}` } } : {}),
    onDeath: (end) => log('error', 'egress ended', { ...end }),
    // A runner dials egress once: those of the old one can fetch nothing any more.
    onRestart: () => started.driver?.discardAll(),
  });
  stack.defer(() => egress.close());
  await egress.start();
  const gateway = await listen({ options, sockets, demo });
  stack.defer(() => started.driver?.close());
  stack.defer(() => gateway.close());
  const context = { config, gateway, sockets, log, dataDir: options.dataDir.path };
  const runners = await openDriver(options.driver, context);
  const { chromium } = options;
  const browsers = chromium === undefined ? [] : [openBrowserDriver(chromium, context)];
  const driver = combined([runners, ...browsers]);
  started.driver = driver;
  gateway.core.registry.attach(driver);
  return { gateway, demo, layers: driver.layers ?? [] };
}

interface GatewayContext {
  options: PartsOptions;
  sockets: Sockets;
  demo: DemoService | undefined;
}

async function listen({ options, sockets, demo }: GatewayContext): Promise<Gateway> {
  const { config, dataDir, allowPrivate, chromium, log } = options;
  const forDemo = demo ? [`${demo.host}/32`] : [];
  try {
    return await startGateway({
      config,
      dataDir: dataDir.path,
      runnerAddresses: [sockets.gateway],
      pools: [localPool(config), ...(chromium === undefined ? [] : [localBrowserPool(config)])],
      egress: {
        control: sockets.egressControl,
        allowPrivate,
        allowedCIDRs: (tenant) => (tenant === DEMO_NAMESPACE ? forDemo : []),
      },
      log,
    });
  } catch (error) {
    throw cannotListen(error, config) ?? error;
  }
}

const REASONS: Record<string, string> = {
  EADDRINUSE: 'is in use by another program; choose another with --port',
  EACCES: 'is not for this user; choose one above 1023 with --port',
  EADDRNOTAVAIL: 'is not an address of this machine; choose another with --host',
};

function cannotListen(error: unknown, { host, port }: GatewayConfig): CofferdamError | undefined {
  const reason = REASONS[String((error as NodeJS.ErrnoException).code)];
  return reason === undefined
    ? undefined
    : new CofferdamError('INVALID_CONFIG', `${host}:${port} ${reason}`);
}

/** A socket's path may have 107 bytes at most, so the folder is one for temporary files. */
async function makeSockets(stack: AsyncDisposableStack): Promise<Sockets> {
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  // A driver may share it with its runners, so it holds nothing but what they dial.
  const runners = join(folder, 'runners');
  await mkdir(runners, { mode: 0o700 });
  return {
    gateway: join(runners, 'gateway.sock'),
    egress: join(runners, 'egress.sock'),
    egressControl: join(folder, 'egress-control.sock'),
  };
}

export interface OperatorPartOptions {
  folder: string;
  dataDir: DataDir;
  /** The folder of Secrets; absent: there are none. */
  secrets?: string | undefined;
  core: GatewayCore;
  /** The hosts that servers may have. */
  serverHosts: readonly string[];
  /** The Chromium of browsers; absent: there are none. */
  chromium?: string | undefined;
  onEvent: (event: OperatorEvent) => void;
}

/** The operator, on a connection of its own to the file that holds the runs. */
export function makeOperator(
  stack: AsyncDisposableStack,
  { folder, dataDir, secrets, core, serverHosts, chromium, onEvent }: OperatorPartOptions,
): Operator<RunOutcome> {
  const database = new DatabaseSync(dataDir.databasePath);
  stack.defer(() => database.close());
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000',
  );
  const operator = new Operator<RunOutcome>({
    folder,
    database,
    gateway: gatewayPort(core),
    engines: new Set(ENGINES),
    serverHosts,
    secrets,
    browsers: chromium !== undefined,
    onEvent,
  });
  stack.defer(() => operator.close());
  return operator;
}
