import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { uptime } from 'node:os';
import { disks, queue, sensors } from './measurements.ts';
import { DEMO_PAGE } from './page.ts';

/** `/slow` waits at most so long. */
const MAX_SLOW_MS = 10_000;
const DEFAULT_SLOW_MS = 800;
/** Every third answer of `/flaky` is a failure. */
const FLAKY_EVERY = 3;

const OWN_LOOPBACK = '127.93.67.1';
const LOOPBACK = '127.0.0.1';

export interface DemoService {
  /** The address that it listens on; by itself one of the loopback interface. */
  host: string;
  port: number;
  close(): Promise<void>;
}

type Answer = { status?: number; body: unknown } | { page: string };
type Route = (url: URL) => Answer | Promise<Answer>;

/**
 * What the examples look at: this machine's own figures over HTTP, something slow and something that
 * fails now and then. Without `where` it listens for this machine alone. It reads nothing from a request but its path and `ms`; its page is for browsers.
 */
export async function startDemo(where?: { host: string; port: number }): Promise<DemoService> {
  const routes = demoRoutes();
  const server = createServer((request, response) => void answer(routes, request, response));
  const host = where ? await listenOn(server, where) : await listen(server);
  const { port } = server.address() as AddressInfo;
  return { host, port, close: () => close(server) };
}

/** On an address that nothing else listens on by name, so that allowing it allows no more. */
async function listen(server: Server): Promise<string> {
  try {
    server.listen(0, OWN_LOOPBACK);
    await once(server, 'listening');
    return OWN_LOOPBACK;
  } catch {
    // Only Linux has all of 127.0.0.0/8 without being asked.
    server.listen(0, LOOPBACK);
    await once(server, 'listening');
    return LOOPBACK;
  }
}

async function listenOn(server: Server, where: { host: string; port: number }): Promise<string> {
  server.listen(where);
  await once(server, 'listening');
  return where.host;
}

function demoRoutes(): Record<string, Route> {
  let flaky = 0;
  return {
    '/': () => ({ page: DEMO_PAGE }),
    '/api/health': () => ({ body: { status: 'ok', uptimeSeconds: Math.round(uptime()) } }),
    '/api/disks': async () => ({ body: { disks: await disks() } }),
    '/api/queue': async () => ({ body: await queue() }),
    '/api/sensors': async () => ({ body: { readings: await sensors() } }),
    '/slow': async (url) => {
      const ms = Math.min(MAX_SLOW_MS, Number(url.searchParams.get('ms')) || DEFAULT_SLOW_MS);
      await new Promise((resolve) => setTimeout(resolve, ms));
      return { body: { waitedMs: ms } };
    },
    '/flaky': () => {
      flaky++;
      const fails = flaky % FLAKY_EVERY === 0;
      return fails ? { status: 503, body: { error: 'try again' } } : { body: { request: flaky } };
    },
  };
}

async function answer(
  routes: Record<string, Route>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const answered = await look(routes, request).catch(() => FAILED);
  if ('page' in answered) {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    return void response.end(answered.page);
  }
  const { status = 200, body } = answered;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

const FAILED: Answer = { status: 500, body: { error: 'the machine did not say' } };

async function look(routes: Record<string, Route>, request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://demo');
  const route = Object.hasOwn(routes, url.pathname) ? routes[url.pathname] : undefined;
  if (!route) return { status: 404, body: { error: 'not found', paths: Object.keys(routes) } };
  if (request.method !== 'GET') return { status: 405, body: { error: 'only GET' } };
  return route(url);
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
