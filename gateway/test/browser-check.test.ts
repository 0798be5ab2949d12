import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  browserCheck,
  browserRig,
  hasChromium,
  servePages,
  type BrowserRig,
  type OwnPages,
} from './browser-rig.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const RUNS = '/v1/namespaces/default/scripts/check/runs';
const PAGE = `<title>Shop</title><h1>Shop</h1><button>Buy</button><p id="said"></p>
  <script>
    console.log('page is here');
    document.querySelector('button').onclick = () => {
      document.querySelector('#said').textContent = 'bought';
      setTimeout(() => { throw new Error('nobody caught this'); });
    };
  </script>`;

describe.runIf(hasChromium)('a check with a browser', () => {
  let rig: BrowserRig;
  let pages: OwnPages;
  beforeAll(async () => {
    [rig, pages] = await Promise.all([browserRig(), servePages({ '/': PAGE, '/favicon.ico': '' })]);
  });
  afterAll(async () => {
    await Promise.all([rig[Symbol.asyncDispose](), pages[Symbol.asyncDispose]()]);
  });
  const runCheck = async (code: string, over: Parameters<typeof browserCheck>[2] = {}) => {
    rig.publish(browserCheck(code.replaceAll('URL_OF_PAGE', pages.url), pages.port, over));
    const { status, body } = await rig.post(RUNS, {});
    return { status, body };
  };
  const artifactsOf = async (runId: string) =>
    (await rig.get(`/v1/runs/${runId}/artifacts`)).body.artifacts as {
      name: string;
      contentType: string;
      size: number;
      about?: string;
    }[];

  it('clicks through a page of ours, and keeps its screenshot, console, errors and trace', async () => {
    const { status, body } = await runCheck(`
      test('buys', async () => {
        const context = await browser.newContext();
        const page = await context.newPage();
        await page.goto('URL_OF_PAGE/');
        await expect(page).toHaveTitle('Shop');
        const failed = page.waitForEvent('pageerror');
        await page.getByRole('button', { name: 'Buy' }).click();
        await expect(page.locator('#said')).toHaveText('bought');
        await failed;
        const image = await page.screenshot();
        expect(image.byteLength).toBeGreaterThan(1000);
      }, 30_000);`);
    expect([status, body.exitReason, body.error?.message]).toEqual([200, 'Completed', undefined]);
    expect(body.result).toMatchObject({ success: true, passed: 1 });
    expect(await artifactsOf(body.runId)).toEqual([
      { name: 'browser.json', contentType: 'application/json', size: expect.any(Number) },
      { name: 'screenshot-1.png', contentType: 'image/png', size: expect.any(Number) },
    ]);
    const log = await rig.get(`/v1/runs/${body.runId}/artifacts/browser.json`);
    const lines = log.body.lines as { kind: string; text: string }[];
    expect(lines.map(({ kind, text }) => [kind, text])).toEqual([
      ['console', 'page is here'],
      ['pageerror', expect.stringContaining('nobody caught this')],
    ]);
    const image = await rig.get(`/v1/runs/${body.runId}/artifacts/screenshot-1.png`);
    expect(image.headers).toMatchObject({
      'content-type': 'image/png',
      'content-disposition': 'attachment; filename="screenshot-1.png"',
      'x-content-type-options': 'nosniff',
    });
    const { spans } = (await rig.get(`/v1/runs/${body.runId}`)).body as {
      spans: { name: string; attributes?: Record<string, unknown> }[];
    };
    expect(spans.filter(({ name }) => name === 'browser.wait')).toHaveLength(1);
    const methods = spans.flatMap(({ name, attributes }) =>
      name === 'browser' ? [attributes!['cofferdam.browser.method']] : [],
    );
    expect(methods).toEqual(expect.arrayContaining(['newContext', 'goto', 'click', 'screenshot']));
    expect(methods).not.toContain('$events');
  });

  it('that fails has a photograph of each page that it left open, three at most', async () => {
    const { status, body } = await runCheck(`
      test('finds nothing', async () => {
        const context = await browser.newContext();
        for (let i = 0; i < 4; i++) await (await context.newPage()).goto('URL_OF_PAGE/');
        const [page] = await context.pages();
        await expect(page.locator('h1')).toHaveText('Bakery', { timeout: 300 });
      }, 30_000);`);
    expect([status, body.exitReason]).toEqual([422, 'TestFailure']);
    expect(body.result.tests[0].status).toBe('fail');
    const kept = await artifactsOf(body.runId);
    expect(kept.map(({ name, about }) => [name, about])).toEqual([
      ['browser.json', undefined],
      ['trace.zip', undefined],
      ['page-1.jpg', `${pages.url}/`],
      ['page-2.jpg', `${pages.url}/`],
      ['page-3.jpg', `${pages.url}/`],
    ]);
    const photo = await rig.get(`/v1/runs/${body.runId}/artifacts/page-2.jpg`);
    expect(photo.headers['content-type']).toBe('image/jpeg');
  });

  it('that fails has a trace of what led to it, which Playwright’s viewer reads', async () => {
    const { body } = await runCheck(`
      test('cannot buy', async () => {
        const context = await browser.newContext();
        const page = await context.newPage();
        await page.goto('URL_OF_PAGE/');
        await page.getByRole('button', { name: 'Buy' }).click();
        try { await page.locator('#missing').click({ timeout: 300 }); } finally { await context.close(); }
      }, 30_000);`);
    expect(body.exitReason).toBe('TestFailure');
    const kept = (await artifactsOf(body.runId)).find(({ name }) => name === 'trace.zip');
    expect(kept).toEqual({
      ...{ name: 'trace.zip', contentType: 'application/zip', size: expect.any(Number) },
    });
    const answer = await fetch(`${rig.url}/v1/runs/${body.runId}/artifacts/trace.zip`);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/zip',
      'content-disposition': 'attachment; filename="trace.zip"',
    });
    const archive = new Uint8Array(await answer.arrayBuffer());
    expect(archive.byteLength).toBe(kept!.size);
    const files = unzipSync(archive);
    const lines = Buffer.from(files['trace.trace']!).toString().trim().split('\n');
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events[0]).toMatchObject({ type: 'context-options', browserName: 'chromium' });
    const clicks = events.filter(({ type, method }) => type === 'before' && method === 'click');
    expect(clicks).toHaveLength(2);
    const { error } = events.find((each) => each.error) as { error: { message: string } };
    expect(error.message).toContain('Timeout 300ms');
    const { file } = events.find(({ type }) => type === 'screencast-frame') as { file: string };
    expect(files[file]!.byteLength).toBeGreaterThan(500);
  });

  it('reaches what permissions.net allows and nothing else, and says what was refused', async () => {
    await using other = await servePages({ '/': 'secret' });
    const { body } = await runCheck(`
      test('reaches', async () => {
        const page = await (await browser.newContext()).newPage();
        expect((await page.goto('URL_OF_PAGE/')).status()).toBe(200);
        const refused = await page.goto('${other.url}/').then((answer) => answer.status(), () => 0);
        expect([0, 403]).toContain(refused);
      }, 30_000);`);
    expect([body.exitReason, body.error?.message]).toEqual(['Completed', undefined]);
    const { body: log } = await rig.get(`/v1/runs/${body.runId}/artifacts/browser.json`);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ kind: 'network', text: expect.stringContaining('EGRESS_DENIED') }),
    );
  });

  it('without the permission has no browser', async () => {
    const { body } = await runCheck(
      `test('none', () => { expect(typeof browser).toBe('undefined'); });`,
      { browser: undefined },
    );
    expect([body.exitReason, body.result?.passed]).toEqual(['Completed', 1]);
    expect(await artifactsOf(body.runId)).toEqual([]);
  });
});

