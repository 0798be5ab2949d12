import { afterEach, describe, expect, it } from 'vitest';
import { httpRig, send, type HttpRig } from './http-rig.ts';

const rigs: HttpRig[] = [];
async function start(config: Parameters<typeof httpRig>[0] = {}): Promise<HttpRig> {
  const rig = await httpRig(config);
  rigs.push(rig);
  return rig;
}
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig[Symbol.asyncDispose]();
});

const TOKEN = 'a-long-enough-token';
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('the bearer token', () => {
  it('missing is 401, wrong is 403, right is served', async () => {
    const rig = await start({ authToken: TOKEN });
    await rig.join();
    const body = { code: 'return 42' };
    const missing = await rig.post('/execute', body);
    expect([missing.status, missing.body.error.code]).toEqual([401, 'UNAUTHENTICATED']);
    expect(missing.headers['www-authenticate']).toBe('Bearer');
    const wrong = await rig.post('/execute', body, bearer(`${TOKEN}x`));
    expect([wrong.status, wrong.body.error.code]).toEqual([403, 'FORBIDDEN']);
    const basic = await rig.post('/execute', body, { authorization: `Basic ${TOKEN}` });
    expect(basic.status).toBe(401);
    const right = await rig.post('/execute', body, bearer(TOKEN));
    expect([right.status, right.body.result]).toEqual([200, 42]);
  });

  it('is asked for everywhere but at /health and the documentation', async () => {
    const rig = await start({ authToken: TOKEN });
    for (const path of ['/stats', '/metrics', '/v1/scripts', '/v1/runs/r-1', '/nowhere']) {
      expect([path, (await rig.get(path)).status]).toEqual([path, 401]);
    }
    for (const path of ['/health', '/openapi.json', '/docs/']) {
      expect([path, (await rig.get(path)).status]).toEqual([path, 200]);
    }
  });

  it('is looked at before the body', async () => {
    const rig = await start({ authToken: TOKEN });
    expect((await rig.post('/execute', 'not JSON')).status).toBe(401);
  });
});

describe('without a token', () => {
  it('only names of this machine are served: a page cannot get here by rebinding its name', async () => {
    const rig = await start();
    await rig.join();
    const asking = (host: string) => rig.post('/execute', { code: 'return 42' }, { host });
    for (const host of ['localhost:5900', '127.0.0.1', '[::1]:5900', 'gateway.localhost']) {
      expect([host, (await asking(host)).status]).toEqual([host, 200]);
    }
    for (const host of ['evil.example', '127.0.0.1.evil.example:5900', 'localhost.evil.example']) {
      const { status, body } = await asking(host);
      expect([host, status, body.error.code]).toEqual([host, 403, 'FORBIDDEN']);
      expect(body.error.message).toContain('ISOLATE_AUTH_TOKEN');
    }
  });

  it('no other origin is told that it may ask', async () => {
    const rig = await start();
    const options = { method: 'OPTIONS', headers: { origin: 'https://evil.example' } };
    const { status, headers } = await send(`${rig.url}/execute`, options);
    expect(status).toBe(405);
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe('the rate limit', () => {
  it('answers the 61st request of a minute for a token with 429 and Retry-After', async () => {
    const rig = await start({ authToken: TOKEN, rateLimit: 60 });
    const statuses = new Set<number>();
    for (let i = 0; i < 60; i++) statuses.add((await rig.get('/stats', bearer(TOKEN))).status);
    expect([...statuses]).toEqual([200]);
    const { status, headers, body } = await rig.get('/stats', bearer(TOKEN));
    expect([status, body.error.code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
    expect((await rig.get('/health')).status).toBe(200);
  });

  it('limits guessing tokens, which costs the holder of the right one nothing', async () => {
    const rig = await start({ authToken: TOKEN, rateLimit: 2 });
    const guesses = [];
    for (const guess of ['a', 'b', 'c'])
      guesses.push((await rig.get('/stats', bearer(guess))).status);
    expect(guesses).toEqual([403, 403, 429]);
    expect((await rig.get('/stats', bearer(TOKEN))).status).toBe(200);
  });

  it('counts by address where there are no tokens, and nothing when it is 0', async () => {
    const limited = await start({ rateLimit: 1 });
    expect((await limited.get('/stats')).status).toBe(200);
    expect((await limited.get('/nowhere')).status).toBe(429);
    const free = await start({ rateLimit: 0 });
    for (let i = 0; i < 5; i++) expect((await free.get('/stats')).status).toBe(200);
  });
});

describe('addresses', () => {
  it('answers an unknown path with the list of endpoints', async () => {
    const rig = await start();
    for (const answer of [await rig.get('/nowhere'), await rig.post('/nowhere', 'no JSON')]) {
      expect([answer.status, answer.body.error.code]).toEqual([404, 'NOT_FOUND']);
      expect(answer.body.endpoints).toEqual(
        expect.arrayContaining([
          '/execute',
          '/validate',
          '/wasm/run',
          '/deno',
          '/health',
          '/stats',
        ]),
      );
    }
  });

  it('answers a wrong method with the right ones', async () => {
    const rig = await start();
    const { status, headers, body } = await rig.get('/execute');
    expect([status, body.error.code]).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(headers.allow).toBe('POST');
    const put = await send(`${rig.url}/v1/scripts`, { method: 'PUT' }, 'text');
    expect([put.status, put.headers.allow]).toEqual([405, 'GET, HEAD']);
  });
});

describe('request ids', () => {
  it('takes a sane one and makes one otherwise', async () => {
    const rig = await start();
    const given = await rig.get('/health', { 'x-request-id': 'abc-1' });
    expect(given.headers['x-request-id']).toBe('abc-1');
    for (const bad of ['a b', 'x'.repeat(200), '"<script>']) {
      const { headers } = await rig.get('/health', { 'x-request-id': bad });
      expect(headers['x-request-id']).toMatch(/^[0-9a-f]{12}-[0-9a-z]+$/);
    }
  });
});
