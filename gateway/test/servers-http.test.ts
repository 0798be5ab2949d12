import { once } from 'node:events';
import { connect } from 'node:net';
import { RESERVED_SEGMENTS } from '@cofferdam/protocol';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { catalogueDirectory, httpRig, send } from './http-rig.ts';
import { serverRig, serverScript, type ServerRig } from './server-rig.ts';

const TOKEN = 'a-token-that-is-long-enough-0123456789';
const AUTH = { authorization: `Bearer ${TOKEN}` };
const ECHO = `serve({
  fetch(request, server) {
    const { pathname } = new URL(request.url);
    if (request.headers.get('upgrade') === 'websocket') {
      if (pathname === '/refuse') return new Response('no', { status: 403 });
      if (server.upgrade(request, { headers: { 'sec-websocket-protocol': 'b' } })) return;
    }
    if (pathname === '/hostile') return new Response('<script>', { headers: [
      ['content-type', 'text/html'], ['set-cookie', 'a=1'], ['set-cookie', 'b=2; Domain=example.com'],
      ['content-length', '1'], ['transfer-encoding', 'chunked'], ['connection', 'x-hop'], ['x-hop', '1'],
      ['strict-transport-security', 'max-age=9'], ['clear-site-data', '"*"'], ['alt-svc', 'h3=":1"'],
      ['service-worker-allowed', '/'], ['x-request-id', 'mine'], ['x-cofferdam-x', '1'], ['x-own', 'kept'],
      ['content-security-policy', "default-src 'none'"],
    ] });
    if (pathname === '/read') return request.text().then((text) => new Response(String(text.length)));
    if (pathname === '/throw') throw new Error('the password is swordfish');
    return Response.json({ url: request.url, headers: Object.fromEntries(request.headers) });
  },
  websocket: {
    message(ws, data) {
      if (data === 'close') return ws.close(4001, 'as asked');
      ws.send(data);
    },
    close(ws, code, reason) { console.log('closed', code, reason); },
  },
});`;

let rig: ServerRig;
beforeAll(async () => {
  rig = await serverRig({ authToken: TOKEN, corsOrigins: 'https://app.example', bodyLimit: 2_048 });
  const at = (name: string, route: object) =>
    serverScript(ECHO, { name, server: { route: { auth: 'token', path: '/', ...route } } });
  rig.publish(
    at('shop', { path: '/shop' }),
    at('inner', { path: '/shop/inner', auth: 'none' }),
    at('open', { path: '/open', auth: 'none' }),
    at('host', { host: 'host.localhost', auth: 'none' }),
    at('part', { host: 'part.localhost', path: '/p', auth: 'none' }),
    at('foreign', { host: 'api.example.com', auth: 'none' }),
    at('reserved', { path: '/execute', auth: 'none' }),
    serverScript(ECHO, { name: 'plain' }),
  );
  await rig.get('/open/');
}, 60_000);
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
});

const onHost = (host: string, path: string, headers: Record<string, string> = {}) =>
  send(rig.url + path, { headers: { host, ...headers } });