describe.runIf(hasChromium)('a script with a browser', () => {
  it('has it whatever its preset is, in the isolate engine alone', async () => {
    await using pages = await servePages({ '/': PAGE });
    await using rig = await browserRig();
    const net = [{ host: '127.0.0.1', ports: [pages.port] }];
    const code = `const page = await (await browser.newContext()).newPage();
      await page.goto(input.url);
      return await page.locator('h1').innerText();`;
    for (const preset of ['compute', 'data', 'web']) {
      const { body } = await rig.post('/execute', {
        ...{ code, preset, timeout: 30_000, input: { url: pages.url } },
        limits: { cpuTimeMs: 10_000 },
        permissions: { net, browser: true },
      });
      expect([preset, body.error, body.result]).toEqual([preset, undefined, 'Shop']);
    }
    const deno = await rig.post('/deno', { code: 'return 1', permissions: { browser: true } });
    expect([deno.status, deno.body.error.code]).toEqual([400, 'INVALID_INPUT']);
  });

  it('is told in a typed error where the platform has no browsers', async () => {
    await using rig = await browserRig({ pods: 0 });
    const { body } = await rig.post('/execute', {
      code: 'await browser.newContext();',
      permissions: { browser: true },
    });
    expect(JSON.stringify(body)).toContain('BrowserUnavailableError');
    expect(JSON.stringify(body)).toContain('no pool has browsers');
  });
});
