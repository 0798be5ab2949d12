import { rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { resolveScript } from '@cofferdam/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { catalogueDirectory, httpRig, send, type HttpRig } from './http-rig.ts';
import { requestOf, tempDir, type Peer } from './peer.ts';

/** `(module (func (export "f") (result i32) i32.const 42))` */
const MODULE = 'AGFzbQEAAAABBQFgAAF/AwIBAAcFAQFmAAAKBgEEAEEqCw==';
const inspection = { exports: [{ name: 'f', kind: 'function' }], imports: [] };

const TOKENS = [
  { name: 'home', token: 'token-of-home-1', namespaces: ['home'] },
  { name: 'both', token: 'token-of-both-1', namespaces: ['home', 'work'] },
  { name: 'viewer', token: 'token-of-viewer', namespaces: ['home'], rights: ['read'] },
  { name: 'starter', token: 'token-of-starter', namespaces: ['home'], rights: ['run'] },
  { name: 'all', token: 'token-of-everyone', namespaces: ['*'] },
].map((entry) => ({ ...entry, token: entry.token.padEnd(16, '-') }));

type Name = 'home' | 'both' | 'viewer' | 'starter' | 'all' | 'owner';
const as = (name: Name, namespace?: string): Record<string, string> => {
  const token = TOKENS.find((entry) => entry.name === name)?.token ?? 'token-of-owner';
  const authorization = `Bearer ${token}`;
  return namespace === undefined
    ? { authorization }
    : { authorization, 'x-cofferdam-namespace': namespace };
};
const CODE = { code: 'return 42' };

let rig: HttpRig;
let dir: string;
let peers: Peer[];
beforeEach(async () => {
  dir = await tempDir();
  const file = join(dir, 'tokens.json');
  await writeFile(file, JSON.stringify(TOKENS));
  const environment = { COFFERDAM_TOKENS_FILE: file };
  rig = await httpRig({ authToken: 'token-of-owner' }, undefined, environment);
  const handlers = { 'wasm.inspect': () => inspection };
  peers = [await rig.join({ handlers }), await rig.join({ handlers })];
});
afterEach(async () => {
  await rig[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

const calls = () => peers.flatMap((peer) => peer.calls);
const tenantsRun = () =>
  calls()
    .filter(({ method }) => method === 'run')
    .map(({ payload }) => requestOf(payload).tenant);

describe('the namespace of a run', () => {
  it('is the only one of the token, or else default, unless a header names it', async () => {
    for (const headers of [
      as('home'),
      as('both', 'home'),
      as('all', 'home'),
      as('owner', 'home'),
    ]) {
      expect((await rig.post('/execute', CODE, headers)).status).toBe(200);
    }
    for (const headers of [as('all'), as('owner')]) {
      expect((await rig.post('/deno', CODE, headers)).status).toBe(200);
    }
    expect(tenantsRun()).toEqual([...Array(4).fill('home'), ...Array(2).fill('default')]);
  });

  const foreign: [string, Name, string | undefined, string][] = [
    [
      'another namespace',
      'home',
      'work',
      'token:home may not create sandboxruns.cofferdam.dev in namespace work.',
    ],
    [
      'none of several',
      'both',
      undefined,
      'token:both may not create sandboxruns.cofferdam.dev in namespace default.',
    ],
    [
      'no right to run',
      'viewer',
      'home',
      'token:viewer may not create sandboxruns.cofferdam.dev in namespace home.',
    ],
  ];
  it.each(foreign)(
    'is refused for %s, and what is refused is named',
    async (_what, name, namespace, message) => {
      const bodies: [string, unknown][] = [
        ['/execute', CODE],
        ['/deno', CODE],
        ['/validate', CODE],
        ['/typecheck', CODE],
        ['/wasm/compile', { bytes: MODULE }],
        ['/wasm/run', { moduleId: 'm' }],
        ['/wasm/execute', { moduleId: 'm' }],
      ];
      for (const [path, body] of bodies) {
        const answer = await rig.post(path, body, as(name, namespace));
        expect([path, answer.status, answer.body.error.code]).toEqual([path, 403, 'FORBIDDEN']);
        expect(answer.body.error.message).toBe(message);
      }
      expect(calls()).toEqual([]);
    },
  );

  it.each([
    '',
    '../home',
    'home/../work',
    'Home',
    'home,home',
    'home%2fx',
    '-home',
    'a'.repeat(64),
    '*',
  ])('is refused when its name cannot be: %j', async (namespace) => {
    const { status, body } = await rig.post('/execute', CODE, as('owner', namespace));
    expect([status, body.error.code]).toEqual([400, 'INVALID_INPUT']);
    expect(body.error.message).toContain('x-cofferdam-namespace');
    expect(calls()).toEqual([]);
  });

  it('is refused when it is named twice, even the same', async () => {
    const { authorization } = as('owner');
    const headers = ['authorization', authorization!, 'content-type', 'application/json'];
    for (const second of ['home', 'work']) {
      const twice = ['x-cofferdam-namespace', 'home', 'X-Cofferdam-Namespace', second];
      const { port } = new URL(rig.url);
      const host = ['host', `127.0.0.1:${port}`];
      const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
      const call = request(`${rig.url}/execute`, {
        method: 'POST',
        headers: [...host, ...headers, ...twice] as never,
      });
      call.on('response', (answer) => resolve(answer.resume().statusCode)).on('error', reject);
      call.end(JSON.stringify(CODE));
      expect(await promise).toBe(400);
    }
    expect(calls()).toEqual([]);
  });

  it('is looked at before the body', async () => {
    const { status } = await rig.post('/execute', 'not JSON', as('home', 'work'));
    expect(status).toBe(403);
  });
});

describe('what a run leaves behind', () => {
  it('is read in its namespace and in no other', async () => {
    const { runId } = (await rig.post('/execute', CODE, as('both', 'work'))).body;
    const statuses = [];
    for (const name of ['both', 'all', 'owner', 'home', 'viewer', 'starter'] as const) {
      statuses.push([name, (await rig.get(`/v1/runs/${runId}`, as(name, 'work'))).status]);
    }
    expect(Object.fromEntries(statuses)).toEqual({
      both: 200,
      all: 200,
      owner: 200,
      home: 404,
      viewer: 404,
      starter: 404,
    });
    const foreign = await rig.get(`/v1/runs/${runId}`, as('home'));
    const missing = await rig.get('/v1/runs/r-00000000000000000000000000', as('home'));
    expect(foreign.body.error).toEqual(missing.body.error);
  });

  it('is not run by another namespace, when it is a module', async () => {
    const compiled = await rig.post(
      '/wasm/compile',
      { bytes: MODULE, id: 'm' },
      as('both', 'work'),
    );
    expect(compiled.status).toBe(200);
    for (const moduleId of ['m', compiled.body.digest]) {
      const { status, body } = await rig.post('/wasm/run', { moduleId }, as('home'));
      expect([status, body.error.code]).toEqual([404, 'WASM_NOT_FOUND']);
      expect((await rig.post('/wasm/run', { moduleId }, as('both', 'work'))).status).toBe(200);
    }
    expect(tenantsRun()).toEqual(['work', 'work']);
  });
});

describe('scripts', () => {
  beforeEach(() => {
    const scripts = ['home', 'work'].map((namespace) =>
      resolveScript(
        {
          apiVersion: 'cofferdam.dev/v1alpha1',
          kind: 'SandboxScript',
          metadata: { name: 'disk', namespace },
          spec: { source: { inline: 'return 1' } },
        },
        { uid: `uid-${namespace}`, generation: 1 },
      ),
    );
    rig.gateway.core.catalogue.publish({ version: 1, scripts });
    rig.gateway.attachScripts(catalogueDirectory(rig.gateway));
  });
  const path = (namespace: string) => `/v1/namespaces/${namespace}/scripts/disk`;

  it('are listed where they may be read', async () => {
    const seen = async (name: Name) => {
      const { body } = await rig.get('/v1/scripts', as(name));
      return body.scripts.map((one: { namespace: string }) => one.namespace);
    };
    expect(await seen('viewer')).toEqual(['home']);
    expect(await seen('both')).toEqual(['home', 'work']);
    expect(await seen('all')).toEqual(['home', 'work']);
    expect(await seen('starter')).toEqual([]);
  });

  it('are run by who may run, which is said to who may only read', async () => {
    expect((await rig.post(`${path('home')}/runs`, {}, as('starter'))).status).toBe(200);
    const viewer = await rig.post(`${path('home')}/runs`, {}, as('viewer'));
    expect([viewer.status, viewer.body.error.code]).toEqual([403, 'FORBIDDEN']);
    expect(viewer.body.error.message).toContain('create sandboxruns.cofferdam.dev');
    const foreign = await rig.post(`${path('work')}/runs`, {}, as('home', 'home'));
    expect([foreign.status, foreign.body.error.code]).toEqual([404, 'SCRIPT_NOT_FOUND']);
    expect(tenantsRun()).toEqual(['home']);
  });

  it('and their runs are read by who may read, whatever a header says', async () => {
    const statuses = async (name: Name) => {
      const all = [];
      for (const url of [
        path('home'),
        `${path('home')}/runs`,
        path('work'),
        `${path('work')}/runs`,
      ]) {
        all.push((await rig.get(url, as(name, 'home'))).status);
      }
      return all;
    };
    expect(await statuses('viewer')).toEqual([200, 200, 404, 404]);
    expect(await statuses('starter')).toEqual([404, 404, 404, 404]);
    expect(await statuses('both')).toEqual([200, 200, 200, 200]);
  });
});

describe('what is about the whole service', () => {
  it.each(['/stats', '/metrics'])('%s is for who may read every namespace', async (path) => {
    expect((await rig.get(path, as('owner'))).status).toBe(200);
    expect((await rig.get(path, as('all'))).status).toBe(200);
    const { status, body } = await rig.get(path, as('both'));
    expect([status, body.error.message]).toEqual([403, `token:both may not get ${path}.`]);
  });
});

describe('tokens', () => {
  it('over 8 KiB, unknown or of a namespace’s name are refused', async () => {
    for (const token of ['x'.repeat(9_000), 'home', 'token:home', '*']) {
      const { status, body } = await rig.get('/v1/scripts', { authorization: `Bearer ${token}` });
      expect([status, body.error.code]).toEqual([403, 'FORBIDDEN']);
    }
  });

  it('are each counted on their own, and by nothing that a caller says', async () => {
    await using limited = await httpRig({ authToken: 'token-of-owner', rateLimit: 2 }, undefined, {
      COFFERDAM_TOKENS_FILE: join(dir, 'tokens.json'),
    });
    const statuses: number[] = [];
    for (const namespace of ['a', 'b', 'c']) {
      const headers = { ...as('both', namespace), 'x-forwarded-for': `192.0.2.${statuses.length}` };
      statuses.push((await limited.get('/v1/runs/r-1', headers)).status);
    }
    expect(statuses).toEqual([404, 404, 429]);
    expect((await limited.get('/v1/runs/r-1', as('home'))).status).toBe(404);
  });
});

describe('the probes', () => {
  it('ask for no token and say nothing', async () => {
    const live = await rig.get('/livez');
    expect([live.status, live.body]).toEqual([200, { ok: true }]);
    const ready = await rig.get('/readyz');
    expect([ready.status, ready.body]).toEqual([200, { ok: true }]);
    const head = await send(`${rig.url}/livez`, { method: 'HEAD' });
    expect(head.status).toBe(200);
  });
});