describe('where a server answers', () => {
  it.each([
    ['/shop', AUTH, '/', '/shop'],
    ['/shop/a%2Fb/?q=%zz', AUTH, '/a%2Fb/?q=%zz', '/shop'],
    ['/shop/inner/x', {}, '/x', '/shop/inner'],
    ['/shop/../shop', AUTH, '/shop', '/shop'],
    ['/shop//evil.example/', AUTH, '//evil.example/', '/shop'],
    [
      '/v1/namespaces/default/scripts/plain/server/-',
      AUTH,
      '/-',
      '/v1/namespaces/default/scripts/plain/server',
    ],
  ])('%s', async (path, headers, rest, prefix) => {
    // As a client writes it that makes nothing better of it.
    const socket = connect(Number(new URL(rig.url).port), '127.0.0.1');
    const lines = Object.entries({ ...headers, host: 'me', connection: 'close' }).map((line) =>
      line.join(': '),
    );
    socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text).toContain(`"url":"http://me${rest}"`);
    expect(text).toContain(`"x-forwarded-prefix":"${prefix}"`);
  });

  it('is what its host says, for every path and for no other host', async () => {
    const { body } = await onHost('HOST.localhost.:5900', '/execute?a=1');
    expect(body.url).toBe('http://host.localhost.:5900/execute?a=1');
    expect(body.headers).not.toHaveProperty('x-forwarded-prefix');
    expect((await onHost('part.localhost', '/p/x')).body.url).toBe('http://part.localhost/x');
    // The API is not at the host of a server, whatever the path.
    for (const path of ['/health', '/v1/scripts', '/open/', '/q']) {
      // eslint-disable-next-line no-await-in-loop
      expect((await onHost('part.localhost', path, AUTH)).status).toBe(404);
    }
    expect((await onHost('other.localhost', '/health')).body).toHaveProperty('versions');
  });

  it('is no host that the instance does not allow, and no path of the API', async () => {
    expect((await onHost('api.example.com', '/', AUTH)).status).toBe(404);
    expect((await onHost('api.example.com', '/health')).body).toHaveProperty('versions');
    expect((await rig.get('/execute', AUTH)).status).toBe(405);
    const { paths } = (await rig.get('/openapi.json')).body as { paths: object };
    const segments = new Set(Object.keys(paths).map((path) => path.split('/')[1]));
    expect(
      [...segments].filter((one) => !RESERVED_SEGMENTS.some((known) => known === one)),
    ).toEqual([]);
    for (const segment of RESERVED_SEGMENTS) {
      // eslint-disable-next-line no-await-in-loop
      expect((await rig.get(`/${segment}`, AUTH)).body?.error?.code).not.toBe('SERVER_FAILED');
    }
  });

  it('is for who may run the script, unless it is open', async () => {
    expect((await rig.get('/shop/')).status).toBe(401);
    expect((await rig.get('/shop/', { authorization: 'Bearer wrong' })).status).toBe(403);
    expect((await rig.get('/open/')).status).toBe(200);
    expect((await rig.get('/v1/namespaces/default/scripts/open/server/')).status).toBe(401);
    expect((await rig.get('/v1/namespaces/default/scripts/open/server')).status).toBe(401);
    expect((await rig.get('/v1/namespaces/default/scripts/none/server/', AUTH)).status).toBe(404);
  });
});

describe('what a server is told', () => {
  it('is who asks, and neither the token of this gateway nor a cookie of its origin', async () => {
    const sent = {
      ...AUTH,
      ...{
        cookie: 'sso=1',
        'x-own': 'kept',
        'x-forwarded-for': '10.1.1.1',
        'x-forwarded-proto': 'https',
      },
      ...{
        connection: 'x-hop',
        'x-hop': '1',
        te: 'trailers',
        'x-cofferdam-namespace': 'a',
        forwarded: 'for=x',
      },
    };
    const { body } = await rig.get('/shop/', sent);
    expect(body.headers).toMatchObject({
      ...{
        'x-own': 'kept',
        'x-forwarded-for': '10.1.1.1, 127.0.0.1',
        'x-forwarded-proto': 'https',
      },
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-/) as string,
    });
    for (const name of [
      'authorization',
      'cookie',
      'x-hop',
      'te',
      'forwarded',
      'x-cofferdam-namespace',
    ]) {
      expect(body.headers).not.toHaveProperty(name);
    }
    expect(body.url).toMatch(/^https:/);
    const own = await rig.get('/open/', sent);
    expect(own.body.headers).toMatchObject({ authorization: AUTH.authorization });
    const host = await onHost('host.localhost', '/', sent);
    expect(host.body.headers).toMatchObject({ cookie: 'sso=1' });
  });

  it('is no body larger than may be', async () => {
    const post = (body: string, headers: Record<string, string>) =>
      send(`${rig.url}/open/read`, { method: 'POST', headers }, body);
    const chunked = { 'transfer-encoding': 'chunked' };
    expect((await post('x'.repeat(2_048), {})).text).toBe('2048');
    expect((await post('x'.repeat(2_049), {})).status).toBe(413);
    expect((await post('x'.repeat(2_048), chunked)).text).toBe('2048');
    expect((await post('x'.repeat(9_000), chunked)).text).toContain('BODY_TOO_LARGE');
  });
});

