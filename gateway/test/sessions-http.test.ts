import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { send, type Answer } from './http-rig.ts';
import { serverRig, type ServerRig } from './server-rig.ts';

let rig: ServerRig;
beforeAll(async () => {
  rig = await serverRig({ maxSessions: 4 });
});
afterAll(() => rig[Symbol.asyncDispose]());
afterEach(async () => {
  for (const { id } of (await rig.get('/v1/sessions')).body.sessions) await end(id);
});

const make = async (body: object = {}): Promise<string> =>
  (await rig.post('/v1/sessions', body)).body.id;
const evaluate = (id: string, code: string, more: object = {}): Promise<Answer> =>
  rig.post(`/v1/sessions/${id}/eval`, { code, ...more });
const end = (id: string, headers = {}): Promise<Answer> =>
  send(`${rig.url}/v1/sessions/${id}`, { method: 'DELETE', headers });
/** A host that answers `pong`. */
async function pingTarget() {
  const server = createServer((_request, response) => response.end('pong')).listen(0, '127.0.0.1');
  const asked = once(server, 'request');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${port}/`, net: [{ host: '127.0.0.1', ports: [port] }], asked },
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}
const codeOf = ({ status, body }: Answer) => [status, body?.error?.code];

describe('a session over HTTP', () => {
  it('is made once for its key, keeps what its evals leave, and is ended', async () => {
    const made = await rig.post('/v1/sessions', { key: 'agent', env: { NAME: 'ash' } });
    expect([made.status, made.body]).toMatchObject([
      201,
      {
        key: 'agent',
        created: true,
        state: 'idle',
        idle: 1_800_000,
        layers: ['isolate', 'process'],
      },
    ]);
    const { id, createdAt, expiresAt } = made.body;
    expect(id).toMatch(/^ses-[0-9a-f]{32}$/);
    expect(expiresAt).toBeGreaterThan(createdAt + 1_800_000);
    const again = await rig.post('/v1/sessions', { key: 'agent' });
    expect([again.status, again.body]).toMatchObject([200, { id, created: false }]);
    const first = await evaluate(id, 'globalThis.n = 1; console.log("hi", env.NAME)');
    expect([first.status, first.body]).toMatchObject([
      200,
      { success: true, result: null, exitReason: 'Completed', ended: false, logsCut: false },
    ]);
    expect(first.body.logs).toMatchObject([{ level: 'log', message: 'hi ash' }]);
    const second = await evaluate(id, 'export default [++n, typeof module]', { timeout: 2_000 });
    expect(second.body).toMatchObject({ result: [2, 'undefined'], logs: [] });
    expect((await rig.get(`/v1/sessions/${id}`)).body).toMatchObject({ id, state: 'idle' });
    expect((await rig.get('/v1/sessions')).body.sessions).toMatchObject([{ id, key: 'agent' }]);
    expect((await end(id)).status).toBe(204);
    expect(codeOf(await evaluate(id, '1'))).toEqual([404, 'SESSION_NOT_FOUND']);
    const next = await rig.post('/v1/sessions', { key: 'agent' });
    expect([next.status, next.body.created]).toEqual([201, true]);
    expect(next.body.id).not.toBe(id);
  });

  it('goes on after what code throws, and says what that was', async () => {
    const id = await make({ language: 'typescript' });
    const thrown = await evaluate(id, 'const far: string = "far"; throw new RangeError(far)');
    expect([thrown.status, thrown.body]).toMatchObject([
      422,
      { success: false, error: { type: 'Exception', name: 'RangeError', message: 'far' } },
    ]);
    expect((await evaluate(id, 'export default 1 +')).body.error.type).toBe('CompileError');
    expect((await evaluate(id, 'export default 7')).body.result).toBe(7);
  });

  it('ends with an eval that passes its limit, and says so from then on', async () => {
    const id = await make({ key: 'loop' });
    const late = await evaluate(id, 'for (;;);', { timeout: 200 });
    expect([late.status, late.body]).toMatchObject([
      422,
      { error: { type: 'WallTime' }, ended: true },
    ]);
    const gone = await evaluate(id, '1');
    expect(codeOf(gone)).toEqual([410, 'SESSION_LOST']);
    expect(gone.body.error.message).toContain('WallTime');
    // Its caller was told: the key makes a new one, and the id does not.
    expect((await rig.post('/v1/sessions', { key: 'loop' })).body.created).toBe(true);
    expect(codeOf(await rig.get(`/v1/sessions/${id}`))).toEqual([410, 'SESSION_LOST']);
    expect((await end(id)).status).toBe(204);
    expect(codeOf(await end(id))).toEqual([404, 'SESSION_NOT_FOUND']);
  });

  it('is lost where its client went away in the middle of an eval, and its key says so', async () => {
    await using target = await pingTarget();
    const id = await make({ key: 'left', permissions: { net: target.net } });
    const leave = new AbortController();
    // `busy` it is while it gets ready too: an eval that has asked somebody has begun.
    const left = fetch(`${rig.url}/v1/sessions/${id}/eval`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        code: `await fetch(${JSON.stringify(target.url)}); await new Promise(() => {})`,
      }),
      signal: leave.signal,
    }).catch(() => 'left');
    await target.asked;
    leave.abort();
    await left;
    await expect.poll(async () => codeOf(await evaluate(id, '1'))).toEqual([410, 'SESSION_LOST']);
    expect(codeOf(await rig.post('/v1/sessions', { key: 'left' }))).toEqual([410, 'SESSION_LOST']);
    expect((await end(id)).status).toBe(204);
    expect((await rig.post('/v1/sessions', { key: 'left' })).status).toBe(201);
  });

  it('has one eval at a time', async () => {
    const id = await make();
    const slow = evaluate(id, 'await new Promise((done) => setTimeout(done, 1_000))');
    await expect.poll(async () => (await rig.get(`/v1/sessions/${id}`)).body.state).toBe('busy');
    expect(codeOf(await evaluate(id, '1'))).toEqual([409, 'SESSION_IN_USE']);
    expect((await slow).status).toBe(200);
    expect((await evaluate(id, '1')).status).toBe(200);
  });

  it('runs tests, and answers them as JSON or as JUnit’s XML', async () => {
    const id = await make();
    await evaluate(id, 'globalThis.answer = 42');
    const code = `test('good', () => expect(answer).toBe(42)); test('bad', () => expect(answer).toBe(1));`;
    const path = `/v1/sessions/${id}/tests`;
    const { status, body } = await rig.post(path, { code });
    expect([status, body.passed, body.failed]).toEqual([200, 1, 1]);
    expect(body.tests.map((each: { status: string }) => each.status)).toEqual(['pass', 'fail']);
    const xml = await rig.post(path, { code }, { accept: 'application/xml' });
    expect(xml.headers['content-type']).toContain('application/xml');
    expect(xml.text).toContain('<testcase');
    const broken = await rig.post(path, { code: 'nonsense(' });
    expect([broken.status, broken.body.error.type]).toEqual([422, 'CompileError']);
  });

  it('reaches the hosts that it was made with, during an eval alone', async () => {
    await using target = await pingTarget();
    const url = JSON.stringify(target.url);
    const id = await make({ permissions: { net: target.net }, limits: { requests: 2 } });
    const asks = `globalThis.ask = async () => (await fetch(${url})).text(); export default await ask()`;
    expect((await evaluate(id, asks)).body.result).toBe('pong');
    expect((await evaluate(id, 'export default [await ask(), await ask()]')).status).toBe(200);
    const third = 'await ask(); await ask(); await ask()';
    expect((await evaluate(id, third)).body.error).toMatchObject({ name: 'TypeError' });
    await evaluate(id, `setTimeout(() => ask().catch(({ name }) => (globalThis.late = name)), 50)`);
    await new Promise((done) => setTimeout(done, 300));
    expect((await evaluate(id, 'export default late')).body.result).toBe('TypeError');
    const closed = await make();
    const refused = await evaluate(closed, `await fetch(${url})`);
    expect(refused.body.error).toMatchObject({ name: 'TypeError' });
  });

  it('is what the example shows', async () => {
    const script = fileURLToPath(new URL('../../examples/15-session.sh', import.meta.url));
    const env = { ...process.env, COFFERDAM_URL: rig.url };
    const { stdout } = await promisify(execFile)('sh', [script], { env });
    expect(stdout).toContain('"key":"example:cart"');
    expect(stdout).toMatch(/"result":1,.*"message":"\[ 'tea' \]"/);
    expect(stdout).toMatch(/<testsuites[^]*has tea/);
    expect((await rig.get('/v1/sessions')).body.sessions).toEqual([]);
  });

  it('belongs to its namespace', async () => {
    const birch = { 'x-cofferdam-namespace': 'birch' };
    const id = await make({ key: 'same' });
    await evaluate(id, 'globalThis.mine = 1');
    for (const answer of [
      await rig.get(`/v1/sessions/${id}`, birch),
      await rig.post(`/v1/sessions/${id}/eval`, { code: '1' }, birch),
      await rig.post(`/v1/sessions/${id}/tests`, { code: '1' }, birch),
      await end(id, birch),
    ]) {
      expect(codeOf(answer)).toEqual([404, 'SESSION_NOT_FOUND']);
    }
    const other = await rig.post('/v1/sessions', { key: 'same' }, birch);
    expect(other.body).toMatchObject({ created: true });
    const seen = { code: 'export default typeof mine' };
    const { body } = await rig.post(`/v1/sessions/${other.body.id}/eval`, seen, birch);
    expect(body.result).toBe('undefined');
    expect((await rig.get('/v1/sessions', birch)).body.sessions).toHaveLength(1);
    await end(other.body.id, birch);
  });

  it('keeps a bounded console, and nothing of what its guest says between evals', async () => {
    const id = await make();
    const flood = await evaluate(id, 'for (let i = 0; i < 12_000; i++) console.log(i)');
    expect(flood.body.logs.length).toBeLessThanOrEqual(10_000);
    expect(flood.body.logsCut).toBe(true);
    await evaluate(id, 'setTimeout(() => console.log("between"), 20)');
    await new Promise((done) => setTimeout(done, 100));
    const next = await evaluate(id, 'console.log("now")');
    expect(next.body.logs).toMatchObject([{ message: 'now' }]);
  });

  it('is one of so many of its namespace', async () => {
    const bodies = Array.from({ length: 6 }, (_, at) =>
      rig.post('/v1/sessions', { key: `k${at}` }),
    );
    const answers = await Promise.all(bodies);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(4);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect(codeOf(answer)).toEqual([429, 'QUEUE_FULL']);
    }
  });

  it.each([
    { key: '' },
    { key: 'x'.repeat(513) },
    { key: 1 },
    { idle: 999 },
    { idle: 86_400_001 },
    { idle: 'long' },
    { limits: { memoryBytes: 1 } },
    { limits: { wallTimeMs: 30_001 } },
    { limits: { nonsense: 1 } },
    { permissions: { net: [{ host: 'a b' }] } },
    { permissions: { browser: true } },
    { env: 'text' },
    { language: 'cobol' },
    { more: true },
  ])('is not made of %j', async (body) => {
    expect(codeOf(await rig.post('/v1/sessions', body))).toEqual([400, 'INVALID_INPUT']);
  });

  it('takes no code that is none, too large, or without an address', async () => {
    const id = await make();
    expect(codeOf(await rig.post(`/v1/sessions/${id}/eval`, {}))).toEqual([400, 'INVALID_INPUT']);
    expect(codeOf(await evaluate(id, '1', { timeout: 0 }))).toEqual([400, 'INVALID_INPUT']);
    expect(codeOf(await evaluate(id, '1', { filename: '' }))).toEqual([400, 'INVALID_INPUT']);
    const large = 'x'.repeat(1024 * 1024 + 1);
    expect(codeOf(await evaluate(id, large))).toEqual([413, 'CODE_TOO_LARGE']);
    expect(codeOf(await rig.get('/v1/sessions/ses-0'))).toEqual([404, 'SESSION_NOT_FOUND']);
    expect((await evaluate(id, 'export default 1')).body.result).toBe(1);
  });
});
