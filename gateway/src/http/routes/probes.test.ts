import Fastify from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { authenticatorOf } from '../../access/authenticator.ts';
import { ownerSource } from '../../access/owner.ts';
import type { HttpDeps } from '../deps.ts';
import { installGate } from '../gate.ts';
import { probeRoutes } from './probes.ts';

const apps: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

async function start(deps: Pick<HttpDeps, 'ready' | 'closing'>) {
  const app = Fastify();
  apps.push(app);
  const authenticator = authenticatorOf([ownerSource('a-token-of-owner')]);
  await installGate(app, { authenticator, rateLimit: 1, closing: deps.closing ?? (() => false) });
  probeRoutes(app, deps as HttpDeps);
  return async (url: string) => (await app.inject(url)).statusCode;
}

it('readiness is what the service says, and over when it closes; it lives until it is gone', async () => {
  let ready = false;
  let closing = false;
  const get = await start({ ready: () => ready, closing: () => closing });
  expect([await get('/readyz'), await get('/livez')]).toEqual([503, 200]);
  ready = true;
  expect([await get('/readyz'), await get('/livez')]).toEqual([200, 200]);
  closing = true;
  expect([await get('/readyz'), await get('/livez')]).toEqual([503, 200]);
});

it('readiness is given where nobody says otherwise', async () => {
  expect(await (await start({}))('/readyz')).toBe(200);
});
