import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Answer } from '../../gateway/test/http-rig.ts';
import { Instance, scriptFile } from './instance.ts';
import { startTarget, type Target } from './targets.ts';

let up: Instance;
let target: Target;
let port: number;
let net: { host: string; ports: number[] }[];

/** Asks the gateway for itself, `width` times one after the other; answers what became of each. */
const CALL = `
  const { to, width, headers, body } = input;
  const below = [];
  for (let n = 0; n < width; n++) {
    const sent = JSON.stringify({ ...body, input });
    const type = { 'content-type': 'application/json' };
    const answer = await fetch(to, { method: 'POST', headers: { ...type, ...headers }, body: sent });
    const { result, error } = await answer.json();
    below.push(answer.status === 200 ? result : [error.code ?? error.type]);
    if (answer.status === 508) break;
  }
  return below;`;

type Below = (Below | string)[];

beforeAll(async () => {
  [up, target] = await Promise.all([
    Instance.start({ args: ['--allow-private', '127.0.0.1/32'] }),
    startTarget({
      '/redirect': (request, response) => {
        const to = new URL(request.url!, 'http://target').searchParams.get('to')!;
        request.resume().on('end', () => response.writeHead(307, { location: to }).end());
      },
    }),
  ]);
  port = Number(new URL(up.url).port);
  net = [{ host: '127.0.0.1', ports: [port, target.port] }];
  await up.write('self.yaml', scriptFile('self', CALL, { spec: SELF() }));
  // The first runs of a runner wait for its processes.
  const warm = async () =>
    (await Promise.all(['/execute', '/deno'].map((path) => ask({ width: 0 }, path)))).every(
      ({ status }) => status === 200,
    );
  await vi.waitUntil(warm, { timeout: 100_000 });
}, 120_000);
afterAll(async () => {
  await Promise.all([up[Symbol.asyncDispose](), target[Symbol.asyncDispose]()]);
}, 60_000);

const SELF = () => ({ permissions: { net }, limits: { wallTime: '30s' } });
const bodyOf = () => ({
  ...{ code: CALL, preset: 'agent', timeout: 30_000, permissions: { net } },
  limits: { requests: 200 },
});
const ask = (over: object = {}, path = '/execute'): Promise<Answer> => {
  const { preset: _, ...deno } = bodyOf();
  const body = path === '/deno' ? deno : bodyOf();
  const input = { to: `${up.url}/execute`, width: 1, body: bodyOf(), ...over };
  return up.post(path, { ...body, [path === '/deno' ? 'data' : 'input']: input });
};
/** How deep the deepest goes, and how many there are. */
const depth = (below: Below): number =>
  Math.max(0, ...below.map((one) => (Array.isArray(one) ? 1 + depth(one) : 0)));
const count = (below: Below): number =>
  below.reduce((sum, one) => sum + (Array.isArray(one) && !isRefused(one) ? 1 + count(one) : 0), 0);
const isRefused = ([code]: Below) => code === 'LOOP_DETECTED';
const refusals = (below: Below): number =>
  isRefused(below)
    ? 1
    : below.reduce<number>((n, one) => n + (Array.isArray(one) ? refusals(one) : 0), 0);

describe('a script that calls itself through its gateway', { timeout: 120_000 }, () => {
  it.each(['/execute', '/deno'])('at %s ends after eight levels', async (path) => {
    const { status, body } = await ask({}, path);
    expect(status).toBe(200);
    expect([count(body.result), refusals(body.result)]).toEqual([8, 1]);
  });

  it('ends by its number where each level asks for ten', async () => {
    const before = await runs();
    const { status, body } = await ask({ width: 10 });
    expect(status).toBe(200);
    expect(depth(body.result)).toBe(9);
    expect(refusals(body.result)).toBeGreaterThan(0);
    expect((await runs()) - before).toBe(101);
  });

  it.each([
    ['says nothing', { 'cdn-loop': '' }],
    ['forges', { 'CDN-Loop': 'cofferdam; v=AAAA' }],
    ['speaks of others', { 'cdn-loop': 'other.example; a="' }],
  ])('does not get round it when it %s in CDN-Loop', async (_, headers) => {
    const { body } = await ask({ headers });
    expect([count(body.result), refusals(body.result)]).toEqual([8, 1]);
  });

  it('does not get round it by what a target has seen, or by a redirect', async () => {
    await ask({ to: `${target.url}/seen` });
    const value = target.seen.at(-1)!.headers['cdn-loop'];
    expect(value).toMatch(/^cofferdam; v=[\w-]{55}$/);
    const replayed = await ask({ headers: { 'cdn-loop': value } });
    expect([count(replayed.body.result), refusals(replayed.body.result)]).toEqual([8, 1]);
    const to = `${target.url}/redirect?to=${encodeURIComponent(`${up.url}/execute`)}`;
    const redirected = await ask({ to });
    expect([count(redirected.body.result), refusals(redirected.body.result)]).toEqual([8, 1]);
  });

  it('ends where it is a script, a server, a session or any of them in turn', async () => {
    const address = '/v1/namespaces/default/scripts/self/runs';
    await expect
      .poll(async () => (await up.post(address, { input: { width: 0 } })).status, {
        timeout: 20_000,
      })
      .toBe(200);
    const script = await up.post(address, { input: { to: up.url + address, width: 1 } });
    expect([count(script.body.result), refusals(script.body.result)]).toEqual([8, 1]);
    const serves = `
      serve({ async fetch(request) {
        if (request.headers.get('cdn-loop')) return new Response('told');
        const answer = await fetch('${up.url}/again/');
        const text = await answer.text();
        return new Response(answer.status === 508 ? '1 508' : Number(text.split(' ')[0]) + 1 + ' ' + text);
      } })`;
    const spec = { mode: 'server', route: { path: '/again', auth: 'none' }, ...SELF() };
    await up.write('again.yaml', scriptFile('again', serves, { spec }));
    const isReady = async () => {
      const { body } = await up.get('/v1/namespaces/default/scripts/again');
      return JSON.stringify(body.status?.conditions ?? []).includes('"Ready","status":"True"');
    };
    await vi.waitUntil(isReady, { timeout: 60_000, interval: 200 });
    expect((await up.get('/again/')).text).toMatch(/^9 /);
    const session = await up.post('/v1/sessions', { permissions: { net } });
    const to = `${up.url}/execute`;
    const code = `const input = ${JSON.stringify({ to, width: 1, body: bodyOf() })};
      export default await (async () => {${CALL}})()`;
    const evaluated = await up.post(`/v1/sessions/${session.body.id}/eval`, { code });
    expect([count(evaluated.body.result), refusals(evaluated.body.result)]).toEqual([8, 1]);
  });
});

describe('a caller outside', { timeout: 90_000 }, () => {
  it('is believed in nothing that no gateway has sealed', async () => {
    const body = { code: 'return 1' };
    for (const value of ['cofferdam; v=AAAA', `cofferdam; v=${'A'.repeat(55)}`, 'cofferdam']) {
      const { status } = await up.post('/execute', body, { 'cdn-loop': value });
      expect(status).toBe(200);
    }
  });
});

async function runs(): Promise<number> {
  const lines = (await up.get('/metrics')).text.split('\n');
  const counted = lines.filter((line) => line.startsWith('cofferdam_runs_total{'));
  return counted.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
