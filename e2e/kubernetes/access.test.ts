import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Caller, ResourceAction } from '../../gateway/src/access/caller.ts';
import {
  connectReviewApi,
  type ReviewApi,
} from '../../gateway/src/access/kubernetes/review-api.ts';
import { KubernetesSource } from '../../gateway/src/access/kubernetes/source.ts';
import { httpRig, type HttpRig } from '../../gateway/test/http-rig.ts';
import { startApiServer, type ApiServer } from '../cluster/api-server.ts';
import { Accounts, reviewCounter } from './accounts.ts';

/** `(module (func (export "f") (result i32) i32.const 42))` */
const MODULE = 'AGFzbQEAAAABBQFgAAF/AwIBAAcFAQFmAAAKBgEEAEEqCw==';
const CODE = { code: 'return 42' };
const START_MS = 60_000;

let api: ApiServer;
let accounts: Accounts;
let reviews: ReviewApi;
let count: ReturnType<typeof reviewCounter>;

beforeAll(async () => {
  api = await startApiServer();
  accounts = new Accounts(api);
  await accounts.create('cofferdam', 'gateway');
  await accounts.create('team-a', 'ci', 'viewer', 'nobody', 'monitor', 'passing');
  await accounts.create('team-b', 'ci');
  const run = { resources: ['sandboxruns'], verbs: ['create', 'get'] };
  const read = { resources: ['sandboxscripts'], verbs: ['get', 'list'] };
  for (const team of ['team-a', 'team-b']) {
    await accounts.grant('run', { account: `${team}/ci`, namespace: team, rules: [run, read] });
  }
  await accounts.grant('view', { account: 'team-a/viewer', namespace: 'team-a', rules: [read] });
  await accounts.clusterRole('figures', { nonResourceURLs: ['/metrics'], verbs: ['get'] });
  await accounts.bindCluster('figures', 'team-a/monitor');
  // What the gateway itself may do at the API server: ask for reviews.
  await accounts.bindCluster('system:auth-delegator', 'cofferdam/gateway');
  const own = await accounts.kubeconfig(await accounts.token('cofferdam', 'gateway'));
  vi.stubEnv('KUBECONFIG', own);
  reviews = await connectReviewApi();
  count = reviewCounter(api);
}, START_MS);
afterAll(async () => {
  vi.unstubAllEnvs();
  await api?.stop();
});
beforeEach(async () => void (await count?.()));

const as = (token: string, namespace?: string): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  ...(namespace === undefined ? {} : { 'x-cofferdam-namespace': namespace }),
});

async function startRig(): Promise<HttpRig> {
  const environment = { COFFERDAM_KUBERNETES_AUTH: 'true', COFFERDAM_TOKEN_AUDIENCE: 'cofferdam' };
  const rig = await httpRig({ authToken: 'token-of-owner' }, undefined, environment);
  const inspection = { exports: [{ name: 'f', kind: 'function' }], imports: [] };
  for (let i = 0; i < 3; i++) await rig.join({ handlers: { 'wasm.inspect': () => inspection } });
  return rig;
}

