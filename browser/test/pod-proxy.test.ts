import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type RequestOptions } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startEgress } from '@cofferdam/egress';
import { Channel, type EgressPolicy } from '@cofferdam/protocol';
import { Proxy } from '../src/pod/proxy.ts';
import { WayOut } from '../src/pod/way-out.ts';

const TICKET = 'ticket-of-a-proxy-test-1';
let proxy: Proxy;
let egress: Channel;
let control: Channel;
const refused: string[] = [];

async function channelTo(path: string): Promise<Channel> {
  const socket = connect(path);
  await once(socket, 'connect');
  const channel = new Channel(socket);
  onTestFinished(() => channel.close());
  return channel;
}

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-proxy-'));
  const [socket, controlSocket] = [join(folder, 'e.sock'), join(folder, 'c.sock')];
  const way = await startEgress({ socket, controlSocket, aliases: {} });
  proxy = await Proxy.listen();
  [egress, control] = [await channelTo(socket), await channelTo(controlSocket)];
  refused.length = 0;
  onTestFinished(async () => {
    await proxy.close();
    await way.close();
    await rm(folder, { recursive: true, force: true });
  });
});

/** A session whose ticket allows this port of loopback. */
async function session(port: number, ticket = TICKET): Promise<WayOut> {
  const policy: EgressPolicy = {
    net: [{ host: '127.0.0.1', ports: [port] }],
    allowedCIDRs: ['127.0.0.0/8'],
    ...{ maxRequests: 1_000, maxBytesUp: 1e6, maxBytesDown: 1e8, maxConcurrent: 64 },
    expiresAt: Date.now() + 60_000,
  };
  const opening = { ticket, policy, runId: 'r-12345678', tenant: 'home' };
  await control.call('ticket.open', opening, { deadlineMs: 5_000 }).reply;
  const onRefused = (where: string) => void refused.push(where);
  const wayOut = new WayOut({ ticket, egress: () => egress, onRefused });
  proxy.add(wayOut);
  return wayOut;
}

