import { existsSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser } from 'playwright-core';
import { vi } from 'vitest';

const CHROMIUM = process.env.COFFERDAM_CHROMIUM ?? '/usr/bin/chromium';

/** A browser starts in a second, or in ten where two cores have much to do. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** Whether the tests of a file can be run here. */
export const hasChromium = existsSync(CHROMIUM);

/** Root is no user for Chromium's own sandbox; these pages are the tests' own. */
export async function launchChromium(): Promise<Browser> {
  return await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}

export async function launchPersistent(folder: string, options: object | undefined) {
  const launch = { executablePath: CHROMIUM, args: ['--no-sandbox'] };
  return await chromium.launchPersistentContext(folder, { ...options, ...launch });
}

export interface Pages extends AsyncDisposable {
  url: string;
  server: Server;
}

/** Pages of our own: texts by their paths, or what answers. */
export async function servePages(pages: Record<string, string | RequestListener>): Promise<Pages> {
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
    url: `http://127.0.0.1:${port}`,
    server,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Throws where a browser has contexts that nobody closed. */
export function nothingIsLeft(browser: Browser): void {
  const left = browser.contexts().length;
  if (left > 0) throw new Error(`${left} contexts are left`);
}
