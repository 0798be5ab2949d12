import { resolveScript, type IncomingCall, type SandboxScript } from '@cofferdam/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildHttp } from '../src/http/server.ts';
import { authenticatorOf } from '../src/access/authenticator.ts';
import { TokenTable } from '../src/access/token-table.ts';
import { catalogueDirectory, httpRig, type HttpRig } from './http-rig.ts';
import { ok, requestOf } from './peer.ts';

function script(namespace: string, name: string) {
  const resource: SandboxScript = {
    apiVersion: 'cofferdam.dev/v1alpha1',
    kind: 'SandboxScript',
    metadata: { name, namespace },
    spec: { source: { inline: 'return input' }, input: { from: 'spec' } },
  };
  return resolveScript(resource, { uid: `uid-${namespace}-${name}`, generation: 1 });
}

let rig: HttpRig;
beforeEach(async () => {
  rig = await httpRig();
  const { core } = rig.gateway;
  core.catalogue.publish({ version: 1, scripts: [script('home', 'disk'), script('work', 'ci')] });
  rig.gateway.attachScripts(catalogueDirectory(rig.gateway));
});
afterEach(() => rig[Symbol.asyncDispose]());

const DISK = '/v1/namespaces/home/scripts/disk';

describe('scripts', () => {
  it('are listed, and found by name', async () => {
    const { body } = await rig.get('/v1/scripts');
    expect(body.scripts.map((one: { name: string }) => one.name)).toEqual(['disk', 'ci']);
    const one = await rig.get(DISK);
    expect(one.body).toMatchObject({ namespace: 'home', name: 'disk', generation: 1 });
  });

  it('are answered with UNAVAILABLE while nobody keeps any', async () => {
    await using bare = await httpRig();
    for (const path of ['/v1/scripts', DISK]) {
      const { status, body } = await bare.get(path);
      expect([status, body.error.code]).toEqual([503, 'UNAVAILABLE']);
    }
  });

  it('that are not there, or whose name cannot be, are refused', async () => {
    const unknown = await rig.post('/v1/namespaces/home/scripts/none/runs', {});
    expect([unknown.status, unknown.body.error.code]).toEqual([404, 'SCRIPT_NOT_FOUND']);
    const odd = await rig.get('/v1/namespaces/Home/scripts/..%2Fdisk');
    expect([odd.status, odd.body.error.code]).toEqual([400, 'INVALID_INPUT']);
    expect(odd.body.error.message).toContain('path: ');
  });
});

describe('running a script now', () => {
  it('needs no body, and takes another input', async () => {
    const peer = await rig.join();
    const { status, body } = await rig.post(`${DISK}/runs`, '');
    expect([status, body.success, body.result]).toEqual([200, true, 42]);
    expect(requestOf(peer.calls.at(-1)!.payload)).toMatchObject({
      tenant: 'home',
      name: 'disk',
      input: '{"from":"spec"}',
    });
    await rig.post(`${DISK}/runs`, { input: null });
    expect(requestOf(peer.calls.at(-1)!.payload).input).toBe('null');
    const odd = await rig.post(`${DISK}/runs`, { code: 'return 1' });
    expect(odd.body.error.code).toBe('INVALID_INPUT');
  });

  it('streams', async () => {
    await rig.join({
      run: (call: IncomingCall) => {
        call.emit({ log: { level: 'info', message: 'hi', time: Date.now() } });
        return ok();
      },
    });
    const { text } = await rig.post(`${DISK}/runs`, '', { accept: 'text/event-stream' });
    expect(text).toMatch(/^event: log\ndata: .*\n\nevent: result\ndata: .*\n\n$/);
  });

  it('is on record, page by page, and by its id with its trace', async () => {
    await rig.join();
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.unshift((await rig.post(`${DISK}/runs`, {})).body.runId);
    const runsOf = ({ body }: { body: { runs: { runId: string }[] } }) =>
      body.runs.map(({ runId }) => runId);
    const first = await rig.get(`${DISK}/runs?limit=2`);
    expect(runsOf(first)).toEqual(ids.slice(0, 2));
    const rest = await rig.get(`${DISK}/runs?limit=2&before=${first.body.next}`);
    expect(runsOf(rest)).toEqual(ids.slice(2));
    expect(rest.body).not.toHaveProperty('next');
    const { body } = await rig.get(`/v1/runs/${ids[0]}`);
    expect(body).toMatchObject({ runId: ids[0], trigger: 'manual', result: 42, logs: [] });
    expect(body.spans[0].name).toBe('run');
  });

  it.each(['limit=0', 'limit=201', 'limit=x', 'before=-1', 'page=2'])(
    'refuses to list ?%s',
    async (query) => {
      const { status, body } = await rig.get(`${DISK}/runs?${query}`);
      expect([status, body.error.code]).toEqual([400, 'INVALID_INPUT']);
      expect(body.error.message).toContain('query: ');
    },
  );

  it('that is not on record is not found', async () => {
    const { status, body } = await rig.get('/v1/runs/r-00000000000000000000000000');
    expect([status, body.error.code]).toEqual([404, 'RUN_NOT_FOUND']);
  });
});

