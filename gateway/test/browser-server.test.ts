import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  browserRig,
  hasChromium,
  servePages,
  type BrowserRig,
  type OwnPages,
} from './browser-rig.ts';
import { serverScript } from './server-rig.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const OWN = '/v1/namespaces/default/scripts/shop/server/';
/** Answers the title of a page of its one browser, or why it has none. */
const TITLES = `
  let page;
  serve({ async fetch() {
    try {
      page ??= await (await browser.newContext()).newPage();
      await page.goto(env.PAGE);
      return new Response(await page.title());
    } catch (error) {
      return new Response(error.name);
    }
  } });`;

describe.runIf(hasChromium)('a server with a browser', () => {
  let rig: BrowserRig;
  let pages: OwnPages;
  beforeAll(async () => {
    const page = { '/': '<title>Shop</title>', '/favicon.ico': '' };
    [rig, pages] = await Promise.all([browserRig(), servePages(page)]);
    rig.publish(
      serverScript(TITLES, {
        net: [{ host: '127.0.0.1', ports: [pages.port] }],
        env: { PAGE: pages.url },
        browser: true,
        maxRequests: 1_000,
        limits: { wallTimeMs: 60_000, cpuTimeMs: 10_000 },
      }),
    );
  });
  afterAll(async () => {
    await Promise.all([rig[Symbol.asyncDispose](), pages[Symbol.asyncDispose]()]);
  });
  const browsers = () => rig.gateway.core.registry.list().filter(({ role }) => role === 'browser');
  const instances = () => rig.gateway.core.servers.status('default', 'shop').instances;

  it('keeps one session for as long as its instance lives', async () => {
    for (let count = 0; count < 3; count++) expect((await rig.get(OWN)).text).toBe('Shop');
    expect(browsers().map(({ active }) => active)).toEqual([1]);
    expect(instances()).toHaveLength(1);
  });

  it('is replaced when its browser is gone: nobody is given another in its place', async () => {
    const id = instances()[0]!.id;
    for (const { runnerId } of browsers()) rig.driver.discard(runnerId);
    const said: string[] = [];
    await vi.waitUntil(
      async () => {
        said.push((await rig.get(OWN)).text);
        return said.at(-1) === 'Shop' && instances().every((instance) => instance.id !== id);
      },
      { timeout: 30_000, interval: 50 },
    );
    expect(new Set(said.slice(0, -1))).toEqual(new Set(['BrowserClosedError']));
  });

  it('that is no more has no session left', async () => {
    rig.publish();
    await expect
      .poll(() => browsers().map(({ active }) => active), { timeout: 20_000 })
      .toEqual([0]);
  });
});