describe('a gateway that takes tokens of Kubernetes', () => {
  let rig: HttpRig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());
  const execute = (token: string, namespace?: string) =>
    rig.post('/execute', CODE, as(token, namespace));

  it('runs where RBAC lets the account create sandboxruns, and nowhere else', async () => {
    const token = await accounts.token('team-a', 'ci');
    expect((await execute(token, 'team-a')).body).toMatchObject({ success: true, result: 42 });
    const foreign = await execute(token, 'team-b');
    expect([foreign.status, foreign.body.error.message]).toEqual([
      403,
      'kubernetes:system:serviceaccount:team-a:ci may not create sandboxruns.cofferdam.dev in namespace team-b.',
    ]);
    expect((await execute(token)).body.error.message).toMatch(/in namespace default\.$/);
    for (const namespace of ['../team-a', 'team-a,team-a', '', 'team-a/../team-b']) {
      expect((await execute(token, namespace)).status).toBe(400);
    }
  });

  it('lets nobody in who only has a token', async () => {
    const token = await accounts.token('team-a', 'nobody');
    expect((await execute(token, 'team-a')).status).toBe(403);
    for (const path of ['/stats', '/metrics']) {
      expect((await rig.get(path, as(token))).status).toBe(403);
    }
  });

  it('shows the figures to who may get their path', async () => {
    const token = await accounts.token('team-a', 'monitor');
    expect((await rig.get('/metrics', as(token))).status).toBe(200);
    expect((await rig.get('/stats', as(token))).status).toBe(403);
  });

  it('keeps runs and modules of namespaces apart', async () => {
    const [a, b] = [await accounts.token('team-a', 'ci'), await accounts.token('team-b', 'ci')];
    const viewer = await accounts.token('team-a', 'viewer');
    const { runId } = (await execute(a, 'team-a')).body;
    expect((await rig.get(`/v1/runs/${runId}`, as(a))).status).toBe(200);
    for (const token of [b, viewer]) {
      expect((await rig.get(`/v1/runs/${runId}`, as(token, 'team-a'))).status).toBe(404);
    }
    const { body } = await rig.post('/wasm/compile', { bytes: MODULE, id: 'm' }, as(a, 'team-a'));
    const call = (token: string, namespace: string, moduleId: string) =>
      rig.post('/wasm/run', { moduleId }, as(token, namespace));
    expect((await call(a, 'team-a', 'm')).status).toBe(200);
    for (const id of ['m', body.digest]) {
      expect((await call(b, 'team-b', id)).status).toBe(404);
      expect((await call(b, 'team-a', id)).status).toBe(403);
    }
  });

  it('takes tokens for the API server and for its own audience, and for no other', async () => {
    const plain = await accounts.token('team-a', 'ci');
    expect((await execute(plain, 'team-a')).status).toBe(200);
    const own = await accounts.token('team-a', 'ci', '--audience=cofferdam');
    expect((await execute(own, 'team-a')).status).toBe(200);
    const two = await accounts.token('team-a', 'ci', '--audience=vault', '--audience=cofferdam');
    expect((await execute(two, 'team-a')).status).toBe(200);
    const other = await accounts.token('team-a', 'ci', '--audience=vault');
    const { status, body } = await execute(other, 'team-a');
    expect([status, body.error.code]).toEqual([403, 'FORBIDDEN']);
  });

  it('takes no token that is over, changed, unsigned or of somebody’s making', async () => {
    const good = await accounts.token('team-a', 'ci');
    const soon = Math.floor(Date.now() / 1_000);
    // The test's own signature is one that the API server takes.
    const later = await accounts.forge(good, { exp: soon + 600 });
    expect((await execute(later, 'team-a')).status).toBe(200);
    const over = await accounts.forge(good, { exp: soon - 60 });
    const [header, payload, signature] = good.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const renamed = encoded({ ...claims, sub: 'system:serviceaccount:team-b:ci' });
    const ofUs = encoded({ ...claims, aud: ['cofferdam'] });
    for (const bad of [
      over,
      `${header}.${renamed}.${signature}`,
      `${header}.${ofUs}.${signature}`,
      `${encoded({ alg: 'none' })}.${payload}.`,
      `${good}x`,
      'admin',
      'system:masters',
    ]) {
      const { status, body } = await execute(bad, 'team-a');
      expect([bad, status, body.error.code]).toEqual([bad, 403, 'FORBIDDEN']);
    }
  });

  it('asks nobody about the owner’s token, or about one over 8 KiB', async () => {
    expect((await execute('token-of-owner', 'team-b')).status).toBe(200);
    expect((await execute('x'.repeat(8 * 1024 + 1))).status).toBe(403);
    expect(await count()).toEqual({ tokens: 0, rights: 0 });
  });

  it('asks once for many requests at the same time, and not again soon', async () => {
    const token = await accounts.token('team-a', 'ci');
    await count();
    const answers = await Promise.all(Array.from({ length: 8 }, () => execute(token, 'team-a')));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect((await execute(token, 'team-a')).status).toBe(200);
    expect(await count()).toEqual({ tokens: 1, rights: 1 });
  });

  it('lets who may list scripts see those of these namespaces', async () => {
    rig.gateway.attachScripts({
      list: () => [view('team-a'), view('team-b')],
      get: (namespace) => view(namespace),
      runNow: () => Promise.reject(new Error('nothing is run here')),
    });
    const seen = async (namespace: string, name: string) => {
      const { body } = await rig.get('/v1/scripts', as(await accounts.token(namespace, name)));
      return body.scripts.map((one: { namespace: string }) => one.namespace);
    };
    expect(await seen('team-a', 'viewer')).toEqual(['team-a']);
    expect(await seen('team-a', 'nobody')).toEqual([]);
    const viewer = as(await accounts.token('team-a', 'viewer'));
    const [here, there] = ['a', 'b'].map((team) => `/v1/namespaces/team-${team}/scripts/one`);
    expect((await rig.get(here!, viewer)).status).toBe(200);
    expect((await rig.get(there!, viewer)).status).toBe(404);
    const ran = await rig.post(`${here}/runs`, {}, viewer);
    expect([ran.status, ran.body.error.code]).toEqual([403, 'FORBIDDEN']);
  });

  it('answers UNAVAILABLE while the API server does not, and says so once', async () => {
    const known = await accounts.token('team-a', 'ci');
    const unknown = await accounts.token('team-b', 'ci');
    await execute(known, 'team-a');
    await api.kill();
    for (let i = 0; i < 2; i++) {
      const { status, headers, body } = await execute(unknown, 'team-b');
      expect([status, body.error.code, body.error.retry]).toEqual([503, 'UNAVAILABLE', true]);
      expect(headers['retry-after']).toBeDefined();
    }
    // What was answered before is kept; a right that was not asked for is not one.
    expect((await execute(known, 'team-a')).status).toBe(200);
    expect((await execute(known, 'team-c')).status).toBe(503);
    expect(rig.logged.filter(({ level }) => level === 'error')).toHaveLength(1);
    await api.restart();
    await vi.waitFor(async () => expect((await execute(unknown, 'team-b')).status).toBe(200));
  });

  it('answers UNAVAILABLE when the API server takes too long', async () => {
    const unknown = await accounts.token('team-b', 'ci');
    api.pause();
    try {
      expect((await execute(unknown, 'team-b')).body.error.code).toBe('UNAVAILABLE');
    } finally {
      api.resume();
    }
    expect((await execute(unknown, 'team-b')).status).toBe(200);
  });
});

