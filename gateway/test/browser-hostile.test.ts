import type { ServerResponse } from 'node:http';
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
const HANGING = `<script>new EventSource('/stream')</script>`;

describe.runIf(hasChromium)('a hostile run with a browser', () => {
  let rig: BrowserRig;
  let pages: OwnPages;
  const streams = new Set<ServerResponse>();
  beforeAll(async () => {
    [rig, pages] = await Promise.all([
      browserRig(),
      servePages({
        '/': HANGING,
        '/favicon.ico': '',
        '/stream': (_request, response) => {
          streams.add(response);
          response.once('close', () => streams.delete(response));
          response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
        },
      }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([rig[Symbol.asyncDispose](), pages[Symbol.asyncDispose]()]);
  });

  const runCheck = async (code: string, over: Parameters<typeof browserCheck>[2] = {}) => {
    rig.publish(browserCheck(code, pages.port, over));
    return (await rig.post(RUNS, {})).body;
  };
  const openPage = () => `
    const page = await (await browser.newContext()).newPage();
    await page.goto('${pages.url}/');
    await page.waitForFunction(() => document.readyState === 'complete');`;
  const browsers = () => rig.gateway.core.registry.list().filter(({ role }) => role === 'browser');
  const nothingIsLeft = () =>
    vi.waitUntil(() => streams.size === 0 && browsers().every(({ active }) => active === 0), {
      ...{ timeout: 20_000, interval: 20 },
    });

  it.each([
    ['is done', `test('x', async () => { OPEN }, 30_000);`, {}, 'Completed'],
    ['throws', `OPEN throw new Error('no');`, {}, 'Exception'],
    ['never ends', `OPEN await new Promise(() => {});`, { wallTimeMs: 6_000 }, 'WallTime'],
    ['loops', `OPEN for (;;);`, { cpuTimeMs: 500 }, 'CpuTime'],
    [
      'takes memory',
      `OPEN const a = []; for (;;) a.push(new Array(1e5).fill(a.length));`,
      {},
      'Memory',
    ],
  ])('that %s and closes nothing leaves no page behind', async (_how, code, limits, ending) => {
    const body = await runCheck(code.replace('OPEN', openPage()), { limits: limits as never });
    expect(body.exitReason).toBe(ending);
    await nothingIsLeft();
  });

  it('that is cancelled, or whose runner dies, leaves no page behind', async () => {
    const code = `${openPage()} console.log('open'); await new Promise(() => {});`;
    for (const end of ['cancel', 'kill'] as const) {
      const cancel = new AbortController();
      const script = browserCheck(code, pages.port);
      const opened = Promise.withResolvers<void>();
      const intent = await rig.gateway.core.catalogue.intent(script, { trigger: 'manual' });
      const run = rig.gateway.core.runs.execute({
        ...{ ...intent, signal: cancel.signal },
        onLog: () => opened.resolve(),
      });
      await Promise.race([opened.promise, run]);
      // The page is there before its stream is.
      await vi.waitUntil(() => streams.size > 0);
      if (end === 'cancel') cancel.abort();
      else for (const runner of rig.runners) runner.kill('SIGKILL');
      const { result } = await run;
      expect(result.exitReason).toBe(end === 'cancel' ? 'Cancelled' : 'Unavailable');
      expect(result.stats.attempts).toBe(1);
      await nothingIsLeft();
    }
  });

  it('is told that its pod is gone, for good, and goes on without a browser', async () => {
    const code = `test('lost', async () => {
      ${openPage()}
      console.log('open');
      const error = await page.waitForTimeout(60_000).catch((thrown) => thrown);
      expect(error.name).toBe('BrowserClosedError');
      const later = await browser.newContext().catch((thrown) => thrown);
      expect(later.name).toBe('BrowserClosedError');
      expect(later.message).toContain('the browser is gone');
    }, 30_000);`;
    rig.publish(browserCheck(code, pages.port));
    const intent = await rig.gateway.core.catalogue.intent(
      rig.gateway.core.catalogue.get('default', 'check')!,
      { trigger: 'manual' },
    );
    const opened = Promise.withResolvers<void>();
    const run = rig.gateway.core.runs.execute({ ...intent, onLog: () => opened.resolve() });
    await Promise.race([opened.promise, run]);
    const gone = browsers().map(({ runnerId }) => runnerId);
    for (const runnerId of gone) rig.driver.discard(runnerId);
    const { result } = await run;
    expect([result.exitReason, result.error?.message]).toEqual(['Completed', undefined]);
    // The next run has another pod.
    const next = await runCheck(`test('x', async () => { ${openPage()} }, 30_000);`);
    expect(next.exitReason).toBe('Completed');
    expect(browsers().map(({ runnerId }) => runnerId)).not.toEqual(gone);
    await nothingIsLeft();
  });

  it('that floods is refused, and leaves as much as is kept and no more', async () => {
    const body = await runCheck(
      `test('floods', async () => {
        const page = await (await browser.newContext()).newPage();
        const all = [];
        for (let i = 0; i < 400; i++) all.push(page.title());
        const refused = (await Promise.allSettled(all)).filter(({ status }) => status === 'rejected');
        expect(refused.length).toBeGreaterThan(100);
        await page.evaluate(() => { for (let i = 0; i < 3000; i++) console.log('x'.repeat(5000)); });
        for (let i = 0; i < 14; i++) await page.screenshot();
      }, 30_000);`,
      { limits: { bridgeCalls: 2_000 } },
    );
    expect([body.exitReason, body.error?.message]).toEqual(['Completed', undefined]);
    const { artifacts } = (await rig.get(`/v1/runs/${body.runId}/artifacts`)).body;
    expect(artifacts.map(({ name }: { name: string }) => name)).toEqual([
      'browser.json',
      ...Array.from({ length: 10 }, (_, index) => `screenshot-${index + 1}.png`),
    ]);
    expect(artifacts[0].size).toBeLessThan(2.2 * 1024 * 1024);
    const { spans } = (await rig.get(`/v1/runs/${body.runId}`)).body;
    expect(spans.length).toBeLessThan(80);
    await nothingIsLeft();
  });
});
