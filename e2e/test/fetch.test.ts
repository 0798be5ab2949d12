import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Instance } from './instance.ts';
import { startTarget, type Target } from './targets.ts';

const MiB = 1024 * 1024;
let up: Instance;
let locked: Instance;
let target: Target;
let other: Target;
const abandoned = new EventEmitter();

/** Sends pieces until its client goes away; never more than that takes. */
function endless(response: ServerResponse): void {
  const piece = Buffer.alloc(64 * 1024, 'a');
  const send = () => {
    while (response.writable && response.write(piece));
  };
  response.on('drain', send).on('close', () => abandoned.emit('endless'));
  send();
}

beforeAll(async () => {
  other = await startTarget();
  target = await startTarget({
    '/moved-out': (_, response) => response.writeHead(302, { location: other.url }).end(),
    '/moved': (_, response) => response.writeHead(302, { location: '/there' }).end(),
    '/round': (_, response) => response.writeHead(302, { location: '/round' }).end(),
    '/file': (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    '/endless': (_, response) => endless(response),
    '/first': (_, response) => {
      response.on('close', () => abandoned.emit('first')).write('first');
    },
    '/large': (_, response) => response.end(Buffer.alloc(2 * MiB, 'b')),
    '/teapot': (_, response) =>
      response
        .writeHead(418, 'Short and stout', { 'x-pot': 'tea', 'set-cookie': ['a=1', 'b=2'] })
        .end('!'),
  });
  [up, locked] = await Promise.all([
    Instance.start({ args: ['--allow-private', '127.0.0.1/32'] }),
    Instance.start(),
  ]);
}, 60_000);
afterAll(async () => {
  await Promise.all([up[Symbol.asyncDispose](), locked[Symbol.asyncDispose]()]);
  await Promise.all([target[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
}, 60_000);
beforeEach(() => {
  for (const { seen } of [target, other]) seen.length = 0;
});

interface Options {
  net?: object[];
  limits?: Record<string, number>;
  timeout?: number;
  on?: Instance;
}

/** What a fetch that fails says to a script. */
const REASON = 'catch (error) { return `${error.name}: ${error.message}` }';

describe.each(['/execute', '/deno'])('fetch at %s', { timeout: 60_000 }, (path) => {
  const preset = path === '/execute' ? { preset: 'agent' } : {};

  async function run(code: string, options: Options = {}) {
    const { net = [{ host: '127.0.0.1', ports: [target.port] }], on = up, ...rest } = options;
    const body = { ...preset, code: code.replaceAll('TARGET', target.url), permissions: { net } };
    return (await on.post(path, { ...body, ...rest })).body;
  }
  const value = async (code: string, options?: Options) => {
    const body = await run(code, options);
    expect(body.error).toBeUndefined();
    return body.result;
  };
  const refusal = (code: string, options?: Options) => value(`try { ${code} } ${REASON}`, options);

  it('reaches the host and port that it names', async () => {
    const code = `const r = await fetch('TARGET/teapot');
      return [r.status, r.statusText, r.ok, r.url, r.headers.get('x-pot'), await r.text()]`;
    const url = `${target.url}/teapot`;
    expect(await value(code)).toEqual([418, 'Short and stout', false, url, 'tea', '!']);
  });

  it('sends method, headers and body', async () => {
    const code = `const post = (init) => fetch('TARGET/echo?q=1', { method: 'POST', ...init }).then((r) => r.json());
      const json = await post({ body: JSON.stringify({ n: 1 }), headers: { 'content-type': 'application/json', 'x-own': 'ü' } });
      const bytes = await post({ method: 'PUT', body: new Uint8Array(300_000).fill(97) });
      return [json.method, json.path, json.body, json.headers['content-type'], json.headers['x-own'], bytes.method, bytes.body.length]`;
    expect(await value(code)).toEqual([
      'POST',
      '/echo?q=1',
      '{"n":1}',
      'application/json',
      'ü',
      'PUT',
      300_000,
    ]);
  });

  it('says nothing of its own but an agent and whose run it is, and lets no script frame a request', async () => {
    const given = `{ host: 'evil', connection: 'upgrade', 'transfer-encoding': 'chunked', 'proxy-authorization': 'x' }`;
    await refusal(`await fetch('TARGET/', { headers: ${given} }); return 1`);
    await value(`await fetch('TARGET/'); return 1`);
    for (const { headers } of target.seen) {
      expect(headers.host).toBe(`127.0.0.1:${target.port}`);
      const names = Object.keys(headers).filter((name) => !['connection', 'host'].includes(name));
      expect(names.filter((name) => !/^(accept(-.*)?|user-agent|cdn-loop)$/.test(name))).toEqual(
        [],
      );
    }
    expect(target.seen.length).toBeGreaterThan(0);
  });

  it('follows a redirect within its host', async () => {
    const code = `const r = await fetch('TARGET/moved'); return [r.redirected, (await r.json()).path]`;
    expect(await value(code)).toEqual([true, '/there']);
  });

  it.each([
    [
      'a host that it does not name',
      'http://localhost:PORT/',
      'EGRESS_DENIED: localhost is not in permissions.net of this run',
    ],
    [
      'another port of its host',
      'http://127.0.0.1:OTHER/',
      'EGRESS_DENIED: permissions.net names 127.0.0.1, but not its port OTHER',
    ],
    [
      'another spelling of the address',
      'http://0x7f000001:OTHER/',
      'EGRESS_DENIED: permissions.net names 127.0.0.1, but not its port OTHER',
    ],
    [
      'a redirect to a port that it does not name',
      'TARGET/moved-out',
      'EGRESS_DENIED: permissions.net names 127.0.0.1, but not its port OTHER',
    ],
    ['a redirect to a file', 'TARGET/file', 'EGRESS_DENIED: a redirect: '],
    ['redirects without end', 'TARGET/round', 'more than 10 redirects'],
    ['a port where nothing listens', 'http://127.0.0.1:1/', 'nothing accepts connections there'],
  ])('refuses %s, and says so in a sentence', async (_what, url, message) => {
    const filled = (text: string) =>
      text.replace('PORT', String(target.port)).replace('OTHER', String(other.port));
    const net = [{ host: '127.0.0.1', ports: [target.port, 1] }];
    const said = await refusal(`return await fetch('${filled(url)}').then(() => 'reached')`, {
      net,
    });
    expect(said).toMatch(/^TypeError: fetch failed: EGRESS_[A-Z]+: \S/);
    expect(said).toContain(filled(message));
    expect(other.connections).toBe(0);
  });

  it('refuses a method that the rule does not have', async () => {
    const net = [{ host: '127.0.0.1', ports: [target.port], methods: ['GET'] }];
    const said = await refusal(
      `return await fetch('TARGET/', { method: 'DELETE' }).then(() => 1)`,
      { net },
    );
    expect(said).toContain('EGRESS_DENIED: permissions.net does not allow DELETE to 127.0.0.1');
    expect(target.seen).toEqual([]);
  });

  it('refuses everything to a run that names nothing', async () => {
    const said = await refusal(`return await fetch('TARGET/').then(() => 'reached')`, { net: [] });
    expect(said).toBe(
      'TypeError: fetch failed: EGRESS_DENIED: this run has no permission to fetch anything',
    );
  });

  it.each([
    ['an instance that allows no private range', true],
    ['a rule that names no port', false],
  ])('refuses a loopback address: %s', async (_what, isLocked) => {
    const before = target.connections;
    const rule = { host: '127.0.0.1', ports: [target.port] };
    const options = isLocked ? { on: locked, net: [rule] } : { net: [{ host: '127.0.0.1' }] };
    const url = isLocked ? 'TARGET/' : 'http://127.0.0.1/';
    const said = await refusal(`return await fetch('${url}').then(() => 'reached')`, options);
    expect(said).toContain(
      'EGRESS_ADDRESS_DENIED: 127.0.0.1 has an address that this run may not reach',
    );
    expect(said).toContain(isLocked ? '--allow-private' : 'names the host with its port');
    expect(target.connections).toBe(before);
  });

  it('streams: the first piece is there before the last, and an abort reaches the target', async () => {
    const gone = once(abandoned, 'first');
    const code = `const reader = (await fetch('TARGET/first')).body.getReader();
      const { value } = await reader.read();
      await reader.cancel();
      return String.fromCharCode(...value)`;
    expect(await value(code)).toBe('first');
    await gone;
  });

  it('leaves off in the middle of a body without end', async () => {
    const gone = once(abandoned, 'endless');
    const code = `const abort = new AbortController();
      const reader = (await fetch('TARGET/endless', { signal: abort.signal })).body.getReader();
      let size = 0;
      while (size < 1e6) size += (await reader.read()).value.length;
      abort.abort();
      return reader.read().then(() => 'more', (error) => error.name)`;
    expect(await value(code)).toBe('AbortError');
    await gone;
  });

  it('has its requests counted, redirects included', async () => {
    const limits = { requests: 3 };
    const code = `const got = [(await fetch('TARGET/moved')).status, (await fetch('TARGET/a')).status];
      try { await fetch('TARGET/b') } catch (error) { return [...got, error.message] }`;
    expect(await value(code, { limits })).toEqual([
      200,
      200,
      "fetch failed: EGRESS_BUDGET: this run's budget is used up: 3 requests, redirects included",
    ]);
    expect(target.seen.map((request) => request.path)).toEqual(['/there', '/a']);
  });

  it('has its bytes counted', async () => {
    const gone = once(abandoned, 'endless');
    const code = `const reader = (await fetch('TARGET/endless')).body.getReader();
      let size = 0;
      try { for (;;) size += (await reader.read()).value.length }
      catch (error) { return [size > 60e6 && size <= 64 * 2 ** 20, error.message] }`;
    const limits = { bridgeCalls: 100_000, cpuTimeMs: 20_000 };
    expect(await value(code, { limits })).toEqual([
      true,
      `fetch failed: EGRESS_BUDGET: this run's budget is used up: ${64 * MiB} bytes received`,
    ]);
    await gone;
  });

  it('has its calls counted, and a run that makes too many is ended', async () => {
    const code = `for (;;) await fetch('TARGET/').then((r) => r.text())`;
    const { error } = await run(code, { limits: { bridgeCalls: 5 } });
    expect(error).toMatchObject({ type: 'BridgeCalls', code: 'BRIDGE_CALLS_EXCEEDED' });
    expect(target.seen.length).toBeLessThanOrEqual(5);
  });

  it('ends with its run', async () => {
    const gone = once(abandoned, 'first');
    const { error } = await run(`await fetch('TARGET/first').then((r) => r.text())`, {
      timeout: 300,
    });
    expect(error.code).toBe('WALL_TIME_EXCEEDED');
    await gone;
  });

  it('tells of an error that nobody catches what went wrong', async () => {
    const { error } = await run(`await fetch('http://example.com/')`);
    expect(error).toMatchObject({
      code: 'EXCEPTION',
      name: 'TypeError',
      message: 'fetch failed: EGRESS_DENIED: example.com is not in permissions.net of this run',
    });
  });
});

it.each(['minimal', 'compute', 'data'])(
  'the preset %s has no fetch, whatever it names',
  async (preset) => {
    const net = [{ host: '127.0.0.1', ports: [target.port] }];
    const { body } = await up.post('/execute', {
      code: 'return typeof fetch',
      preset,
      permissions: { net },
    });
    expect(body.result).toBe('undefined');
  },
);

it('an egress that is killed is started again, and the next run gets out', async () => {
  const asks = () =>
    up.post('/execute', {
      code: `return (await fetch('${target.url}/')).status`,
      preset: 'agent',
      permissions: { net: [{ host: '127.0.0.1', ports: [target.port] }] },
    });
  expect((await asks()).body.result).toBe(200);
  const [killed] = await up.processesOf('egress');
  process.kill(killed!, 'SIGKILL');
  await expect
    .poll(async () => (await asks()).body.result, { timeout: 30_000, interval: 250 })
    .toBe(200);
  const [next] = await up.processesOf('egress');
  expect(next).not.toBe(killed);
}, 60_000);
