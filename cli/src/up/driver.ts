import type { Layer } from '@cofferdam/protocol';
import type { Gateway, GatewayConfig } from '@cofferdam/gateway';
import { containerMemoryBytes, openDockerDriver, ProcessDriver } from '@cofferdam/operator';
import { LOCAL_BROWSERS, LOCAL_POOL, localBrowserPool } from './local-pool.ts';
import type { PartLog } from './parts.ts';

const RUNNER_ENTRY = new URL(import.meta.resolve('@cofferdam/runner'));
const BROWSER_ENTRY = new URL(import.meta.resolve('@cofferdam/browser/pod'));

/** How runners are started. */
export type DriverChoice =
  | { name: 'process' }
  | {
      name: 'docker';
      /** The engine's socket, `unix:///…`. */
      engine: string;
      image: string;
      /** Whether containers that share the machine's kernel will do where there is no gVisor. */
      allowRunc: boolean;
    };

export interface DriverContext {
  config: GatewayConfig;
  gateway: Gateway;
  sockets: { gateway: string; egress: string };
  dataDir: string;
  log: PartLog;
}

export type Driver = Pick<ProcessDriver, 'demand' | 'discard' | 'discardAll' | 'close'> & {
  /** What stands around its runners' processes. */
  readonly layers?: readonly Layer[];
};

/** Whoever starts runners here; throws `INVALID_CONFIG` when this machine cannot hold them. */
export function openDriver(choice: DriverChoice, context: DriverContext): Promise<Driver> | Driver {
  const { config, gateway, sockets, dataDir, log } = context;
  const common = {
    registry: gateway.core.registry,
    pool: LOCAL_POOL,
    bounds: { minimum: 1, maximum: config.maxRunners },
    gatewayAddress: sockets.gateway,
    egressAddress: sockets.egress,
    env: { COFFERDAM_RUNS_PER_PROCESS: String(config.runsPerProcess) },
    onDeath: (runnerId: string, end: object) => log('warn', 'a runner ended', { runnerId, ...end }),
  };
  if (choice.name === 'docker') {
    const { engine, image, allowRunc } = choice;
    const note = (message: string, details: object) => log('warn', message, { ...details });
    const limits = { memoryBytes: containerMemoryBytes(config.runsPerProcess) };
    return openDockerDriver({ ...common, engine, image, allowRunc, limits, dataDir, log: note });
  }
  const { denoPath } = config;
  return new ProcessDriver({
    ...common,
    runnerEntry: RUNNER_ENTRY,
    ...(denoPath ? { denoPath } : {}),
  });
}

/** Whoever starts browsers here, as processes that nothing else stands around. */
export function openBrowserDriver(
  chromium: string,
  { config, gateway, sockets, log }: Omit<DriverContext, 'dataDir'>,
): Driver {
  const { sessions, maximum } = boundsOf(config);
  return new ProcessDriver({
    registry: gateway.core.registry,
    pool: LOCAL_BROWSERS,
    bounds: { minimum: 0, maximum },
    runnerEntry: BROWSER_ENTRY,
    gatewayAddress: sockets.gateway,
    egressAddress: sockets.egress,
    env: { COFFERDAM_CHROMIUM: chromium, COFFERDAM_SESSIONS: String(sessions) },
    onDeath: (runnerId, end) => log('warn', 'a browser ended', { runnerId, ...end }),
  });
}

function boundsOf(config: GatewayConfig) {
  const { browserSessions: sessions, warm } = localBrowserPool(config);
  return { sessions, maximum: warm.maximum };
}

/** Several that each start what is of their own pool; the first says what stands around runners. */
export function combined(drivers: readonly [Driver, ...Driver[]]): Driver {
  return {
    ...(drivers[0].layers ? { layers: drivers[0].layers } : {}),
    demand: (demand) => drivers.forEach((driver) => driver.demand(demand)),
    discard: (runnerId) => drivers.forEach((driver) => driver.discard(runnerId)),
    discardAll: () => drivers.forEach((driver) => driver.discardAll()),
    close: async () => void (await Promise.all(drivers.map((driver) => driver.close()))),
  };
}
