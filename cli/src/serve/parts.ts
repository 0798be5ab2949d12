import { CofferdamError, readAddress } from '@cofferdam/protocol';
import { lineLog } from '@cofferdam/gateway/log';
import { readToken } from './token-file.ts';

/** A part of an installation in a cluster, as one process. */
export interface Part {
  close(): Promise<void>;
}

const DEMO_LISTEN = '0.0.0.0:8080';
/** The lease could not be kept: the process ends and is started again. */
const EXIT_LOST = 1;

type Log = (level: 'error' | 'warn' | 'info' | 'debug', message: string, details?: object) => void;

export async function startGatewayPart(environment: NodeJS.ProcessEnv): Promise<Part> {
  const { clusterGatewaySettings, readGatewayConfig, startClusterGateway } =
    await import('@cofferdam/gateway');
  const config = readGatewayConfig(environment);
  const cluster = clusterGatewaySettings.read(environment);
  const [controlToken, egressToken] = await Promise.all([
    readToken(cluster.controlTokenFile, 'COFFERDAM_CONTROL_TOKEN_FILE'),
    readToken(cluster.egressTokenFile, 'COFFERDAM_EGRESS_TOKEN_FILE'),
  ]);
  const log = lineLog(config.logLevel);
  return startClusterGateway({ config, cluster, controlToken, egressToken, log });
}

export async function startOperatorPart(environment: NodeJS.ProcessEnv): Promise<Part> {
  const { ClusterOperator, operatorSettings } = await import('@cofferdam/operator/cluster');
  const config = operatorSettings.read(environment);
  const token = await readToken(config.controlTokenFile, 'COFFERDAM_CONTROL_TOKEN_FILE');
  const log: Log = lineLog('info') as Log;
  return ClusterOperator.start({
    config,
    token,
    apiServerAddress: apiServerOf(environment),
    onLost: () => {
      log('error', 'this operator works no more; the process ends to begin anew');
      process.exit(EXIT_LOST);
    },
    log,
  });
}

/**
 * Both in one process. They find each other as they would in two: while a pod is replaced, the operator
 * that works may be in the other one.
 */
export async function startSinglePart(environment: NodeJS.ProcessEnv): Promise<Part> {
  const gateway = await startGatewayPart(environment);
  const operator = await startOperatorPart(environment).catch(async (error: unknown) => {
    await gateway.close();
    throw error;
  });
  return {
    async close() {
      // The lease goes first: whoever replaces this process can begin while runs end here.
      const closing = gateway.close();
      await operator.close();
      await closing;
    },
  };
}

export async function startEgressPart(environment: NodeJS.ProcessEnv): Promise<Part> {
  const { readEgressConfig, startEgress } = await import('@cofferdam/egress');
  const { exitWithStdin: _, ...config } = readEgressConfig(environment);
  return startEgress({
    ...config,
    onFault: (error) => console.error(`egress: ${error instanceof Error ? error.stack : error}`),
  });
}

export async function startDemoPart(environment: NodeJS.ProcessEnv): Promise<Part> {
  const { startDemo } = await import('../demo/service.ts');
  const address = readAddress(environment.COFFERDAM_DEMO_LISTEN ?? DEMO_LISTEN);
  if ('path' in address) {
    throw new CofferdamError('INVALID_CONFIG', 'COFFERDAM_DEMO_LISTEN must be host:port');
  }
  return startDemo(address);
}

/** Every pod is told where the API server is. */
function apiServerOf({
  KUBERNETES_SERVICE_HOST: host,
  KUBERNETES_SERVICE_PORT: port,
}: NodeJS.ProcessEnv) {
  if (host === undefined || port === undefined) {
    throw new CofferdamError('INVALID_CONFIG', 'KUBERNETES_SERVICE_HOST is not set: not in a pod');
  }
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
