import type { RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { NetRule, RuleCredentials } from '@cofferdam/protocol';
import { issue, issueItself, type Pair } from './certificates.ts';
import { webSocketTarget } from './web-socket-target.ts';
import { counted, dial, target, world, type World } from './world.ts';

const CANARY = 'Bearer canary-5e0b2f';
const HOST = 'home.test';
const OTHER = 'other.test';
const TOKEN: RuleCredentials['headers'] = [['Authorization', CANARY]];

let authority: Pair;
let home: Pair;
let other: Pair;

beforeAll(async () => {
  authority = await issue('An authority of the test');
  [home, other] = await Promise.all([issue(HOST, authority), issue(OTHER, authority)]);
});

const network = (options = {}) =>
  world({ ca: [authority.cert], resolver: async () => ['127.0.0.1'], ...options });

/** A server with TLS that says what `authorization` each of its requests had. */
async function secure(
  listener: RequestListener = (_, response) => response.end('ok'),
  pair = home,
) {
  const seen: (string | undefined)[] = [];
  const server = createSecureServer(pair, (request, response) => {
    seen.push(request.headers.authorization);
    listener(request, response);
  });
  server.on('tlsClientError', () => {});
  const { port } = await counted(server);
  return { port, seen, server, url: `https://${HOST}:${port}` };
}

async function plain(listener: RequestListener = (_, response) => response.end('ok')) {
  const seen: (string | undefined)[] = [];
  const { port } = await target((request, response) => {
    seen.push(request.headers.authorization);
    listener(request, response);
  });
  return { port, seen };
}

const first = (headers = TOKEN, ca?: string): RuleCredentials => ({
  ...{ rule: 0, headers },
  ...(ca === undefined ? {} : { ca }),
});
const open = (out: World, net: NetRule[], ...credentials: RuleCredentials[]) =>
  out.open({ net }, { credentials });
const redirectTo = (url: () => string): RequestListener => {
  return (_, response) => response.writeHead(307, { location: url() }).end();
};

describe('a header that a rule adds', () => {
  it('is on requests that the rule covers, by the name it was given', async () => {
    const seen = await secure();
    const out = await network();
    const ticket = await open(out, [{ host: HOST, ports: [seen.port] }], first());
    expect(await out.fetch(ticket, { url: seen.url }).text()).toBe('ok');
    expect(seen.seen).toEqual([CANARY]);
  });

  it('replaces what the guest says by that name, in any case and however often', async () => {
    const heads: string[][] = [];
    const seen = await secure(({ rawHeaders }, response) => {
      heads.push(rawHeaders.filter((_, i) => /^auth/i.test(rawHeaders[i - (i % 2)]!)));
      response.end();
    });
    const out = await network();
    const ticket = await open(out, [{ host: HOST, ports: [seen.port] }], first());
    const headers: [string, string][] = [
      ['authorization', 'mine'],
      ['AUTHORIZATION', 'mine too'],
    ];
    await out.fetch(ticket, { url: seen.url, headers }).text();
    expect(heads).toEqual([['Authorization', CANARY]]);
  });

  it.each<[string, Partial<NetRule>, string, string]>([
    ['another method', { methods: ['GET'] }, 'POST', '/api/x'],
    ['another path', { paths: ['/api'] }, 'GET', '/apix'],
    ['another port', { ports: [1] }, 'GET', '/api'],
    ['another host', { host: OTHER }, 'GET', '/api'],
  ])('is not on a request with %s', async (_what, narrower, method, path) => {
    const seen = await secure();
    const out = await network();
    const wide = { host: HOST, ports: [seen.port] };
    const ticket = await open(out, [{ ...wide, ...narrower } as NetRule, wide], first());
    const own: [string, string][] = [['authorization', 'own']];
    await out.fetch(ticket, { url: seen.url + path, method, headers: own }).text();
    expect(seen.seen).toEqual(['own']);
  });

  it('is that of the first rule, where two have one', async () => {
    const seen = await secure();
    const out = await network();
    const net = [
      { host: HOST, ports: [seen.port], methods: ['GET' as const] },
      { host: HOST, ports: [seen.port] },
    ];
    const second: RuleCredentials = { rule: 1, headers: [['authorization', 'second']] };
    const ticket = await open(out, net, second, first());
    await out.fetch(ticket, { url: seen.url }).text();
    await out.fetch(ticket, { url: seen.url, method: 'DELETE' }).text();
    expect(seen.seen).toEqual([CANARY, 'second']);
  });

  it('is on the handshake of a WebSocket, and tells its runner nothing', async () => {
    const secured = createSecureServer(home);
    const { port } = await counted(secured);
    const heads: unknown[] = [];
    new WebSocketServer({ server: secured }).on('connection', (socket, { headers }) => {
      heads.push(headers.authorization);
      socket.close(1000);
    });
    const out = await network();
    const ticket = await open(out, [{ host: HOST, ports: [port] }], first());
    const events: unknown[] = [];
    const call = out.runner.call(
      'websocket',
      { ticket, url: `wss://${HOST}:${port}/`, protocols: [] },
      { deadlineMs: 10_000, onEvent: (event) => events.push(event) },
    );
    const use = await call.reply;
    expect(heads).toEqual([CANARY]);
    expect(JSON.stringify([use, events])).not.toContain('canary');
  });
});

describe('a header in the clear', () => {
  const ask = async (rule: (port: number) => NetRule, ca?: string) => {
    const seen = await plain();
    const out = await network();
    const ticket = await open(
      out,
      [rule(seen.port), { host: HOST, ports: [seen.port] }],
      first(TOKEN, ca),
    );
    await out.fetch(ticket, { url: `http://${HOST}:${seen.port}/` }).text();
    return seen.seen;
  };

  it('is sent to a private host that its rule names with the port', async () => {
    expect(await ask((port) => ({ host: HOST, ports: [port] }))).toEqual([CANARY]);
  });

  it('is not sent where a pattern or an authority is named', async () => {
    expect(await ask((port) => ({ host: '*.test', ports: [port] }))).toEqual([undefined]);
    expect(await ask((port) => ({ host: HOST, ports: [port] }), authority.cert)).toEqual([
      undefined,
    ]);
  });

  it('is on the handshake of a WebSocket there', async () => {
    const seen = await webSocketTarget((socket) => socket.close(1000));
    const out = await network();
    const ticket = await open(out, [{ host: HOST, ports: [seen.port] }], first());
    const url = `ws://${HOST}:${seen.port}/`;
    await out.runner.call('websocket', { ticket, url, protocols: [] }, { deadlineMs: 10_000 })
      .reply;
    expect(seen.headers.map(({ authorization }) => authorization)).toEqual([CANARY]);
  });
});

describe('a redirect', () => {
  it('takes no added header to a host that the rule does not cover', async () => {
    const end = await secure(undefined, other);
    const seen = await secure(redirectTo(() => `https://${OTHER}:${end.port}/`));
    const out = await network();
    const net = [
      { host: HOST, ports: [seen.port] },
      { host: OTHER, ports: [end.port] },
    ];
    const ticket = await open(out, net, first([...TOKEN, ['X-Api-Key', CANARY]]));
    const fetched = out.fetch(ticket, { url: seen.url, headers: [['x-api-key', 'own']] });
    expect(await fetched.text()).toBe('ok');
    expect([seen.seen, end.seen]).toEqual([[CANARY], [undefined]]);
  });

  it('takes none to another port or path of the same host, and adds it anew where it is covered', async () => {
    const hops: string[] = [];
    const seen = await secure(({ url, headers }, response) => {
      hops.push(`${url} ${headers.authorization}`);
      const next = { '/in': '/out', '/out': '/in/again' }[url!];
      if (next === undefined) response.end();
      else response.writeHead(302, { location: next }).end();
    });
    const out = await network();
    const port = { host: HOST, ports: [seen.port] };
    const ticket = await open(out, [{ ...port, paths: ['/in'] }, port], first());
    await out.fetch(ticket, { url: `${seen.url}/in` }).text();
    expect(hops).toEqual([`/in ${CANARY}`, '/out undefined', `/in/again ${CANARY}`]);
  });

  it('hands what it was given to no one who follows it by hand', async () => {
    const seen = await secure(redirectTo(() => `https://${OTHER}/`));
    const out = await network();
    const ticket = await open(out, [{ host: HOST, ports: [seen.port] }], first());
    const head = await out.fetch(ticket, { url: seen.url, redirect: 'manual' }).head;
    expect(JSON.stringify(head)).not.toContain('canary');
  });
});

describe('what is said of a credential', () => {
  it('is nothing in errors, figures and the log, whatever the target does', async () => {
    const rude: RequestListener[] = [
      ({ socket }) => socket.destroy(),
      (_, response) => response.socket!.end('HTTP/1.1 no\r\n\r\n'),
      (_, response) => response.writeHead(200, { 'x-large': 'x'.repeat(60_000) }).end(),
      (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip'),
      redirectTo(() => 'https://nowhere.test/'),
      redirectTo(() => 'ftp://home.test/'),
      redirectTo(() => `https://user:pass@${HOST}/`),
    ];
    let step = 0;
    const seen = await secure((request, response) => rude[step++]!(request, response));
    const faults: unknown[] = [];
    const out = await network({ onFault: (error: unknown) => faults.push(error) });
    const ticket = await open(out, [{ host: HOST, ports: [seen.port] }], first());
    const said: string[] = [];
    for (const _ of rude) {
      const error = await out
        .fetch(ticket, { url: seen.url })
        .use.catch((failed: unknown) => failed);
      said.push(`${String(error)} ${JSON.stringify(error)} ${(error as Error).stack}`);
    }
    expect(seen.seen).toEqual(rude.map(() => CANARY));
    expect(said.every((text) => /EGRESS_/.test(text))).toBe(true);
    const use = await out.close(ticket);
    expect(use.requests).toBeGreaterThanOrEqual(rude.length);
    expect(JSON.stringify([said, faults, use])).not.toContain('canary');
  });

  it('is not how long it is: it is no byte of the run’s', async () => {
    const seen = await secure();
    const out = await network();
    const net = [{ host: HOST, ports: [seen.port] }];
    const bare = await open(out, net);
    const short = await open(out, net, first([['Authorization', 'x']]));
    const long = await open(out, net, first([['Authorization', 'x'.repeat(4_000)]]));
    const uses = await Promise.all(
      [bare, short, long].map((ticket) => out.fetch(ticket, { url: seen.url }).use),
    );
    expect(new Set(uses.map(({ bytesUp }) => bytesUp)).size).toBe(1);
  });

  it('is added for nobody who is not the ticket’s runner', async () => {
    const seen = await secure();
    const out = await network();
    const ticket = await open(out, [{ host: HOST, ports: [seen.port] }], first());
    await out.fetch(ticket, { url: seen.url }).text();
    const thief = await dial(out.socket);
    await expect(out.fetch(ticket, { url: seen.url }, { from: thief }).use).rejects.toMatchObject({
      code: 'EGRESS_TICKET',
    });
    await out.close(ticket);
    await expect(out.fetch(ticket, { url: seen.url }).use).rejects.toMatchObject({
      code: 'EGRESS_TICKET',
    });
    expect(seen.seen).toEqual([CANARY]);
  });
});

describe('credentials that are none', () => {
  const BAD: [string, RuleCredentials][] = [
    ['a line break', first([['x-key', 'canary\r\nhost: evil']])],
    ['bytes beyond ASCII', first([['x-key', 'canaryé']])],
    ['no name of a header', first([['x key', 'canary']])],
    ['a header of the connection', first([['Connection', 'canary']])],
    ['the host', first([['host', 'canary']])],
    ['a length', first([['Content-Length', '5canary']])],
    ['a proxy’s header', first([['proxy-authorization', 'canary']])],
    ['a WebSocket’s own header', first([['Sec-WebSocket-Key', 'canary']])],
    ['a header of ours', first([['CDN-Loop', 'canary']])],
    ['a value that is too long', first([['x-key', 'canary'.repeat(2_000)]])],
    ['an authority that is none', first([], 'canary')],
    ['a certificate that is none', first([], authorityLike())],
    ['a rule beyond all', { rule: 64, headers: [] }],
  ];

  it.each(BAD)('open no ticket: %s', async (_what, credentials) => {
    const out = await world();
    const opened = open(out, [{ host: HOST }], credentials);
    const error = await opened.catch((failed: unknown) => failed);
    expect(error).toMatchObject({ code: 'INVALID_INPUT' });
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('canary');
  });
});

function authorityLike(): string {
  return `-----BEGIN CERTIFICATE-----\n${Buffer.from('canary').toString('base64')}\n-----END CERTIFICATE-----`;
}

describe('an authority that a rule names', () => {
  it('is trusted for its host, and nobody’s certificate is before', async () => {
    const seen = await secure();
    const out = await world({ resolver: async () => ['127.0.0.1'] });
    const net = [{ host: HOST, ports: [seen.port] }];
    const without = await open(out, net, first());
    await expect(out.fetch(without, { url: seen.url }).use).rejects.toThrow('unknown authority');
    const ticket = await open(out, net, first(TOKEN, authority.cert));
    expect(await out.fetch(ticket, { url: seen.url }).text()).toBe('ok');
    expect(seen.seen).toEqual([CANARY]);
  });

  it('may be a certificate that a device has made for itself', async () => {
    const device = await issueItself(HOST);
    const seen = await secure(undefined, device);
    const out = await world({ resolver: async () => ['127.0.0.1'] });
    const ticket = await open(out, [{ host: HOST, ports: [seen.port] }], first(TOKEN, device.cert));
    expect(await out.fetch(ticket, { url: seen.url }).text()).toBe('ok');
  });

  it('is trusted instead of all others', async () => {
    const seen = await secure();
    const stranger = await issue('Another authority');
    const out = await network();
    const ticket = await open(
      out,
      [{ host: HOST, ports: [seen.port] }],
      first(TOKEN, stranger.cert),
    );
    await expect(out.fetch(ticket, { url: seen.url }).use).rejects.toThrow('unknown authority');
    expect(seen.seen).toEqual([]);
  });

  it('is trusted for no host, port, method or path of another rule, and shares no connection', async () => {
    const seen = await secure();
    const away = await secure(undefined, other);
    const out = await world({ resolver: async () => ['127.0.0.1'] });
    const port = { host: HOST, ports: [seen.port] };
    const net: NetRule[] = [
      { ...port, methods: ['GET'], paths: ['/in'] },
      port,
      { host: OTHER, ports: [away.port] },
    ];
    const ticket = await open(out, net, first([], authority.cert));
    expect(await out.fetch(ticket, { url: `${seen.url}/in` }).text()).toBe('ok');
    const asks = [
      { url: `${seen.url}/in`, method: 'POST' },
      { url: `${seen.url}/out` },
      { url: `https://${OTHER}:${away.port}/` },
    ];
    for (const ask of asks) {
      await expect(out.fetch(ticket, ask).use).rejects.toThrow('unknown authority');
    }
    expect([seen.seen.length, away.seen.length]).toEqual([1, 0]);
  });

  it('vouches for the names in its certificates alone', async () => {
    const seen = await secure(undefined, other);
    const out = await network();
    const ticket = await open(
      out,
      [{ host: HOST, ports: [seen.port] }],
      first(TOKEN, authority.cert),
    );
    await expect(out.fetch(ticket, { url: seen.url }).use).rejects.toThrow('for another name');
    expect(seen.seen).toEqual([]);
  });

  it('is trusted for a WebSocket', async () => {
    const secured = createSecureServer(home);
    const { port } = await counted(secured);
    new WebSocketServer({ server: secured }).on('connection', (socket) => socket.close(1000));
    const out = await world({ resolver: async () => ['127.0.0.1'] });
    const net = [{ host: HOST, ports: [port] }];
    const call = (ticket: string) =>
      out.runner.call(
        'websocket',
        { ticket, url: `wss://${HOST}:${port}/`, protocols: [] },
        { deadlineMs: 10_000 },
      ).reply;
    await expect(call(await open(out, net))).rejects.toThrow('unknown authority');
    expect(await call(await open(out, net, first([], authority.cert)))).toHaveProperty('bytesUp');
  });
});