describe('a hostile answer', () => {
  it('says nothing for the whole origin of the API, and nothing of the connection', async () => {
    const { headers, text } = await rig.get('/shop/hostile', AUTH);
    expect(text).toBe('<script>');
    expect(headers).toMatchObject({ 'x-own': 'kept', 'x-content-type-options': 'nosniff' });
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none', sandbox (?!.*same-origin)/,
    );
    expect(headers['x-request-id']).not.toBe('mine');
    expect(headers['content-length']).not.toBe('1');
    const refused = [
      'set-cookie',
      'strict-transport-security',
      'clear-site-data',
      'alt-svc',
      'x-hop',
    ];
    for (const name of [...refused, 'service-worker-allowed', 'x-cofferdam-x']) {
      expect(headers).not.toHaveProperty(name);
    }
  });

  it('may set the cookies of its own host, and no other’s', async () => {
    const { headers } = await onHost('host.localhost', '/hostile');
    expect(headers['set-cookie']).toEqual(['a=1']);
    expect(headers['content-security-policy']).toBe("default-src 'none'");
    expect(headers).not.toHaveProperty('alt-svc');
  });

  it('tells strangers nothing of what the script threw', async () => {
    expect((await rig.get('/shop/throw', AUTH)).text).toContain('swordfish');
    const { status, text } = await rig.get('/open/throw');
    expect([status, text.includes('swordfish')]).toEqual([502, false]);
  });

  it('has no word of the CORS of the API, which has none of its', async () => {
    const { headers } = await rig.get('/open/', { origin: 'https://app.example' });
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    const api = await rig.get('/health', { origin: 'https://app.example' });
    expect(api.headers['access-control-allow-origin']).toBe('https://app.example');
    const asked = { origin: 'https://x.example', 'access-control-request-method': 'PUT' };
    const preflight = await send(`${rig.url}/open/`, { method: 'OPTIONS', headers: asked });
    expect(preflight.status).toBe(200);
  });
});

describe('without a token', () => {
  it('pages of other origins are refused where the user of the machine is asked for', async () => {
    await using open = await httpRig();
    open.gateway.attachScripts(catalogueDirectory(open.gateway));
    const server = { route: { path: '/shop', auth: 'token' as const }, suspended: true };
    open.gateway.core.catalogue.publish({ version: 1, scripts: [serverScript(ECHO, { server })] });
    const own = open.url.replace('http://', '');
    const post = async (origin: string) => (await open.post('/shop/', 'x', { origin })).status;
    expect(await post('https://evil.example')).toBe(403);
    expect(await post('null')).toBe(403);
    expect(await post(`http://${own}`)).toBe(503);
    expect((await open.get('/shop/')).status).toBe(503);
  });
});

describe('a WebSocket', () => {
  const open = async (path: string, protocols: string[] = [], headers = {}) => {
    const socket = new WebSocket(`${rig.url.replace('http', 'ws')}${path}`, protocols, { headers });
    await once(socket, 'open');
    return socket;
  };
  const said = (name: string) => rig.status(name).logs.map(({ message }) => message);

  it('goes to and fro, with the subprotocol that the script chose', async () => {
    const socket = await open('/open/ws', ['a', 'b'], { origin: 'https://anywhere.example' });
    expect(socket.protocol).toBe('b');
    const big = Buffer.alloc(300_000, 'z');
    socket.send('hello');
    expect(String((await once(socket, 'message'))[0])).toBe('hello');
    socket.send(big);
    const [data, isBinary] = (await once(socket, 'message')) as [Buffer, boolean];
    expect([isBinary, data.equals(big)]).toEqual([true, true]);
    expect(rig.status('open').instances[0]!.sockets).toBe(1);
    socket.close(4000, 'enough');
    await vi.waitUntil(() => said('open').includes('closed 4000 enough'));
    await vi.waitUntil(() => rig.status('open').instances[0]!.sockets === 0);
  });

  it('is closed by the script as it says', async () => {
    const socket = await open('/open/ws');
    socket.send('close');
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect([code, String(reason)]).toEqual([4001, 'as asked']);
  });

  it('that the script refuses is answered as any request is', async () => {
    const refusal = (path: string, headers = {}) =>
      new Promise<number>((resolve) => {
        const socket = new WebSocket(`${rig.url.replace('http', 'ws')}${path}`, { headers });
        socket.on('error', () => {});
        socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode!));
      });
    expect(await refusal('/open/refuse')).toBe(403);
    expect(await refusal('/shop/ws')).toBe(401);
    expect(await refusal('/shop/ws', { ...AUTH, origin: 'https://evil.example' })).toBe(403);
  });

  it('whose handshake is none leaves nothing open', async () => {
    const before = rig.status('open').instances[0]!;
    expect(before.sockets).toBe(0);
    const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
    const { status } = await send(`${rig.url}/open/ws`, { headers });
    expect(status).toBe(400);
    await vi.waitUntil(() => {
      const [now] = rig.status('open').instances;
      return now!.requests > before.requests && now!.sockets === 0 && now!.inFlight === 0;
    });
  });

  it('is torn down with its server', async () => {
    const socket = await open('/shop/inner/ws');
    const closed = once(socket, 'close');
    rig.publish();
    expect((await closed)[0]).toBeOneOf([1001, 1006, 1011]);
  });
});