describe('guessing tokens', () => {
  it('from one address is not the API server’s load, nor the trouble of those whose token is good', async () => {
    await using rig = await startRig();
    const good = await accounts.token('team-a', 'ci');
    const run = () => rig.post('/execute', CODE, as(good, 'team-a'));
    expect((await run()).status).toBe(200);
    await count();
    const statuses = new Map<number, number>();
    for (let i = 0; i < 100; i += 5) {
      const guesses = Array.from({ length: 5 }, (_, n) => rig.get('/stats', as(`guess-${i + n}`)));
      for (const { status } of await Promise.all(guesses)) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }
    expect([...statuses.keys()].toSorted()).toEqual([403, 429]);
    expect((await count()).tokens).toBeLessThanOrEqual(34);
    expect((await run()).status).toBe(200);
  });
});

describe('what is kept of answers', () => {
  const RUN: ResourceAction = { verb: 'create', resource: 'sandboxruns', namespace: 'team-a' };

  function rig() {
    const from = Date.now();
    let passed = 0;
    const clock = { now: () => from + passed, elapsed: () => 1_000 + passed };
    const source = new KubernetesSource({ api: reviews, log: () => {}, clock });
    const find = (token: string): Promise<Caller | undefined> => source.find(token, '192.0.2.1');
    return {
      find,
      mayRun: async (token: string) => (await find(token))?.may(RUN),
      advance: (ms: number) => void (passed += ms),
    };
  }

  /** The API server itself takes a moment to notice a change of rights. */
  const untilReviewed = (username: string, allowed: boolean) =>
    vi.waitFor(async () => expect(await reviews.permits({ username }, RUN)).toBe(allowed));

  it('ends a right that was taken away, and knows a new one within seconds', async () => {
    const { mayRun, advance } = rig();
    const token = await accounts.token('team-a', 'passing');
    const rules = [{ resources: ['sandboxruns'], verbs: ['create'] }];
    const about = { account: 'team-a/passing', namespace: 'team-a', rules };
    expect(await mayRun(token)).toBe(false);
    await accounts.grant('passing', about);
    await untilReviewed('system:serviceaccount:team-a:passing', true);
    expect(await mayRun(token)).toBe(false);
    advance(5_001);
    expect(await mayRun(token)).toBe(true);
    await api.kubectl(['delete', 'rolebinding', 'passing', '-n', 'team-a']);
    await untilReviewed('system:serviceaccount:team-a:passing', false);
    advance(59_000);
    expect(await mayRun(token)).toBe(true);
    advance(1_001);
    expect(await mayRun(token)).toBe(false);
  });

  it('ends a token whose account is gone', async () => {
    const { find, advance } = rig();
    await api.kubectl(['create', 'serviceaccount', 'leaving', '-n', 'team-a']);
    const token = await accounts.token('team-a', 'leaving');
    expect(await find(token)).toBeDefined();
    await api.kubectl(['delete', 'serviceaccount', 'leaving', '-n', 'team-a']);
    await vi.waitFor(async () => expect(await reviews.identify(token)).toBeUndefined(), 15_000);
    advance(60_001);
    expect(await find(token)).toBeUndefined();
  });

  it('is not kept beyond the token’s own end', async () => {
    const { find, advance } = rig();
    const good = await accounts.token('team-a', 'ci');
    const token = await accounts.forge(good, { exp: Math.floor(Date.now() / 1_000) + 30 });
    await count();
    expect(await find(token)).toBeDefined();
    advance(20_000);
    await find(token);
    expect((await count()).tokens).toBe(1);
    advance(10_001);
    await find(token);
    expect((await count()).tokens).toBe(1);
  });

  it('is of one token, even of two of the same account', async () => {
    const { mayRun, find } = rig();
    const [one, two] = [await accounts.token('team-a', 'ci'), await accounts.token('team-a', 'ci')];
    await count();
    for (const token of [one, two, one, two]) expect(await mayRun(token)).toBe(true);
    expect(await count()).toEqual({ tokens: 2, rights: 2 });
    expect(await find(one.slice(0, -1))).toBeUndefined();
    expect(await find(`${one.slice(0, -4)}AAAA`)).toBeUndefined();
  });

  it('does not hold up a good token while its address guesses', async () => {
    const { find, advance } = rig();
    const good = await accounts.token('team-a', 'ci');
    expect(await find(good)).toBeDefined();
    for (let i = 0; i < 30; i++) expect(await find(`guess-${i}`)).toBeUndefined();
    await expect(find('one-too-many')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    // 20 s before the window of the guesses ends, the good token is due for another review.
    advance(40_000);
    await find(good);
    advance(20_001);
    for (let i = 0; i < 30; i++) await find(`guess-again-${i}`);
    await count();
    advance(40_000);
    expect(await find(good)).toBeDefined();
    expect((await count()).tokens).toBe(1);
  });
});

function view(namespace: string) {
  const status = { observedGeneration: 1, conditions: [], recentRuns: [] };
  return { namespace, name: 'one', generation: 1, status, running: 0 };
}
