import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { ERROR_CATALOGUE, type ErrorCode } from '@cofferdam/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpRig, send, type Answer, type HttpRig } from './http-rig.ts';

let rig: HttpRig;
beforeAll(async () => {
  rig = await httpRig();
  await rig.join();
});
afterAll(() => rig[Symbol.asyncDispose]());

const MiB = 1024 * 1024;

/** Every refusal has the one shape, and the next request is served as if nothing had happened. */
async function expectRefusal(answer: Answer, code: ErrorCode, naming = ''): Promise<void> {
  const { status, blame, retry, action } = ERROR_CATALOGUE[code];
  expect(answer.body).toMatchObject({
    success: false,
    error: { type: code, name: 'CofferdamError', code, blame, retry, action },
    requestId: answer.headers['x-request-id'],
  });
  expect(answer.status).toBe(status);
  expect(answer.body.error.message).toContain(naming);
  const next = await rig.post('/execute', { code: 'return 42' });
  expect([next.status, next.body.result]).toEqual([200, 42]);
}

describe('a body that cannot be read', () => {
  it.each([
    ['not JSON', '{"code": '],
    ['no body', ''],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['100,000 nested brackets', `{"code":"1","input":${'['.repeat(1e5)}${']'.repeat(1e5)}}`],
    ['two values', '{"code":"1"} {"code":"2"}'],
  ])('%s', async (what, body) => {
    const answer = await rig.post('/execute', body);
    await expectRefusal(answer, what === 'no body' ? 'INVALID_INPUT' : 'INVALID_JSON');
  });

  it('of another type, or of none, is not read: a web page cannot send it', async () => {
    const types = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ];
    for (const type of types) {
      const answer = await rig.post('/execute', '{"code":"1"}', { 'content-type': type });
      await expectRefusal(answer, 'UNSUPPORTED_MEDIA_TYPE');
    }
    const untyped = await send(`${rig.url}/execute`, { method: 'POST' }, '{"code":"1"}');
    await expectRefusal(untyped, 'UNSUPPORTED_MEDIA_TYPE');
  });
});

describe('a body that is too large', () => {
  it('is refused with code of 5 MB', async () => {
    const answer = await rig.post('/execute', { code: 'x'.repeat(5 * MiB) });
    await expectRefusal(answer, 'BODY_TOO_LARGE');
  });

  it('is refused with 2 MiB of input', async () => {
    const answer = await rig.post('/execute', { code: '1', input: 'x'.repeat(2 * MiB) });
    await expectRefusal(answer, 'BODY_TOO_LARGE', 'input');
  });

  it('of 100 MB is refused before it is read', async () => {
    const { hostname, port } = new URL(rig.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const head = `POST /execute HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`;
    socket.write(`${head}content-length: 100000000\r\n\r\n{"code":"`);
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toContain('"code":"BODY_TOO_LARGE"');
  });

  it('of 100 MB that a client sends regardless is answered all the same', async () => {
    const answer = await rig.post('/execute', Buffer.alloc(100_000_000, 0x20));
    await expectRefusal(answer, 'BODY_TOO_LARGE');
  });

  it('of 100 MB without its length is refused where the limit is reached', async () => {
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    const options = { method: 'POST', headers };
    const answer = await send(`${rig.url}/execute`, options, Buffer.alloc(100_000_000, 0x20));
    await expectRefusal(answer, 'BODY_TOO_LARGE');
  });
});

describe('fields', () => {
  const cases: [string, string, unknown, string][] = [
    ['a missing code', '/execute', {}, "'code'"],
    ['code that is no text', '/execute', { code: 5 }, 'code'],
    ['an unknown field', '/execute', { code: '1', speed: 9 }, "'speed'"],
    ['a key __proto__', '/execute', '{"code":"1","__proto__":{"a":1}}', "'__proto__'"],
    ['an unknown preset', '/execute', { code: '1', preset: 'root' }, 'preset'],
    ['a preset that every object has', '/execute', { code: '1', preset: 'toString' }, 'preset'],
    ['a timeout that is no number', '/execute', { code: '1', timeout: '5' }, 'timeout'],
    ['a timeout below 1', '/execute', { code: '1', timeout: 0 }, 'timeout'],
    ['env that is no object', '/execute', { code: '1', env: [1] }, 'env'],
    ['an unknown limit', '/execute', { code: '1', limits: { cpu: 1 } }, "'cpu'"],
    [
      'a limit over its ceiling',
      '/execute',
      { code: '1', limits: { memoryBytes: 2 ** 40 } },
      'memoryBytes',
    ],
    [
      'a host that is none',
      '/execute',
      { code: '1', permissions: { net: [{ host: 'a b' }] } },
      'host',
    ],
    ['a body that is no object', '/execute', [1], 'object'],
    ['an unknown field', '/deno', { code: '1', preset: 'data' }, "'preset'"],
    ['an unknown field', '/validate', { code: '1', a: 1 }, "'a'"],
    ['a missing module', '/wasm/run', {}, "'moduleId'"],
    ['arguments that are no numbers', '/wasm/run', { moduleId: 'm', args: [{}] }, 'args'],
    ['neither bytes nor file', '/wasm/compile', {}, 'bytes'],
    ['bytes and file', '/wasm/compile', { bytes: 'AA==', file: 'a.wasm' }, 'bytes'],
  ];
  it.each(cases)('%s (%s)', async (_what, path, body, naming) => {
    await expectRefusal(await rig.post(path, body), 'INVALID_INPUT', naming);
  });

  it('lists what is wrong with each', async () => {
    const { body } = await rig.post('/execute', { code: 1, preset: 'root' });
    const paths = body.error.problems.map((problem: { path: string }) => problem.path);
    expect(paths.toSorted()).toEqual(['code', 'preset']);
  });

  it('does not say everything about a million wrong values', async () => {
    const body = {
      code: '1',
      permissions: { net: Array.from({ length: 10_000 }, () => ({ host: 1 })) },
    };
    const answer = await rig.post('/execute', body);
    await expectRefusal(answer, 'INVALID_INPUT');
    expect(answer.text.length).toBeLessThan(4096);
  });
});

describe('what is no HTTP', () => {
  async function raw(data: string): Promise<string> {
    const { hostname, port } = new URL(rig.url);
    const socket = connect(Number(port), hostname);
    socket.end(data);
    return text(socket);
  }

  it.each([
    ['no request at all', 'hello\r\n\r\n', 400],
    ['a head of 64 KiB', `GET / HTTP/1.1\r\nx: ${'y'.repeat(65_536)}\r\n\r\n`, 431],
    ['two lengths', 'POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', 400],
  ])('%s', async (_what, data, status) => {
    const answer = await raw(data);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain('"success":false');
  });

  it('an address that is none', async () => {
    const { status, body } = await rig.get('/%zz');
    expect([status, body.error.code]).toEqual([400, 'INVALID_INPUT']);
  });
});
