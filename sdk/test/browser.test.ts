import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { createFileBindings, type ConsoleEntry, type PlaywrightEvent } from '../src/index.ts';
import { createPlaywrightSessionHandler } from '../src/playwright.ts';
import { CHROMIUM, hasChromium, ownChromium, ownPages } from './browser-rig.ts';
import { ownDaemon, privateFolder } from './harness.ts';

const { openHost } = ownDaemon();

describe.runIf(hasChromium)('a guest with a browser', () => {
  const browser = ownChromium();
  const address = ownPages({
    '/': '<title>Home</title><h1>Hello</h1><script>console.warn("from the page")</script>',
    '/set': '<script>localStorage.x = "kept"; document.cookie = "a=1; max-age=9999"</script>',
    '/upload': '<input type="file" id="upload">',
    '/slow': (_, response) => void setTimeout(() => response.end('slow'), 50),
  });
  /** As a program would give it. */
  const factories = {
    createContext: async (options?: object) => await browser().newContext(options ?? undefined),
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as in the README
    createPage: async (context: any) => await context.newPage(),
  };
  const KEY = 'playwright:preview:session';
  const opening = () => `
    globalThis.ctx = await browser.newContext();
    globalThis.page = await globalThis.ctx.newPage();
    await globalThis.page.goto(${JSON.stringify(address())});
  `;
  const suite = `
    test('sees the existing browser state', async () => {
      const contexts = await browser.contexts();
      expect(contexts.length).toBe(1);
      const pages = await contexts[0].pages();
      expect(pages.length).toBe(1);
      expect(await globalThis.page.title()).toBe('Home');
      expect(await pages[0].title()).toBe('Home');
    });
  `;

  afterEach(() => {
    const left = browser().contexts().length;
    if (left > 0) throw new Error(`${left} contexts are left`);
  });

  it('opens contexts and pages, which end with it', async () => {
    const host = await openHost();
    const runtime = await host.createRuntime({ bindings: { browser: factories } });
    const seen = await runtime.eval(`
      const ctx = await browser.newContext({ viewport: { width: 1280, height: 720 } });
      const page = await ctx.newPage();
      await page.goto(${JSON.stringify(address())});
      const session = await ctx.newCDPSession(page);
      const { result } = await session.send('Runtime.evaluate', { expression: '6 * 7' });
      const other = await page.target().createCDPSession();
      export default [
        await page.title(), page.url(), typeof browser.close, typeof globalThis.page,
        typeof globalThis.context, (await browser.contexts()).length, (await ctx.pages()).length,
        await page.getByRole('heading', { name: /hello/i }).textContent(),
        await page.evaluate((n) => document.title + n, 1), result.value, typeof other.send,
        (await page.screenshot()) instanceof Uint8Array,
      ];
    `);
    expect(seen).toEqual([
      ...['Home', `${address()}/`, 'undefined', 'undefined', 'undefined', 1, 1],
      ...['Hello', 'Home1', 42, 'function', true],
    ]);
    expect(browser().contexts()).toHaveLength(1);
    await runtime.dispose();
  });

  it('has none where the host gave none', async () => {
    const host = await openHost();
    const runtime = await host.createRuntime();
    expect(await runtime.eval('export default typeof browser')).toBe('undefined');
    await runtime.dispose();
  });

  it('tells what its pages do', async () => {
    const entries: ConsoleEntry[] = [];
    const events: PlaywrightEvent[] = [];
    const host = await openHost();
    const runtime = await host.createRuntime({
      bindings: {
        console: { onEntry: (entry) => entries.push(entry) },
        browser: { ...factories, captureConsole: true, onEvent: (event) => events.push(event) },
      },
    });
    await runtime.eval(`
      const ctx = await browser.newContext();
      const page = await ctx.newPage();
      await page.goto(${JSON.stringify(address())});
      const waiting = page.waitForResponse(/slow$/);
      await page.evaluate(() => fetch('/slow'));
      if (await (await waiting).text() !== 'slow') throw new Error('no response');
      await ctx.close();
    `);
    await expect
      .poll(() => entries)
      .toMatchObject([{ type: 'browserOutput', level: 'warning', stdout: 'from the page' }]);
    const kinds = new Set(events.map(({ type }) => type));
    expect([...kinds].toSorted()).toEqual([
      'browserConsoleLog',
      'networkRequest',
      'networkResponse',
    ]);
    await runtime.dispose();
  });

  it('keeps profiles in the files binding, as cookies and storage', async () => {
    const files = createFileBindings({ root: privateFolder(), allowWrite: true });
    const host = await openHost();
    const bindings = { files, browser: { profiles: true, ...factories } };
    const runtime = await host.createRuntime({ bindings });
    const seen = await runtime.eval(`
      const read = async (ctx) => {
        const page = await ctx.newPage();
        await page.goto(${JSON.stringify(address())});
        return await page.evaluate(() => [localStorage.x, document.cookie]);
      };
      const ctx = await browser.newContext({ profile: 'auth/main' });
      const page = await ctx.newPage();
      await page.goto(${JSON.stringify(address())} + '/set');
      const second = await browser.newContext({ profile: 'auth/main' }).catch((error) => error.name);
      const state = await ctx.storageState({ path: '/snapshots/auth.json' });
      await ctx.close();
      const again = await browser.newContext({ profile: 'auth/main' });
      const restored = await browser.newContext({ storageState: '/snapshots/auth.json' });
      const bad = [];
      for (const id of ['../x', '/x', 'a//b', '', 'a/./b', 'a b', 'x'.repeat(300), 5]) {
        bad.push(await browser.newContext({ profile: id }).catch((error) => error.name));
      }
      const values = [await read(again), await read(restored)];
      await again.close();
      await restored.close();
      export default { second, cookies: state.cookies.length, values, bad: [...new Set(bad)] };
    `);
    const kept = ['kept', 'a=1'];
    expect(seen).toEqual({
      second: 'ProfileInUseError',
      cookies: 1,
      values: [kept, kept],
      bad: ['ProfileError'],
    });
    await runtime.dispose();
  });

  it('keeps whole profiles, in a folder that is gone afterwards', async () => {
    const folders: string[] = [];
    const files = createFileBindings({ root: privateFolder(), allowWrite: true });
    const host = await openHost();
    const runtime = await host.createRuntime({
      bindings: {
        files,
        browser: {
          profiles: { defaultMode: 'persistent' },
          createPersistentContext: async (userDataDir, options) => {
            folders.push(userDataDir);
            const launch = { executablePath: CHROMIUM, args: ['--no-sandbox'] };
            return await chromium.launchPersistentContext(userDataDir, { ...options, ...launch });
          },
          createPage: factories.createPage,
        },
      },
    });
    const visit = (path: string) => `
      const ctx = await browser.newContext({ profile: 'chrome/main' });
      const page = await ctx.newPage();
      await page.goto(${JSON.stringify(address())} + '${path}');
      const seen = await page.evaluate(() => [localStorage.x, document.cookie]);
      await ctx.close();
      export default seen;
    `;
    await runtime.eval(visit('/set'));
    expect(await runtime.eval(visit('/'))).toEqual(['kept', 'a=1']);
    expect(folders).toHaveLength(2);
    expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
    await runtime.dispose();
  });

  it('runs tests with a browser', async () => {
    const host = await openHost();
    const runtime = await host.createTestRuntime({
      key: 'example/browser-test',
      bindings: { browser: { captureConsole: false, ...factories } },
    });
    const result = await runtime.run(
      `
      let ctx;
      let page;
      beforeAll(async () => {
        ctx = await browser.newContext();
        page = await ctx.newPage();
      });
      afterAll(async () => {
        await ctx.close();
      });
      test('loads a page', async () => {
        expect((await browser.contexts()).length).toBe(1);
        expect((await ctx.pages()).length).toBe(1);
        await page.goto(${JSON.stringify(address())}, { waitUntil: 'domcontentloaded' });
        await expect(page).toHaveTitle(/Home/);
        await expect(page.locator('h1')).toContainText('Hel');
      });
      `,
      { filename: '/browser-test.ts', timeoutMs: 10_000 },
    );
    expect(result).toMatchObject({ success: true, passed: 1 });
    await runtime.dispose();
  });

  it('reads and writes with the functions of the binding, where they are given', async () => {
    const written: [string, number][] = [];
    const host = await openHost();
    const runtime = await host.createRuntime({
      bindings: {
        browser: {
          ...factories,
          readFile: async () => Buffer.from('Hello from the host'),
          writeFile: async (path, data) => void written.push([path, data.byteLength]),
        },
      },
    });
    const seen = await runtime.eval(`
      const page = await (await browser.newContext()).newPage();
      await page.goto(${JSON.stringify(address())} + '/upload');
      await page.locator('#upload').setInputFiles('/fixtures/upload.txt');
      const size = await page.evaluate(() => {
        const [file] = document.getElementById('upload').files;
        return [file.name, file.size];
      });
      export default [typeof (await page.screenshot({ path: '/a.jpg', type: 'jpeg' })), ...size];
    `);
    expect(seen).toEqual(['undefined', 'upload.txt', 19]);
    expect(written).toEqual([['/a.jpg', expect.any(Number)]]);
    await runtime.dispose();
  });

  it('has its contexts again in a session, through a handler', async () => {
    const playwright = createPlaywrightSessionHandler(factories);
    const host = await openHost();
    const bindings = { browser: { handler: playwright.handler } };
    const session = await host.getNamespacedRuntime(KEY, { bindings });
    await session.eval(opening());
    await session.dispose();
    const reused = await host.getNamespacedRuntime(KEY, { bindings });
    const results = await reused.runTests(suite);
    expect(results).toMatchObject({ success: true, passed: 1 });
    const { contexts, pages: tracked } = playwright.getTrackedResources();
    expect([contexts.length, tracked.length]).toEqual([1, 1]);
    const { networkRequests } = playwright.getCollectedData();
    expect(networkRequests[0]).toMatchObject({ url: `${address()}/`, contextId: contexts[0] });
    playwright.clearCollectedData();
    expect(playwright.getCollectedData().networkRequests).toEqual([]);
    await host.disposeNamespace(KEY);
    await playwright.close();
    expect(browser().contexts()).toHaveLength(0);
  });

  it('has its contexts again in a session, through factories, and they end with it', async () => {
    const host = await openHost();
    const bindings = () => ({ browser: { ...factories } });
    const session = await host.getNamespacedRuntime(`${KEY}:2`, { bindings: bindings() });
    await session.eval(opening());
    await session.dispose();
    expect(browser().contexts()).toHaveLength(1);
    const reused = await host.getNamespacedRuntime(`${KEY}:2`, { bindings: bindings() });
    expect(await reused.runTests(suite)).toMatchObject({ success: true });
    await reused.eval('await browser.newContext()');
    expect(browser().contexts()).toHaveLength(2);
    await host.disposeNamespace(`${KEY}:2`);
    await expect.poll(() => browser().contexts()).toHaveLength(0);
  });
});
