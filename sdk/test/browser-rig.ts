import { existsSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, vi } from 'vitest';
import { ownDaemon } from './harness.ts';

export const CHROMIUM = process.env.COFFERDAM_CHROMIUM ?? '/usr/bin/chromium';

/** Whether the tests of a file can be run here. */
export const hasChromium = existsSync(CHROMIUM);

/** A Chromium of this test file's own; root is no user for its own sandbox, and the pages are ours. */
export function ownChromium(): () => Browser {
  vi.setConfig({ testTimeout: 60_000 });
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  }, 60_000);
  afterAll(async () => await browser.close());
  return () => browser;
}

/** A web server of this test file's own: texts by their paths, or what answers. */
export function ownPages(pages: Record<string, string | RequestListener>): () => string {
  const server = createServer((request, response) => {
    const page = pages[new URL(request.url ?? '/', 'http://localhost').pathname];
    if (typeof page === 'function') return page(request, response);
    response.statusCode = page === undefined ? 404 : 200;
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(page ?? 'nothing');
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What one guest says, with the browser that the host gives by its factories. */
export interface BrowserGuest {
  /** What the body of an async function answers, as JSON; it runs in a test of its own. */
  value(body: string): Promise<unknown>;
}

/** Opens guests of one host, each with a browser of its own; `globals` are constants of its code. */
export function browserGuests(browser: () => Browser) {
  const { openHost } = ownDaemon();
  return async (globals: Record<string, unknown> = {}): Promise<BrowserGuest> => {
    const lines: string[] = [];
    const host = await openHost();
    const runtime = await host.createTestRuntime({
      bindings: {
        browser: { createContext: async (options) => await browser().newContext(options) },
        console: { onEntry: ({ stdout }) => void lines.push(stdout) },
      },
    });
    const given = Object.entries(globals).map(
      ([name, value]) => `${name} = ${JSON.stringify(value)}`,
    );
    const head = given.length === 0 ? '' : `const ${given.join(', ')};`;
    return {
      value: async (body) => {
        lines.length = 0;
        const code = `${head} test('value', async () => {
          const value = await (async () => {${body}\n})();
          console.log(JSON.stringify(value) ?? 'null');
        }, { timeout: 60_000 });`;
        const { success, tests, errors } = await runtime.run(code, { timeoutMs: 60_000 });
        if (!success) throw new Error(JSON.stringify([tests[0]?.error, errors]));
        return JSON.parse(lines.at(-1)!) as unknown;
      },
    };
  };
}