describe('a fault of our own', () => {
  it('is answered without its inside, which is logged under the request id', async () => {
    rig.gateway.attachScripts({
      ...catalogueDirectory(rig.gateway),
      list: () => {
        throw new Error('the database at /secret/path is gone');
      },
    });
    const { status, headers, body, text } = await rig.get('/v1/scripts');
    expect([status, body.error.code]).toEqual([500, 'INTERNAL']);
    expect(text).not.toContain('secret');
    const { details } = rig.logged.find(({ level }) => level === 'error')!;
    expect(details!.requestId).toBe(headers['x-request-id']);
    expect(details!.cause).toContain('/secret/path');
  });
});

describe('an event stream', () => {
  it('says that the run goes on while nothing else is to be said', async () => {
    const { gateway } = rig;
    const go = Promise.withResolvers<void>();
    await rig.join({ run: () => go.promise.then(() => ok()) });
    const http = await buildHttp({
      core: gateway.core,
      metrics: { text: async () => '', contentType: 'text/plain', httpRequest: () => {} },
      authenticator: authenticatorOf([]),
      scripts: () => undefined,
      heartbeatMs: 5,
    });
    const url = await http.listen({ port: 0 });
    const answer = await fetch(`${url}/execute`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: '{"code":"return 42"}',
    });
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toMatch(/^(: still running\n\n)+$/);
    go.resolve();
    let rest = '';
    for (let part = await reader.read(); !part.done; part = await reader.read()) rest += part.value;
    expect(rest).toMatch(/event: result\ndata: .*\n\n$/);
    await http.close();
  });
});

describe('a token of one tenant', () => {
  it('sees and runs nothing of another one', async () => {
    const { gateway } = rig;
    const table = new TokenTable([
      { name: 'home', token: 'token-of-home', namespaces: ['home'] },
      { name: 'work', token: 'token-of-work', namespaces: ['work'] },
    ]);
    await rig.join();
    const ofWork = (await rig.post('/v1/namespaces/work/scripts/ci/runs', {})).body.runId;
    const http = await buildHttp({
      core: gateway.core,
      metrics: { text: async () => '', contentType: 'text/plain', httpRequest: () => {} },
      authenticator: authenticatorOf([{ find: async (token) => table.find(token) }]),
      scripts: () => catalogueDirectory(gateway),
      rateLimit: 1_000,
    });
    const as = async (token: string, method: 'GET' | 'POST', url: string) => {
      const answer = await http.inject({
        method,
        url,
        headers: { authorization: `Bearer ${token}` },
      });
      return { status: answer.statusCode, body: answer.json() };
    };
    const list = await as('token-of-home', 'GET', '/v1/scripts');
    expect(list.body.scripts.map((one: { name: string }) => one.name)).toEqual(['disk']);
    const denied: ['GET' | 'POST', string][] = [
      ['GET', '/v1/namespaces/work/scripts/ci'],
      ['GET', '/v1/namespaces/work/scripts/ci/runs'],
      ['POST', '/v1/namespaces/work/scripts/ci/runs'],
      ['GET', `/v1/runs/${ofWork}`],
    ];
    for (const [method, url] of denied) {
      expect([url, (await as('token-of-home', method, url)).status]).toEqual([url, 404]);
    }
    expect((await as('token-of-work', 'GET', `/v1/runs/${ofWork}`)).status).toBe(200);
    await http.close();
  });
});
