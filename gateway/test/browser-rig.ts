import { existsSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { rm } from 'node:fs/promises';
import type { ChildProcess } from 'node:child_process';
import { ProcessDriver } from '@cofferdam/operator';
import type { PoolDemand, ResolvedScript } from '@cofferdam/protocol';
import type { RunnerSource } from '../src/core/runners/registry.ts';
import { catalogueDirectory, httpRig, type HttpRig } from './http-rig.ts';
import { tempDir, testPool } from './peer.ts';
import { onMissing, startEgress, startRunner, stop } from './processes.ts';
import { serverScript } from './server-rig.ts';

const CHROMIUM = process.env.COFFERDAM_CHROMIUM ?? '/usr/bin/chromium';
/** Whether the tests of a file can be run here. */
export const hasChromium = existsSync(CHROMIUM);

const BROWSERS = 'browsers';

export interface BrowserRig extends HttpRig {
  driver: ProcessDriver;
  runners: ChildProcess[];
  publish(...scripts: ResolvedScript[]): void;
}

/** A gateway with real runners, a real way out and real browsers; `pods` at most, none where it is 0. */
export async function browserRig({
  pods = 2,
  browsersIdleMs = 3_600_000,
} = {}): Promise<BrowserRig> {
  const dir = await tempDir();
  const egress = await startEgress(dir);
  const rig = await httpRig({}, { control: egress.control, allowPrivate: ['127.0.0.0/8'] });
  const { core } = rig.gateway;
  const pool = testPool({ name: BROWSERS, browserSessions: 4, idleMs: browsersIdleMs });
  core.pools.set([testPool(), ...(pods > 0 ? [pool] : [])]);
  const driver = new ProcessDriver({
    registry: core.registry,
    pool: BROWSERS,
    bounds: { minimum: 0, maximum: pods },
    gatewayAddress: rig.socketPath,
    egressAddress: egress.socket,
    runnerEntry: new URL(import.meta.resolve('@cofferdam/browser/pod')),
  });
  const runners: ChildProcess[] = [];
  const start = onMissing(() =>
    runners.push(startRunner(core.registry, { gateway: rig.socketPath, egress: egress.socket })),
  );
  core.registry.attach(both(driver, start));
  rig.gateway.attachScripts(catalogueDirectory(rig.gateway));
  let version = 0;
  return {
    ...rig,
    driver,
    runners,
    publish: (...scripts) => void core.catalogue.publish({ version: ++version, scripts }),
    async [Symbol.asyncDispose]() {
      await rig[Symbol.asyncDispose]();
      await driver.close();
      await Promise.all([...runners, egress.process].map(stop));
      await rm(dir, { recursive: true });
    },
  };
}

/** Browsers are the driver's, runners are started as they are missing. */
function both(driver: ProcessDriver, start: (demand: PoolDemand) => void): RunnerSource {
  return {
    demand: (demand) => (demand.pool === BROWSERS ? driver.demand(demand) : start(demand)),
    discard: (runnerId) => driver.discard(runnerId),
  };
}

type Given = Parameters<typeof serverScript>[1];

/** A check that may have a browser, whose pages reach this machine's port. */
export function browserCheck(code: string, port: number, over: Given = {}): ResolvedScript {
  const limits = { wallTimeMs: 60_000, cpuTimeMs: 20_000, bridgePayloadBytes: 4 * 1024 * 1024 };
  const net = [{ host: '127.0.0.1', ports: [port] }];
  const { server: _, ...script } = serverScript(code, {
    ...{ name: 'check', net, browser: true, maxRequests: 50, history: 10 },
    ...over,
    limits: { ...limits, ...over.limits },
  });
  return { ...script, mode: 'check' };
}

export interface OwnPages extends AsyncDisposable {
  url: string;
  port: number;
}

/** Pages of our own, by their paths. */
export async function servePages(
  pages: Record<string, string | RequestListener>,
): Promise<OwnPages> {
  const server = createServer((request, response) => {
    const page = pages[new URL(request.url ?? '/', 'http://localhost').pathname];
    if (typeof page === 'function') return page(request, response);
    response.statusCode = page === undefined ? 404 : 200;
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(page ?? 'nothing');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ port, url: `http://127.0.0.1:${port}` },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
