import type { Layer } from '@cofferdam/protocol';
import type { Gateway, GatewayConfig } from '@cofferdam/gateway';
import { openDockerDriver, ProcessDriver } from '@cofferdam/operator';
import { LOCAL_POOL } from './local-pool.ts';
import type { PartLog } from './parts.ts';

const RUNNER_ENTRY = new URL(import.meta.resolve('@cofferdam/runner'));

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
    onDeath: (runnerId: string, end: object) => log('warn', 'a runner ended', { runnerId, ...end }),
  };
  if (choice.name === 'docker') {
    const { engine, image, allowRunc } = choice;
    const note = (message: string, details: object) => log('warn', message, { ...details });
    return openDockerDriver({ ...common, engine, image, allowRunc, dataDir, log: note });
  }
  const { denoPath } = config;
  return new ProcessDriver({
    ...common,
    runnerEntry: RUNNER_ENTRY,
    ...(denoPath ? { denoPath } : {}),
  });
}
