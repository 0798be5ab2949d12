import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemo, type DemoService } from './service.ts';

let demo: DemoService;
beforeAll(async () => {
  demo = await startDemo();
});
afterAll(() => demo.close());

const get = (path: string, init?: RequestInit) =>
  fetch(`http://${demo.host}:${demo.port}${path}`, init);
const json = async (path: string) => (await (await get(path)).json()) as Record<string, unknown>;

describe('the demo service', () => {
  it('listens on a loopback address only', () => {
    expect(demo.host).toMatch(/^127\./);
  });

  it('has a page', async () => {
    const page = await get('/');
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('<h1>Demo service</h1>');
  });

  it('reports this machine', async () => {
    expect(await json('/api/health')).toMatchObject({ status: 'ok' });
    const { disks } = (await json('/api/disks')) as {
      disks: { usedPercent: number; totalBytes: number }[];
    };
    expect(disks.length).toBeGreaterThan(0);
    for (const { usedPercent, totalBytes } of disks) {
      expect(usedPercent).toBeGreaterThanOrEqual(0);
      expect(usedPercent).toBeLessThanOrEqual(100);
      expect(totalBytes).toBeGreaterThan(0);
    }
    const { readings } = (await json('/api/sensors')) as {
      readings: { name: string; value: number }[];
    };
    expect(readings.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['load', 'memory', 'uptime']),
    );
    for (const { value } of readings) expect(Number.isFinite(value)).toBe(true);
    const { pending } = await json('/api/queue');
    expect(pending).toBeGreaterThanOrEqual(0);
  });

  it('is slow on request, and fails every third time', async () => {
    expect(await json('/slow?ms=5')).toEqual({ waitedMs: 5 });
    const answers = [];
    for (let i = 0; i < 6; i++) answers.push((await get('/flaky')).status);
    expect(answers.toSorted()).toEqual([200, 200, 200, 200, 503, 503]);
  });

  it('has nothing else', async () => {
    expect((await get('/../etc/passwd')).status).toBe(404);
    expect((await get('/constructor')).status).toBe(404);
    expect((await get('/api/health', { method: 'POST', body: 'x' })).status).toBe(405);
  });
});
