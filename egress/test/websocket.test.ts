import { once } from 'node:events';
import { createServer as createSecureServer } from 'node:https';
import { generate } from 'selfsigned';
import { describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { echo, webSocketTarget as serve } from './web-socket-target.ts';
import {
  closePart,
  encodeSocketPart,
  MAX_SOCKET_MESSAGE_BYTES,
  readClose,
  readSocketParts,
  socketParts,
  type OutgoingCall,
  type SocketKind,
} from '@cofferdam/protocol';
import { counted, only, target, world, type World } from './world.ts';

/** The runner's end of one WebSocket. */
class Opened {
  readonly call: OutgoingCall;
  readonly head: Promise<{ protocol: string }>;
  readonly #parts: AsyncGenerator<{ kind: SocketKind; isLast: boolean; bytes: Uint8Array }>;

  constructor(out: World, payload: { ticket: string; url: string; protocols?: string[] }) {
    const head = Promise.withResolvers<{ protocol: string }>();
    this.head = head.promise;
    this.head.catch(() => {});
    this.call = out.runner.call(
      'websocket',
      { protocols: [], ...payload },
      {
        deadlineMs: 15_000,
        onEvent: (event) => head.resolve((event as { head: { protocol: string } }).head),
      },
    );
    this.call.reply.then(() => {}, head.reject);
    this.#parts = readSocketParts(this.call.data);
  }

  async send(kind: SocketKind, text: string | Uint8Array): Promise<void> {
    for (const part of socketParts(kind, Buffer.from(text as string))) {
      await this.call.write(encodeSocketPart(part));
    }
  }

  close(code: number, reason: string): Promise<void> {
    return this.call.write(encodeSocketPart(closePart({ code, reason })));
  }

  /** The next message, or how it ended. */
  async next(): Promise<unknown> {
    let size = 0;
    let text = '';
    for (;;) {
      const { value: part, done } = await this.#parts.next();
      if (done) return 'end';
      if (part.kind === 'close') return readClose(part);
      size += part.bytes.byteLength;
      if (size < 1000) text += Buffer.from(part.bytes).toString();
      if (part.isLast) return [part.kind, size < 1000 ? text : size];
    }
  }
}

describe('a WebSocket through egress', () => {
  it('brings messages of both kinds both ways, with the subprotocol and the close', async () => {
    const seen = await serve(echo, { handleProtocols: () => 'two' });
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const socket = new Opened(out, { ticket, url: `${seen.url}/a`, protocols: ['one', 'two'] });
    expect(await socket.head).toEqual({ protocol: 'two' });
    await socket.send('text', 'é');
    await socket.send('binary', Buffer.from([1, 2]));
    await socket.send('text', '');
    expect([await socket.next(), await socket.next(), await socket.next()]).toEqual([
      ['text', 'é'],
      ['binary', '\u0001\u0002'],
      ['text', ''],
    ]);
    const large = 300_000;
    await socket.send('binary', new Uint8Array(large));
    expect(await socket.next()).toEqual(['binary', large]);
    await socket.close(4001, 'enough');
    expect(await socket.next()).toEqual({ code: 4001, reason: 'enough' });
    const use = await socket.call.reply;
    expect(seen.headers[0]).toMatchObject({ 'user-agent': 'cofferdam' });
    expect(seen.headers[0]).not.toHaveProperty('sec-websocket-extensions');
    const report = await out.close(ticket);
    expect(report).toMatchObject({ requests: 1, ...(use as object) });
    expect(report.bytesUp).toBeGreaterThan(large);
    expect(report.log).toEqual([
      expect.objectContaining({ method: 'GET', status: 101, decision: 'allowed', port: seen.port }),
    ]);
  });

  it('tells how the target closed, or broke off', async () => {
    const seen = await serve((socket) =>
      socket.on('message', (data) =>
        String(data) === 'bye' ? socket.close(1001, 'going') : socket.terminate(),
      ),
    );
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const first = new Opened(out, { ticket, url: seen.url });
    await first.send('text', 'bye');
    expect(await first.next()).toEqual({ code: 1001, reason: 'going' });
    const second = new Opened(out, { ticket, url: seen.url });
    await second.send('text', 'die');
    expect(await second.next()).toEqual({ code: 1006, reason: '' });
  });

  it.each([
    ['an address that no rule names', 'ws://127.0.0.2:80/', 'EGRESS_DENIED'],
    ['another port', 'ws://127.0.0.1:1/', 'EGRESS_DENIED'],
    ['another scheme', 'http://127.0.0.1:PORT/', 'EGRESS_DENIED'],
    ['credentials', 'ws://a:b@127.0.0.1:PORT/', 'EGRESS_DENIED'],
    ['nothing of a URL', 'ws://', 'INVALID_INPUT'],
  ])('refuses %s', async (_what, url, code) => {
    const seen = await serve(echo);
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const socket = new Opened(out, { ticket, url: url.replace('PORT', String(seen.port)) });
    await expect(socket.head).rejects.toMatchObject({ code });
    expect(seen.headers).toEqual([]);
  });

  it('refuses a rule without GET, a private address without its range, and a wrong ticket', async () => {
    const seen = await serve(echo);
    const out = await world();
    const net = [{ host: '127.0.0.1', ports: [seen.port], methods: ['POST' as const] }];
    const posting = await out.open({ net });
    const ranged = await out.open({ ...only('127.0.0.1', seen.port), allowedCIDRs: [] });
    for (const [ticket, code] of [
      [posting, 'EGRESS_DENIED'],
      [ranged, 'EGRESS_ADDRESS_DENIED'],
      ['A'.repeat(24), 'EGRESS_TICKET'],
    ] as const) {
      const socket = new Opened(out, { ticket, url: seen.url });
      await expect(socket.head).rejects.toMatchObject({ code });
    }
  });

  it('connects to the pinned address of a name, looked up once', async () => {
    const seen = await serve(echo);
    const asked: string[] = [];
    const resolver = async (name: string) => {
      asked.push(name);
      return asked.length === 1 ? ['127.0.0.1'] : ['127.0.0.9'];
    };
    const out = await world({ resolver });
    const ticket = await out.open(only('rebinding.example', seen.port));
    const socket = new Opened(out, { ticket, url: `ws://rebinding.example:${seen.port}/` });
    await socket.head;
    expect(asked).toEqual(['rebinding.example']);
    expect(seen.headers[0]).toMatchObject({ host: `rebinding.example:${seen.port}` });
  });

  it('says what is no WebSocket, and follows no redirect', async () => {
    const seen = await target((_request, response) => {
      response.writeHead(302, { location: 'http://127.0.0.9/' });
      response.end();
    });
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const socket = new Opened(out, { ticket, url: seen.url.replace('http', 'ws') });
    await expect(socket.head).rejects.toMatchObject({
      code: 'EGRESS_FAILED',
      message: expect.stringContaining('answered 302') as string,
    });
    expect((await out.close(ticket)).log[0]).toMatchObject({
      status: 302,
      decision: 'EGRESS_FAILED',
    });
  });

  it('ends at the budget of bytes, either way, and of requests', async () => {
    const seen = await serve((socket) => {
      socket.on('message', (data) => {
        if (String(data) === 'more') socket.send(Buffer.alloc(20_000));
      });
    });
    const out = await world();
    const small = { maxBytesUp: 10_000, maxBytesDown: 10_000, maxRequests: 2 };
    const ticket = await out.open({ ...only('127.0.0.1', seen.port), ...small });
    const down = new Opened(out, { ticket, url: seen.url });
    await down.send('text', 'more');
    await expect(down.next()).rejects.toMatchObject({ code: 'EGRESS_BUDGET' });
    const up = new Opened(out, { ticket, url: seen.url });
    await up.send('binary', new Uint8Array(20_000));
    await expect(up.call.reply).rejects.toMatchObject({ code: 'EGRESS_BUDGET' });
    const third = new Opened(out, { ticket, url: seen.url });
    await expect(third.head).rejects.toMatchObject({ code: 'EGRESS_BUDGET' });
    await expect.poll(() => seen.server.clients.size).toBe(0);
  });

  it('counts messages without content and pings', async () => {
    const flood = (socket: WebSocket) => {
      for (let i = 0; i < 3_000; i++) socket.send('');
    };
    const pings = (socket: WebSocket) => {
      for (let i = 0; i < 300; i++) socket.ping(Buffer.alloc(100));
    };
    for (const attack of [flood, pings]) {
      const seen = await serve(attack);
      const out = await world();
      const ticket = await out.open({ ...only('127.0.0.1', seen.port), maxBytesDown: 5_000 });
      const socket = new Opened(out, { ticket, url: seen.url });
      const read = (async () => {
        while ((await socket.next()) !== 'end') continue;
      })();
      await expect(read).rejects.toMatchObject({ code: 'EGRESS_BUDGET' });
    }
  });

  it('takes no message beyond its bound, and reads on only as the run takes what came', async () => {
    let sent = 0;
    const seen = await serve((socket) => {
      const more = () => {
        if (socket.readyState !== socket.OPEN) return;
        sent++;
        socket.send(Buffer.alloc(64 * 1024), more);
      };
      socket.once('message', (data) =>
        String(data) === 'flood' ? more() : socket.send(Buffer.alloc(MAX_SOCKET_MESSAGE_BYTES + 1)),
      );
    });
    const out = await world();
    const ticket = await out.open({ ...only('127.0.0.1', seen.port), maxBytesDown: 2 ** 40 });
    const large = new Opened(out, { ticket, url: seen.url });
    await large.send('text', 'large');
    await expect(large.next()).rejects.toMatchObject({
      message: expect.stringContaining('more than 4 MiB') as string,
    });
    const flood = new Opened(out, { ticket, url: seen.url });
    await flood.send('text', 'flood');
    await flood.next();
    // The target's writes stop coming through when nobody reads: what both kernels hold, no more.
    let before = -1;
    await expect
      .poll(() => [sent === before, (before = sent)][0], { interval: 200, timeout: 10_000 })
      .toBe(true);
    expect(sent).toBeLessThan(400);
  });

  it('closes the connection when the run is over or gives up', async () => {
    const seen = await serve(echo);
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const socket = new Opened(out, { ticket, url: seen.url });
    await socket.head;
    const [client] = seen.server.clients;
    const gone = once(client!, 'close');
    await out.close(ticket);
    await gone;
    await expect(socket.call.reply).rejects.toMatchObject({ code: 'EGRESS_TICKET' });
  });

  it('takes a close that no script could send for a broken protocol', async () => {
    const seen = await serve(echo);
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    for (const code of [1006, 2999, 5000]) {
      const socket = new Opened(out, { ticket, url: seen.url });
      await socket.head;
      await socket.close(code, '');
      await expect(socket.call.reply).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
    }
  });

  it('speaks TLS with the name that was asked for, and with no other certificate', async () => {
    const extensions = [
      { name: 'subjectAltName' as const, altNames: [{ type: 2 as const, value: 'good.test' }] },
    ];
    const options = { keyType: 'ec', algorithm: 'sha256', extensions } as const;
    const made = await generate([{ name: 'commonName', value: 'good.test' }], options);
    const https = createSecureServer({ key: made.private, cert: made.cert });
    https.on('tlsClientError', () => {});
    const { port } = await counted(https);
    new WebSocketServer({ server: https }).on('connection', echo);
    const out = await world({ ca: [made.cert], resolver: async () => ['127.0.0.1'] });
    const net = ['good.test', 'bad.test'].map((host) => ({ host, ports: [port] }));
    const ticket = await out.open({ net });
    const good = new Opened(out, { ticket, url: `wss://good.test:${port}/` });
    await good.send('text', 'safe');
    expect(await good.next()).toEqual(['text', 'safe']);
    const bad = new Opened(out, { ticket, url: `wss://bad.test:${port}/` });
    await expect(bad.head).rejects.toMatchObject({
      message: expect.stringContaining('another name') as string,
    });
  });
});
