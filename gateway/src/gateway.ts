import { setTimeout as sleep } from 'node:timers/promises';
import type { ResolvedPool } from '@cofferdam/protocol';
import { createTelemetry, type Telemetry } from '@cofferdam/telemetry';
import type { FastifyInstance } from 'fastify';
import type { Authenticator } from './access/authenticator.ts';
import { openAuthenticator } from './access/open-authenticator.ts';
import type { GatewayConfig } from './config.ts';
import type { GatewayCore } from './core/core.ts';
import { createGatewayCore, type GatewayCoreOptions } from './core/create-core.ts';
import type { ScriptDirectory } from './core/scripts.ts';
import { readCorsOrigins } from './http/origins.ts';
import { buildHttp } from './http/server.ts';
import { readServerHosts } from './http/server-hosts.ts';
import { lineLog, type Log } from './log.ts';

export interface GatewayOptions {
  config: GatewayConfig;
  /** Holds the records and the module cache. */
  dataDir: string;
  /** Where runners dial: Unix sockets and `host:port`s. */
  runnerAddresses: readonly string[];
  /** The pools at the start. Default: none, until somebody sets them. */
  pools?: readonly ResolvedPool[];
  /** Resolves when every runner that may dial was announced. Default: they are announced before they dial. */
  announced?: Promise<void>;
  /** The way out; without it a run that names hosts is `Unavailable`. */
  egress?: GatewayCoreOptions['egress'] | undefined;
  /** Default: one of the gateway's own, shut down with it. */
  telemetry?: Telemetry;
  /** Who may call; closed with the gateway. Default: what the settings say. */
  authenticator?: Authenticator;
  /** Milliseconds between looks whether the caller of a connection could still open it. Default 30 s. */
  standingMs?: number;
  /** Whether requests may be sent here, for /readyz. Default: yes, until it closes. */
  ready?: () => boolean;
  /**
   * Milliseconds that requests are still taken once it closes, while /readyz already says no: whoever
   * spreads requests over gateways hears of it a moment later. Default 0.
   */
  lameDuckMs?: number;
  log?: Log;
}

/** The gateway as one thing: its core, and HTTP in front of it. */
export interface Gateway {
  readonly core: GatewayCore;
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
  const { config } = options;
  const log = options.log ?? lineLog(config.logLevel);
  const telemetry = options.telemetry ?? (await createTelemetry());
  const authenticator = options.authenticator ?? (await authenticatorFor(config, log));
  const core = await createGatewayCore(coreOptions({ ...options, telemetry, log }));
  let scripts: ScriptDirectory | undefined;
  let leaving = false;
  let closing = false;
  const http = await buildHttp({
    core,
    metrics: telemetry.metrics,
    authenticator,
    scripts: () => scripts,
    rateLimit: config.rateLimit,
    bodyLimit: config.bodyLimit,
    corsOrigins: readCorsOrigins(config.corsOrigins),
    ...(options.standingMs === undefined ? {} : { standingMs: options.standingMs }),
    closing: () => closing,
    ready: () => !leaving && (options.ready?.() ?? true),
    leaving: () => leaving,
    log,
  });
  const url = await listen(http, config).catch(async (error: unknown) => {
    authenticator.close();
    await core.close();
    throw error;
  });
  log('info', 'listening', { url });
  return {
    core,
    url,
    attachScripts: (directory) => void (scripts = directory),
    async close() {
      leaving = true;
      core.registry.leave();
      if (options.lameDuckMs) await sleep(options.lameDuckMs);
      closing = true;
      const closed = http.close();
      await core.close();
      await endConnections(http, closed);
      authenticator.close();
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

function authenticatorFor({ authToken, access }: GatewayConfig, log: Log): Promise<Authenticator> {
  return openAuthenticator({ ownerToken: authToken, access, log });
}

function listen(http: FastifyInstance, { host, port }: GatewayConfig): Promise<string> {
  return http.listen({ host, port });
}

function coreOptions(
  options: GatewayOptions & { telemetry: Telemetry; log: Log },
): GatewayCoreOptions {
  const { config, dataDir, runnerAddresses, pools, announced, telemetry, egress, log } = options;
  const { maxConcurrent, maxQueue, maxRuntimes, maxSessions, clientBindings, maxRecords, drainMs } =
    config;
  return {
    dataDir,
    telemetry,
    runners: { addresses: runnerAddresses, ...(announced ? { announced } : {}) },
    ...(pools ? { pools } : {}),
    admission: { maxConcurrent, maxQueue },
    runtimes: { maxRuntimes, allowsBindings: clientBindings === 'allow' },
    sessions: { maxSessions },
    maxInlineRecords: maxRecords,
    serverHosts: readServerHosts(config.serverHosts),
    drainMs,
    ...(egress ? { egress } : {}),
    ...(config.wasmRoot === undefined ? {} : { wasmRoot: config.wasmRoot }),
    log: (message, details) => log('info', message, details),
  };
}
