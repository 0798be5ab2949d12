import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loopEntry } from '@cofferdam/protocol';
import { WebSocket } from 'ws';
import { newRoot, TraceBudget } from '../src/core/egress/trace-budget.ts';
import { catalogueDirectory, httpRig, send, type HttpRig } from './http-rig.ts';
import { serverScript } from './server-rig.ts';

const SECRET = 'the egress token';
const gateways = new TraceBudget({ secret: SECRET, now: () => 0 });
const at = (depth: number) => ({ 'cdn-loop': loopEntry(gateways.seal({ ...newRoot(), depth })) });
const RUNS = '/v1/namespaces/default/scripts/plain/runs';

let rig: HttpRig;
beforeAll(async () => {
  // Nobody answers there: nothing here goes out.
  rig = await httpRig({}, { control: '127.0.0.1:1', controlToken: SECRET });
  const { server: _, mode: __, ...plain } = serverScript('return 1', { name: 'plain' });
  const scripts = [plain, serverScript('serve({})')];
  rig.gateway.core.catalogue.publish({ version: 1, scripts });
  rig.gateway.attachScripts(catalogueDirectory(rig.gateway));
  await rig.join();
});
afterAll(() => rig[Symbol.asyncDispose]());

const STARTS: [string, string, object][] = [
  ['POST', '/execute', { code: 'return 1' }],
  ['POST', '/deno', { code: 'return 1' }],
  ['POST', '/wasm/run', { moduleId: 'none' }],
  ['POST', RUNS, {}],
  ['POST', '/v1/sessions', {}],
  ['POST', '/v1/sessions/ses-none/eval', { code: '1' }],
  ['POST', '/v1/sessions/ses-none/tests', { code: '1' }],
  ['GET', '/v1/namespaces/default/scripts/shop/server/', {}],
  ['PUT', '/v1/namespaces/default/scripts/shop/server/', {}],
];

describe('a request that a guest’s way out has made', () => {
  it.each(STARTS)('is refused at %s %s when it is too deep', async (method, path, body) => {
    const headers = { 'content-type': 'application/json', ...at(8) };
    const text = method === 'GET' ? undefined : JSON.stringify(body);
    const answer = await send(rig.url + path, { method, headers }, text);
    expect([answer.status, answer.body.error]).toMatchObject([
      508,
      { code: 'LOOP_DETECTED', blame: 'script', retry: false },
    ]);
  });

  it.each(['/v1/connect', '/v1/namespaces/default/scripts/plain/connect'])(
    'opens no WebSocket at %s when it is too deep',
    async (path) => {
      const socket = new WebSocket(rig.url.replace('http', 'ws') + path, { headers: at(8) });
      socket.on('error', () => {});
      const [, answer] = (await once(socket, 'unexpected-response')) as [
        unknown,
        { statusCode: number },
      ];
      expect(answer.statusCode).toBe(508);
    },
  );

  it('starts what is not, and reads whatever there is', async () => {
    expect((await rig.post('/execute', { code: 'return 1' }, at(7))).status).toBe(200);
    expect((await rig.post(RUNS, {}, at(0))).status).toBe(200);
    expect((await rig.get('/v1/scripts', at(8))).status).toBe(200);
    expect((await rig.get('/health', at(8))).status).toBe(200);
  });

  it('is counted below its root, whatever it starts', async () => {
    const headers = at(0);
    for (let n = 0; n < 50; n++) {
      expect((await rig.post('/execute', { code: 'return 1' }, headers)).status).toBe(200);
      expect((await rig.post(RUNS, {}, headers)).status).toBe(200);
    }
    expect((await rig.post('/execute', { code: 'return 1' }, headers)).status).toBe(508);
    expect((await rig.post('/v1/sessions', {}, headers)).status).toBe(508);
    expect((await rig.post('/execute', { code: 'return 1' }, at(0))).status).toBe(200);
  });

  it('of who may not ask uses up nobody’s budget', async () => {
    await using closed = await httpRig(
      { authToken: 'secret' },
      { control: '127.0.0.1:1', controlToken: SECRET },
    );
    await closed.join();
    const headers = at(0);
    const authorization = { authorization: 'Bearer secret' };
    for (let n = 0; n < 120; n++) {
      expect((await closed.post('/execute', { code: 'return 1' }, headers)).status).toBe(401);
    }
    const allowed = { ...headers, ...authorization };
    expect((await closed.post('/execute', { code: 'return 1' }, allowed)).status).toBe(200);
  });
});
