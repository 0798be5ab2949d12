import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSafeFetch, type SafeFetchOptions, type SafeFetchTarget } from '../src/index.ts';
import { safeFetchBy } from '../src/safe-fetch/create-safe-fetch.ts';
import { readSafeFetchOptions } from '../src/safe-fetch/options.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const routes: Record<string, Answer> = {
  '/hello': (_request, response) => response.setHeader('x-own', 'yes').end('hello'),
  '/echo': (request, response) => void request.pipe(response),
  '/headers': (request, response) => response.end(JSON.stringify(request.headers)),
  '/large': (_request, response) => response.end('x'.repeat(100_000)),
  '/silent': () => {},
  '/drip': (_request, response) => void response.write('begun'),
};
const servers: Server[] = [];
let here = '';
let there = '';

async function listening(): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://x');
    const to = searchParams.get('to');
    if (pathname === '/redirect') response.writeHead(302, { location: to! }).end();
    else if (pathname === '/loop') response.writeHead(302, { location: '/loop' }).end();
    else (routes[pathname] ?? routes['/hello']!)(request, response);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  here = await listening();
  there = await listening();
});
afterAll(() => {
  for (const server of servers) server.closeAllConnections();
  for (const server of servers) server.close();
});

const yes = { policy: () => true, allowPrivateAddresses: true };

function safeFetch(options: Partial<SafeFetchOptions> = {}) {
  return createSafeFetch({ ...yes, ...options });
}

describe('a safe fetch', () => {
  it('answers as fetch does', async () => {
    const fetch = safeFetch();
    const response = await fetch(`${here}/hello#part`);
    expect(response).toBeInstanceOf(Response);
    expect([response.status, response.redirected, response.url]).toEqual([
      200,
      false,
      `${here}/hello`,
    ]);
    expect(response.headers.get('x-own')).toBe('yes');
    expect(await response.text()).toBe('hello');
    const echoed = await fetch(new Request(`${here}/echo`, { method: 'POST', body: 'sent' }));
    expect(await echoed.text()).toBe('sent');
    expect((await fetch(new URL(`${here}/hello`), { method: 'HEAD' })).body).toBeNull();
  });

  it('asks the policy about the request and every redirect, and does not what it refuses', async () => {
    const asked: SafeFetchTarget[] = [];
    const fetch = safeFetch({
      policy: async (target) =>
        asked.push(target) > 0 && target.port !== Number(new URL(there).port),
    });
    const response = await fetch(`${here}/redirect?to=/hello`);
    expect([response.redirected, response.url, await response.text()]).toEqual([
      true,
      `${here}/hello`,
      'hello',
    ]);
    expect(asked).toMatchObject([
      { url: `${here}/redirect?to=/hello`, host: '127.0.0.1', protocol: 'http:', method: 'GET' },
      { url: `${here}/hello`, port: Number(new URL(here).port) },
    ]);
    await expect(fetch(`${here}/redirect?to=${there}/hello`)).rejects.toMatchObject({
      code: 'EGRESS_DENIED',
    });
    await expect(fetch(`${there}/hello`)).rejects.toThrow('the policy refuses GET 127.0.0.1:');
  });

  it.each([
    ['answers nothing', 'refuses', () => undefined as never],
    ['answers what is only like true', 'refuses', () => 1 as never],
    [
      'throws',
      'broken',
      () => {
        throw new RangeError('broken');
      },
    ],
    ['rejects', 'broken', () => Promise.reject(new RangeError('broken'))],
  ])('refuses where the policy %s', async (_name, message, policy) => {
    await expect(safeFetch({ policy })(`${here}/hello`)).rejects.toThrow(message);
  });

  it('takes credentials to no other origin', async () => {
    const headers = { authorization: 'Bearer x', cookie: 'a=b', 'x-own': 'stays' };
    const fetch = safeFetch();
    const across = await fetch(`${here}/redirect?to=${there}/headers`, { headers });
    const seen = (await across.json()) as Record<string, string>;
    expect([seen.authorization, seen.cookie, seen['x-own']]).toEqual([
      undefined,
      undefined,
      'stays',
    ]);
    const same = (await (
      await fetch(`${here}/redirect?to=/headers`, { headers })
    ).json()) as Record<string, string>;
    expect(same.authorization).toBe('Bearer x');
  });

  it('follows so many redirects, none where it is told so, and none to other protocols', async () => {
    await expect(safeFetch({ maxRedirects: 3 })(`${here}/loop`)).rejects.toThrow(
      'more than 3 redirects',
    );
    await expect(safeFetch({ maxRedirects: 0 })(`${here}/redirect?to=/hello`)).rejects.toThrow(
      'redirects',
    );
    const manual = await safeFetch()(`${here}/loop`, { redirect: 'manual' });
    expect([manual.status, manual.headers.get('location')]).toEqual([302, '/loop']);
    await expect(safeFetch()(`${here}/loop`, { redirect: 'error' })).rejects.toThrow(
      'follows none',
    );
    await expect(safeFetch()(`${here}/redirect?to=file:///etc/passwd`)).rejects.toThrow(
      'no address',
    );
    for (const url of ['file:///etc/passwd', 'data:text/plain,x', 'ftp://127.0.0.1/']) {
      // eslint-disable-next-line no-await-in-loop
      await expect(safeFetch()(url)).rejects.toMatchObject({ code: 'EGRESS_DENIED' });
    }
    await expect(safeFetch()('http://user:secret@127.0.0.1/')).rejects.toThrow('credentials');
  });

  it('reads so many bytes, and takes so long', async () => {
    const large = await safeFetch({ maxResponseBytes: 1_000 })(`${here}/large`);
    await expect(large.text()).rejects.toThrow('larger');
    expect(
      await (await safeFetch({ maxResponseBytes: 100_000 })(`${here}/large`)).text(),
    ).toHaveLength(100_000);
    await expect(safeFetch({ timeoutMs: 50 })(`${here}/silent`)).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    const dripping = await safeFetch({ timeoutMs: 1_000 })(`${here}/drip`);
    await expect(dripping.text()).rejects.toMatchObject({ name: 'TimeoutError' });
    const hanging = safeFetch({ timeoutMs: 50, policy: () => new Promise(() => {}) });
    await expect(hanging(`${here}/hello`)).rejects.toMatchObject({ name: 'TimeoutError' });
    const abort = new AbortController();
    const given = safeFetch()(`${here}/silent`, { signal: abort.signal });
    abort.abort(new RangeError('enough'));
    await expect(given).rejects.toThrow('enough');
  });

  it('knows no proxy of the environment', async () => {
    process.env.HTTP_PROXY = process.env.http_proxy = there;
    try {
      const seen = (await (await safeFetch()(`${here}/headers`)).json()) as Record<string, string>;
      expect(seen.host).toBe(new URL(here).host);
    } finally {
      delete process.env.HTTP_PROXY;
      delete process.env.http_proxy;
    }
  });

  it('is refused wrong options by their name', () => {
    expect(() => createSafeFetch({} as never)).toThrow('policy is missing');
    expect(() => createSafeFetch({ ...yes, maxRedirects: -1 })).toThrow('maxRedirects');
    expect(() => createSafeFetch({ ...yes, allowAll: true } as never)).toThrow("'allowAll'");
  });
});