const authorization = ({ username, password }: Pick<WayOut, 'username' | 'password'>) => ({
  'proxy-authorization': `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
});

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
  socket: Socket;
}

async function ask(options: RequestOptions): Promise<Answer> {
  const [host, port] = proxy.address.split(':');
  const asked = request({ host, port, agent: false, ...options });
  asked.end();
  const event = options.method === 'CONNECT' ? 'connect' : 'response';
  const [response, socket] = (await once(asked, event)) as [IncomingMessage, Socket];
  let text = '';
  if (event === 'response') for await (const piece of response) text += String(piece);
  return { status: response.statusCode!, headers: response.headers, text, socket };
}

async function echo() {
  const server = createTcpServer((socket) => socket.pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return server;
}
const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

describe('the proxy of a browser pod', () => {
  it('tunnels what the session’s ticket allows', async () => {
    const port = portOf(await echo());
    const headers = authorization(await session(port));
    const { status, socket } = await ask({ method: 'CONNECT', path: `127.0.0.1:${port}`, headers });
    expect(status).toBe(200);
    socket.write('round and round');
    expect(String((await once(socket, 'data'))[0])).toBe('round and round');
    socket.destroy();
  });

  it('asks for credentials, and takes none but a session’s own', async () => {
    const port = portOf(await echo());
    const mine = await session(port);
    const wrong = [
      {},
      authorization({ username: mine.username, password: 'x' }),
      authorization({ username: '', password: '' }),
      { 'proxy-authorization': 'constructor' },
      { authorization: authorization(mine)['proxy-authorization'] },
    ];
    for (const headers of wrong) {
      const path = `127.0.0.1:${port}`;
      const answers = [
        await ask({ method: 'CONNECT', path, headers }),
        await ask({ path: `http://${path}/`, headers }),
      ];
      for (const { status, headers: said } of answers) {
        expect([status, said['proxy-authenticate']]).toEqual([407, 'Basic realm="session"']);
      }
    }
    proxy.delete(mine);
    const late = await ask({ path: `http://127.0.0.1:${port}/`, headers: authorization(mine) });
    expect(late.status).toBe(407);
  });

  it('refuses with 403 what egress denies, and with 502 what cannot be reached', async () => {
    const server = await echo();
    const port = portOf(server);
    const headers = authorization(await session(port));
    const denied = ['127.0.0.1:1', '169.254.169.254:80', 'localhost:80', '[::1]:80', '0x7f.1:1'];
    for (const path of denied) {
      expect((await ask({ method: 'CONNECT', path, headers })).status).toBe(403);
      const plain = await ask({ path: `http://${path}/`, headers });
      expect([plain.status, plain.text.split(':')[0]]).toEqual([403, 'EGRESS_DENIED']);
    }
    expect(refused).toHaveLength(2 * denied.length);
    server.close();
    await once(server, 'close');
    expect((await ask({ method: 'CONNECT', path: `127.0.0.1:${port}`, headers })).status).toBe(502);
  });

  it('tunnels nowhere without a ticket', async () => {
    const port = portOf(await echo());
    const onRefused = (where: string) => void refused.push(where);
    const none = new WayOut({ ticket: undefined, egress: () => egress, onRefused });
    proxy.add(none);
    const headers = authorization(none);
    const { status } = await ask({ method: 'CONNECT', path: `127.0.0.1:${port}`, headers });
    expect([status, refused]).toEqual([403, [`127.0.0.1:${port}`]]);
  });

  it.each(['/', 'ftp://127.0.0.1/', 'https://127.0.0.1/', 'http:///', '*'])(
    'forwards no %s',
    async (path) => {
      const headers = authorization(await session(80));
      expect((await ask({ path, headers })).status).toBe(400);
    },
  );

  it('forwards a request of plain HTTP as it is, without what is said to the proxy', async () => {
    const seen: unknown[] = [];
    const site = createServer((incoming, response) => {
      const { method, url, headers } = incoming;
      seen.push({ method, url, headers });
      response.writeHead(
        201,
        'Fine',
        [
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
        ].flat(),
      );
      incoming.pipe(response);
    });
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    onTestFinished(() => void site.close());
    const port = portOf(site);
    const headers = {
      ...authorization(await session(port)),
      host: `127.0.0.1:${port}`,
      'x-a': 'b',
    };
    const answer = await ask({ method: 'POST', path: `http://127.0.0.1:${port}/a?b`, headers });
    expect([answer.status, answer.headers['set-cookie']]).toEqual([201, ['a=1', 'b=2']]);
    expect(seen).toEqual([
      expect.objectContaining({
        method: 'POST',
        url: '/a?b',
        headers: expect.objectContaining({ host: `127.0.0.1:${port}`, 'x-a': 'b' }),
      }),
    ]);
    expect(JSON.stringify(seen)).not.toContain('proxy-authorization');
  });

  it('lets no target ask for its credentials', async () => {
    const seen: unknown[] = [];
    const site = createServer((incoming, response) => {
      seen.push(incoming.headers['proxy-authorization']);
      response.writeHead(407, { 'proxy-authenticate': 'Basic realm="session"' });
      response.end('give');
    });
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    onTestFinished(() => void site.close());
    const headers = authorization(await session(portOf(site)));
    const answer = await ask({ path: `http://127.0.0.1:${portOf(site)}/`, headers });
    expect([answer.status, answer.headers['proxy-authenticate']]).toEqual([502, undefined]);
    expect(seen).toEqual([undefined]);
  });

  it('keeps 64 tunnels of a session, and lets the idlest go for a new one', async () => {
    const port = portOf(await echo());
    const headers = authorization(await session(port));
    const path = `127.0.0.1:${port}`;
    const sockets: Socket[] = [];
    for (let count = 0; count < 64; count++) {
      sockets.push((await ask({ method: 'CONNECT', path, headers })).socket);
    }
    sockets[0]!.write('still here');
    await once(sockets[0]!, 'data');
    const gone = once(sockets[1]!.resume(), 'close');
    const { status, socket } = await ask({ method: 'CONNECT', path, headers });
    expect(status).toBe(200);
    await gone;
    expect(sockets[0]!.destroyed).toBe(false);
    for (const each of [socket, ...sockets]) each.destroy();
  });
});
