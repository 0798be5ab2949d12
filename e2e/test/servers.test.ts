import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { send } from '../../gateway/test/http-rig.ts';
import { Instance, scriptFile } from './instance.ts';

let up: Instance;

const server = (name: string, code: string, route: object) =>
  scriptFile(name, code, { spec: { mode: 'server', route } });
const shop = (answer: string) =>
  server(
    'shop',
    `serve({
      fetch(request, server) {
        if (request.headers.get('upgrade') && server.upgrade(request)) return;
        return new Response('${answer} ' + new URL(request.url).pathname);
      },
      websocket: { message: (ws, data) => ws.send('${answer} ' + data) },
    });`,
    { path: '/shop', auth: 'none' },
  );
const says = (text: string) => `serve({ fetch: () => new Response('${text}') })`;
const hosted = server('hosted', says('at its host'), { host: 'hosted.localhost' });
const rival = server('zz-rival', says('mine now'), { path: '/shop' });
const check = scriptFile(
  'check',
  `test('passes', () => { expect(1).toBe(1); });
   test('fails', () => { expect(1).toBe(2); });`,
  { spec: { mode: 'check' } },
);

beforeAll(async () => {
  const scripts = { 'shop.yaml': shop('one'), 'a.yaml': hosted, 'b.yaml': rival, 'c.yaml': check };
  up = await Instance.start({ scripts });
}, 60_000);
afterAll(async () => {
  await up[Symbol.asyncDispose]();
}, 60_000);

const script = async (name: string) =>
  (await up.get(`/v1/namespaces/default/scripts/${name}`)).body as {
    status: { url?: string; conditions: { type: string; reason: string; message: string }[] };
  };
const condition = async (name: string, type: string) =>
  (await script(name)).status.conditions.find((one) => one.type === type);

describe('a folder with an app server', () => {
  it('answers at its route, at its host and under its name', async () => {
    expect((await up.get('/shop/a')).text).toBe('one /a');
    expect((await up.get('/v1/namespaces/default/scripts/shop/server/b')).text).toBe('one /b');
    expect((await script('shop')).status.url).toBe('/shop/');
    const host = await send(`${up.url}/any`, { headers: { host: 'hosted.localhost' } });
    expect(host.text).toBe('at its host');
  });

  it('gives a route to one script, and says so to the other', async () => {
    expect(await condition('zz-rival', 'Ready')).toMatchObject({
      reason: 'RouteConflict',
      message: expect.stringContaining('default/shop') as string,
    });
  });

  it('speaks WebSocket', async () => {
    const socket = new WebSocket(`${up.url.replace('http', 'ws')}/shop/`);
    await once(socket, 'open');
    socket.send('hi');
    const [{ data }] = (await once(socket, 'message')) as [MessageEvent];
    expect(data).toBe('one hi');
    socket.close();
    await once(socket, 'close');
  });

  it('is replaced when its file changes, and no request fails meanwhile', async () => {
    await up.write('shop.yaml', shop('two'));
    const texts: string[] = [];
    await vi.waitUntil(
      async () => {
        const { status, text } = await up.get('/shop/');
        expect(status).toBe(200);
        texts.push(text);
        return text === 'two /';
      },
      { timeout: 20_000, interval: 20 },
    );
    expect(texts.every((text) => text === 'one /' || text === 'two /')).toBe(true);
  });
});

describe('a folder with a check', () => {
  it('says in its condition which tests failed, and reports as JUnit', async () => {
    const run = await up.runNow('default', 'check');
    expect([run.status, run.body.exitReason]).toEqual([422, 'TestFailure']);
    await vi.waitUntil(async () => (await condition('check', 'Healthy'))?.reason === 'TestsFailed');
    expect((await condition('check', 'Healthy'))!.message).toContain('1 of 2 tests failed: fails');
    const { text } = await up.get(`/v1/runs/${run.body.runId}/junit`);
    expect(text).toContain('failures="1"');
  });
});