describe('an address that is not public', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f.0.0.1/',
    'http://0177.0.0.1/',
    'http://127.0.0.1./',
    'http://①②⑦.⓪.⓪.①/',
    'http://0.0.0.0/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[::127.0.0.1]/',
    'http://10.0.0.1/',
    'http://192.168.1.1/',
    'http://100.64.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/',
    'http://[fe80::1]/',
    'http://localhost/',
  ])('is refused: %s', async (url) => {
    const fetch = createSafeFetch({ policy: () => true });
    await expect(fetch(url)).rejects.toMatchObject({ code: 'EGRESS_ADDRESS_DENIED' });
  });

  it.each([
    'http://169.254.169.254/',
    'http://100.100.100.200/',
    'http://[fd00:ec2::254]/',
    'http://0.0.0.0/',
  ])('is refused even where private ones are allowed: %s', async (url) => {
    await expect(safeFetch()(url)).rejects.toMatchObject({ code: 'EGRESS_ADDRESS_DENIED' });
  });

  it('is refused where a redirect leads to it', async () => {
    const lookups: string[] = [];
    const lookup = async (host: string) => {
      lookups.push(host);
      return ['127.0.0.1'];
    };
    // The first host is let through as private; the redirect goes to a metadata service.
    const fetch = safeFetchBy(lookup, readSafeFetchOptions(yes));
    const { port } = new URL(here);
    const url = `http://first.test:${port}/redirect?to=http://169.254.169.254/`;
    await expect(fetch(url)).rejects.toMatchObject({ code: 'EGRESS_ADDRESS_DENIED' });
    expect(lookups).toEqual(['first.test']);
  });

  it('is refused where it is one of several, and a name is asked for once', async () => {
    const several = safeFetchBy(
      async () => ['8.8.8.8', '10.0.0.1'],
      readSafeFetchOptions({ policy: () => true }),
    );
    await expect(several('http://mixed.test/')).rejects.toMatchObject({
      code: 'EGRESS_ADDRESS_DENIED',
    });
    let asked = 0;
    // A name that answers another address the second time: nobody asks a second time.
    const rebinding = async () => (++asked === 1 ? ['127.0.0.1'] : ['169.254.169.254']);
    const fetch = safeFetchBy(rebinding, readSafeFetchOptions(yes));
    const { port } = new URL(here);
    const response = await fetch(`http://rebound.test:${port}/headers`);
    expect(((await response.json()) as Record<string, string>).host).toBe(`rebound.test:${port}`);
    expect(asked).toBe(1);
    await expect(fetch(`http://rebound.test:${port}/`)).rejects.toMatchObject({
      code: 'EGRESS_ADDRESS_DENIED',
    });
  });

  it('is told from a host that has none, or does not answer', async () => {
    const fetch = safeFetchBy(async () => [], readSafeFetchOptions(yes));
    await expect(fetch('http://none.test/')).rejects.toMatchObject({ code: 'EGRESS_FAILED' });
    const failing = safeFetchBy(
      () => Promise.reject(new Error('ENOTFOUND')),
      readSafeFetchOptions(yes),
    );
    await expect(failing('http://none.test/')).rejects.toThrow('none.test could not be reached');
  });
});
