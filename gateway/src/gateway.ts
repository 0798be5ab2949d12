import { join } from 'node:path';
import { createTelemetry, type Telemetry } from '@cofferdam/telemetry';
import type { FastifyInstance } from 'fastify';
import type { GatewayConfig } from './config.ts';
import type { GatewayCore } from './core/core.ts';
import { createGatewayCore, type GatewayCoreOptions } from './core/create-core.ts';
import type { ScriptDirectory } from './core/scripts.ts';
import { buildHttp } from './http/server.ts';
import { ownerToken } from './http/tokens.ts';
import { lineLog, type Log } from './log.ts';

export interface GatewayOptions {
  config: GatewayConfig;
  /** Holds the records, the module cache and the runners' socket unless `socketPath` names another. */
  dataDir: string;
  /** Where runners dial. Default `gateway.sock` in the data folder. */
  socketPath?: string;
  /** The way out; without it a run that names hosts is `Unavailable`. */
  egress?: GatewayCoreOptions['egress'] | undefined;
  /** Default: one of the gateway's own, shut down with it. */
  telemetry?: Telemetry;
  log?: Log;
}

/** The gateway as one thing: its core, and HTTP in front of it. */
export interface Gateway {
  readonly core: GatewayCore;
  /** Where runners dial. */
  readonly socketPath: string;
  /** Where HTTP is answered, once it listens: `http://127.0.0.1:5900`. */
  readonly url: string;
  /** Says who keeps scripts. Until then /v1/scripts answers `UNAVAILABLE`. */
  attachScripts(scripts: ScriptDirectory): void;
  /** Refuses what is new, lets runs under way end for a bounded time, then closes everything. */
  close(): Promise<void>;
}

/** After the last run has ended, answers have this long to be taken by their clients. */
const LINGER_MS = 1_000;
/** How often connections are looked at meanwhile: one whose answer was taken is ended. */
const LOOK_MS = 20;

/** Starts the core and listens for HTTP. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, dataDir, socketPath = join(dataDir, 'gateway.sock') } = options;
  const log = options.log ?? lineLog(config.logLevel);
  const telemetry = options.telemetry ?? (await createTelemetry());
  const core = await createGatewayCore(coreOptions({ ...options, socketPath, telemetry, log }));
  let scripts: ScriptDirectory | undefined;
  let closing = false;
  const http = await buildHttp({
    core,
    metrics: telemetry.metrics,
    tokens: ownerToken(config.authToken),
    scripts: () => scripts,
    rateLimit: config.rateLimit,
    bodyLimit: config.bodyLimit,
    closing: () => closing,
    log,
  });
  const url = await listen(http, config).catch(async (error: unknown) => {
    await core.close();
    throw error;
  });
  log('info', 'listening', { url });
  return {
    core,
    socketPath,
    url,
    attachScripts: (directory) => void (scripts = directory),
    async close() {
      closing = true;
      const closed = http.close();
      await core.close();
      await endConnections(http, closed);
      if (!options.telemetry) await telemetry.shutdown();
    },
  };
}

async function endConnections({ server }: FastifyInstance, closed: PromiseLike<void>) {
  const look = setInterval(() => server.closeIdleConnections(), LOOK_MS);
  const end = setTimeout(() => server.closeAllConnections(), LINGER_MS);
  await closed;
  clearInterval(look);
  clearTimeout(end);
}

function listen(http: FastifyInstance, { host, port }: GatewayConfig): Promise<string> {
  return http.listen({ host, port });
}

function coreOptions(
  options: GatewayOptions & { socketPath: string; telemetry: Telemetry; log: Log },
): GatewayCoreOptions {
  const { config, dataDir, socketPath, telemetry, egress, log } = options;
  const { maxConcurrent, maxQueue, maxRunners, runnerIdleMs, maxRecords, drainMs } = config;
  return {
    dataDir,
    telemetry,
    runners: { socketPath, max: maxRunners, idleMs: runnerIdleMs },
    admission: { maxConcurrent, maxQueue },
    maxInlineRecords: maxRecords,
    drainMs,
    ...(egress ? { egress } : {}),
    ...(config.wasmRoot === undefined ? {} : { wasmRoot: config.wasmRoot }),
    log: (message, details) => log('info', message, details),
  };
}
