import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFileBindings } from '../src/index.ts';
import { createPlaywrightSessionHandler } from '../src/playwright.ts';
import { hasChromium, ownChromium, ownPages } from './browser-rig.ts';
import { ownDaemon, privateFolder, runtimesOn } from './harness.ts';

const { openHost } = ownDaemon();
const open = runtimesOn(openHost);
const chromium = ownChromium();
const pages = ownPages({ '/': '<title>Example Domain</title><h1>Hello</h1>' });

const SUITE = (base: string) => `
  let ctx, page;
  beforeAll(async () => { ctx = await browser.newContext(); page = await ctx.newPage(); });
  afterAll(async () => { await ctx.close(); });
  test("loads a nested page", async () => {
    await page.goto("${base}/");
    await expect(page).toHaveTitle(/Example Domain/);
  });`;

describe.runIf(hasChromium)('a browser that a guest passes on', () => {
  it('has contexts of the child, which end with it, and the profiles of its parent', async () => {
    const folder = privateFolder();
    mkdirSync(join(folder, 'browser-profiles'));
    const { runtime } = await open({
      bindings: {
        files: createFileBindings({ root: folder, allowWrite: true }),
        browser: {
          profiles: true,
          createContext: async (options) => await chromium().newContext(options ?? undefined),
          createPage: async (context) => await context.newPage(),
        },
      },
    });
    const result = await runtime.eval(`
      import { createIsolateHost } from "@ricsam/isolate";
      const nestedHost = createIsolateHost();
      const child = await nestedHost.createTestRuntime({ bindings: { browser } });
      const results = await child.run(${JSON.stringify(SUITE(pages()))});
      const own = await browser.newContext({ profile: 'auth/main' });
      const inUse = await child.run('test("profile", () => browser.newContext({ profile: "auth/main" }))');
      await child.run('test("left open", async () => { await browser.newContext(); })');
      await child.dispose();
      const seen = (await browser.contexts()).length;
      await own.close();
      await nestedHost.close();
      const none = await nestedHost.createRuntime().catch(({ message }) => message);
      const other = createIsolateHost();
      const forged = await other.createRuntime({ bindings: { browser: { handler() {} } } }).catch(({ name }) => name);
      export default [results.success, inUse.failed, seen, none, forged];`);
    expect(result).toEqual([true, 1, 1, 'the host is closed', 'TypeError']);
    expect(chromium().contexts()).toHaveLength(0);
  });

  it('is the session itself where the host gave a handler', async () => {
    const playwright = createPlaywrightSessionHandler({
      createContext: async (options) => await chromium().newContext(options ?? undefined),
    });
    const { runtime } = await open({ bindings: { browser: { handler: playwright.handler } } });
    const result = await runtime.eval(`
      import { createIsolateHost } from 'cofferdam';
      const context = await browser.newContext();
      const page = await context.newPage();
      page.on('console', () => {});
      const child = await createIsolateHost().createTestRuntime({ bindings: { browser } });
      const results = await child.run(${JSON.stringify(SUITE(pages()))});
      const seen = await child.run('test("n", async () => expect((await browser.contexts()).length).toBe(1))');
      await child.dispose();
      await context.close();
      export default [results.success, seen.success]`);
    expect(result).toEqual([true, true]);
    expect(playwright.getTrackedResources()).toEqual({ contexts: [], pages: [] });
  });
});
