import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Channel, OutgoingCall } from '@cofferdam/protocol';
import { counted, dial, only, world, type World } from './world.ts';

/** The browser pod's end of one tunnel. */
class Tunnel {
  readonly call: OutgoingCall;
  readonly opened: Promise<unknown>;

  constructor(channel: Channel, payload: { ticket: string; host: string; port: number }) {
    const opened = Promise.withResolvers<unknown>();
    this.opened = opened.promise;
    this.opened.catch(() => {});
    this.call = channel.call('tunnel', payload, { deadlineMs: 15_000, onEvent: opened.resolve });
    this.call.reply.then(
      () => opened.reject(new Error('answered before it opened')),
      opened.reject,
    );
  }

  async text(): Promise<string> {
    const pieces: Buffer[] = [];
    for await (const piece of this.call.data) pieces.push(piece);
    await this.call.reply;
    return Buffer.concat(pieces).toString();
  }
}

const tunnel = (out: World, ticket: string, host: string, port: number) =>
  new Tunnel(out.runner, { ticket, host, port });

async function serve(onConnection: (socket: Socket) => void, host = '127.0.0.1') {
  return counted(createServer({ allowHalfOpen: true }, onConnection), host);
}

describe('a tunnel through egress', () => {
  it('carries any bytes both ways, until the target ends, and is counted', async () => {
    const seen = await serve((socket) => {
      socket.write(Buffer.from([0, 255, 10]));
      socket.on('data', (data: Buffer) => socket.write(data.toString().toUpperCase()));
      socket.on('end', () => socket.end('!'));
    });
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const opened = tunnel(out, ticket, '127.0.0.1', seen.port);
    expect(await opened.opened).toEqual({ opened: true });
    await opened.call.write(Buffer.from('hello'));
    opened.call.end();
    expect(await opened.text()).toBe(Buffer.from([0, 255, 10]).toString() + 'HELLO!');
    const use = await opened.call.reply;
    const report = await out.close(ticket);
    expect(report).toMatchObject({ requests: 1, bytesDown: 9, ...(use as object) });
    expect(report.log).toEqual([
      expect.objectContaining({ method: 'CONNECT', status: 200, decision: 'allowed' }),
    ]);
  });

  it('reads no further than its other end takes', async () => {
    const piece = Buffer.alloc(256 * 1024);
    let written = 0;
    const seen = await serve((socket) => {
      const more = () => {
        while (written < 200 && socket.write(piece)) written++;
        if (written < 200) socket.once('drain', more);
        else socket.end();
      };
      socket.on('error', () => {});
      more();
    });
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const opened = tunnel(out, ticket, '127.0.0.1', seen.port);
    await opened.opened;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(written).toBeLessThan(100);
    let bytes = 0;
    for await (const data of opened.call.data) bytes += data.byteLength;
    expect(bytes).toBeGreaterThanOrEqual(200 * piece.byteLength);
  });

  it.each([
    ['a host that no rule names', 'example.com', 443, 'EGRESS_DENIED'],
    ['the metadata service', '169.254.169.254', 80, 'EGRESS_DENIED'],
    ['another port', '127.0.0.1', 1, 'EGRESS_DENIED'],
    ['a mapped IPv6 spelling', '[::ffff:127.0.0.1]', 0, 'EGRESS_DENIED'],
    ['credentials', 'a:b@127.0.0.1', 0, 'INVALID_INPUT'],
    ['a path', '127.0.0.1/x', 0, 'INVALID_INPUT'],
    ['a coded host', '%31%32%37.0.0.1', 0, 'INVALID_INPUT'],
    ['no port', '127.0.0.1', -1, 'INVALID_INPUT'],
  ])('refuses %s', async (_what, host, port, code) => {
    const seen = await serve(() => {});
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const refused = tunnel(out, ticket, host, port || seen.port);
    await expect(refused.opened).rejects.toMatchObject({ code });
    expect(seen.connections).toBe(0);
  });

  const named = (host: string, port: number) => ({ net: [{ host, ports: [port] }] });
  it.each([
    ['loopback without its range', '127.0.0.1', []],
    ['loopback in another spelling', '0x7f.1', []],
    ['the metadata service, named', '169.254.169.254', []],
    ['its IPv6 spelling', '[fd00:ec2::254]', []],
    ['IPv6 loopback', '[::1]', ['127.0.0.0/8']],
    ['a mapped address', '[::ffff:7f00:1]', []],
    ['nobody’s address', '0.0.0.0', ['0.0.0.0/0']],
    ['a name that leads to it', 'inside.example.com', []],
  ])('judges the address of %s as of a fetch', async (_what, host, allowedCIDRs) => {
    const seen = await serve(() => {});
    const out = await world({ resolver: async () => ['93.184.216.34', '127.0.0.1'] });
    const ticket = await out.open({ ...named(host, seen.port), allowedCIDRs });
    await expect(tunnel(out, ticket, host, seen.port).opened).rejects.toMatchObject({
      code: 'EGRESS_ADDRESS_DENIED',
    });
    expect(seen.connections).toBe(0);
  });

  it('asks for a name once, and connects to what was judged', async () => {
    const seen = await serve((socket) => socket.end('pinned'));
    const asked: string[] = [];
    const resolver = async (name: string) => {
      asked.push(name);
      return asked.length === 1 ? ['127.0.0.1'] : ['127.0.0.2'];
    };
    const out = await world({ resolver });
    const ticket = await out.open(only('rebinding.example.com', seen.port));
    expect(await tunnel(out, ticket, 'rebinding.example.com', seen.port).text()).toBe('pinned');
    expect(asked).toEqual(['rebinding.example.com']);
  });

  it('is not opened by a rule that names methods, which nobody could hold it to', async () => {
    const seen = await serve(() => {});
    const out = await world();
    const net = [{ host: '127.0.0.1', ports: [seen.port], methods: ['GET' as const] }];
    const ticket = await out.open({ net });
    const refused = tunnel(out, ticket, '127.0.0.1', seen.port);
    await expect(refused.opened).rejects.toMatchObject({ code: 'EGRESS_DENIED' });
  });

  it('is for nobody but the connection that uses the ticket', async () => {
    const seen = await serve((socket) => socket.end('ok'));
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    expect(await tunnel(out, ticket, '127.0.0.1', seen.port).text()).toBe('ok');
    const thief = await dial(out.socket);
    const stolen = new Tunnel(thief, { ticket, host: '127.0.0.1', port: seen.port });
    await expect(stolen.opened).rejects.toMatchObject({ code: 'EGRESS_TICKET' });
  });

  it('ends with its budget, its caller and its ticket', async () => {
    const sockets: Socket[] = [];
    const seen = await serve((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.on('end', () => socket.end());
      socket.on('data', () => socket.write(Buffer.alloc(2_000)));
    });
    const out = await world();
    const small = await out.open({ ...only('127.0.0.1', seen.port), maxBytesDown: 1_000 });
    const spent = tunnel(out, small, '127.0.0.1', seen.port);
    await spent.call.write(Buffer.from('x'));
    await expect(spent.call.reply).rejects.toMatchObject({ code: 'EGRESS_BUDGET' });
    const up = await out.open({ ...only('127.0.0.1', seen.port), maxBytesUp: 1_000 });
    const flood = tunnel(out, up, '127.0.0.1', seen.port);
    await flood.opened;
    await flood.call.write(Buffer.alloc(4_000));
    await expect(flood.call.reply).rejects.toMatchObject({ code: 'EGRESS_BUDGET' });
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const open = tunnel(out, ticket, '127.0.0.1', seen.port);
    await open.opened;
    const ended = open.call.reply.catch((error: unknown) => error);
    await out.close(ticket);
    expect(await ended).toMatchObject({ code: 'EGRESS_TICKET' });
    const last = sockets.at(-1)!;
    if (!last.closed) await once(last, 'close');
  });
});
