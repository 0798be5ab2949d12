import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { PodRig, type Guest } from './pod-rig.ts';

let rig: PodRig;
beforeAll(async () => {
  rig = await PodRig.start({ COFFERDAM_OUTER_LAYERS: 'container,gvisor' });
  await rig.ask('bind', { tenant: 'home' });
}, 60_000);
afterAll(() => rig.close());

/** Listens on a free port of loopback; counts connections. */
async function listening<S extends Server>(server: S): Promise<S & { port: number; seen: number }> {
  const counted = Object.assign(server, { port: 0, seen: 0 });
  server.on('connection', () => counted.seen++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  counted.port = (server.address() as AddressInfo).port;
  onTestFinished(() => void server.close());
  return counted;
}

const served = (listener: RequestListener) => listening(createHttpServer(listener));
const html =
  (text: string): RequestListener =>
  (_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(text);
  };

async function session(net: { host: string; ports: number[] }[] = []): Promise<Guest> {
  const guest = await rig.open(await rig.ticket({ net }));
  onTestFinished(() => guest.close());
  return guest;
}

const on = (port: number, host = '127.0.0.1') => [{ host, ports: [port] }];

describe('a browser pod', () => {
  it('says what it is before it is anybody’s', async () => {
    const { about } = await rig.gateway.peer;
    expect(about).toMatchObject({
      role: 'browser',
      layers: ['process', 'container', 'gvisor'],
      versions: { chromium: expect.stringMatching(/^\d+\./), playwright: '1.65.1' },
    });
  });

  it('renders a page of ours when it is looked at, and tells what it reaches', async () => {
    const open = await listening(createTcpServer());
    const closed = await listening(createTcpServer());
    closed.close();
    const addresses = [`127.0.0.1:${open.port}`, `127.0.0.1:${closed.port}`];
    expect(await rig.ask('probe', { addresses })).toEqual({ works: true, reached: [addresses[0]] });
  });

  it('stays its tenant’s', async () => {
    await expect(rig.ask('bind', { tenant: 'other' })).rejects.toMatchObject({
      code: 'PROTOCOL_VIOLATION',
    });
    await expect(rig.open(undefined, 'other')).rejects.toMatchObject({
      code: 'PROTOCOL_VIOLATION',
    });
  });
});

describe('a session', () => {
  it('shows a page that its ticket allows, counts it, and keeps what it wrote', async () => {
    const site = await served(html('<h1>Hi</h1><script>console.warn("seen"); x.y</script>'));
    const ticket = await rig.ticket({ net: on(site.port) });
    const guest = await rig.open(ticket);
    const page = await guest.page();
    await guest.call(page, 'goto', `http://127.0.0.1:${site.port}/a`);
    expect(await guest.evaluate(page, '() => document.querySelector("h1").textContent')).toBe('Hi');
    const { bytes } = await guest.callWithBytes(page, 'screenshot');
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    const { lines, screenshots } = await guest.artifacts(true);
    expect(lines).toContainEqual(expect.objectContaining({ kind: 'console', level: 'warning' }));
    expect(lines).toContainEqual(
      expect.objectContaining({ kind: 'pageerror', text: 'ReferenceError: x is not defined' }),
    );
    expect(screenshots).toEqual([
      { url: `http://127.0.0.1:${site.port}/a`, bytes: expect.any(Number) },
    ]);
    guest.close();
    const { log } = await rig.used(ticket);
    expect(log).toContainEqual(
      expect.objectContaining({ method: 'CONNECT', port: site.port, decision: 'allowed' }),
    );
  });

  it('opens a WebSocket as the first thing that it does', async () => {
    const echo = await served(() => {});
    new WebSocketServer({ server: echo }).on('connection', (socket) =>
      socket.on('message', (data) => socket.send(`${data}!`)),
    );
    const guest = await session(on(echo.port));
    const page = await guest.page();
    const answered = guest.evaluate(
      page,
      `(url) => new Promise((resolve) => {
        const socket = new WebSocket(url);
        socket.onopen = () => socket.send('hello');
        socket.onmessage = ({ data }) => resolve(data);
        socket.onerror = () => resolve('error');
      })`,
      `ws://127.0.0.1:${echo.port}/`,
    );
    expect(await answered).toBe('hello!');
  });

  it('shares nothing with another one', async () => {
    const site = await served((request, response) => {
      response.setHeader('set-cookie', 'a=1');
      html(request.headers.cookie ?? 'none')(request, response);
    });
    const [one, two] = [await session(on(site.port)), await session(on(site.port))];
    const shown: unknown[] = [];
    for (const guest of [one, one, two]) {
      const page = await guest.page();
      for (let count = 0; count < 2; count++) {
        await guest.call(page, 'goto', `http://127.0.0.1:${site.port}/`);
        shown.push(await guest.evaluate(page, '() => document.body.innerText'));
      }
    }
    expect(shown).toEqual(['none', 'a=1', 'none', 'a=1', 'none', 'a=1']);
    await expect(two.call('page:99', 'title')).rejects.toThrow('HandleGoneError');
    await expect(
      rig.ask('browser.call', {
        sessionId: 'nobodys-session',
        object: 'browser',
        method: 'x',
        args: '[]',
      }),
    ).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
  });

  it('is one of four at most', async () => {
    const guests = [];
    for (let count = 0; count < 4; count++) guests.push(await session());
    await expect(rig.open()).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    for (const guest of guests) guest.close();
    await Promise.allSettled(guests.map(({ end }) => end));
  });

  it('ends with its caller, and its connections with it', async () => {
    const site = await listening(createTcpServer());
    const connected = once(site, 'connection');
    // The places of the last test's sessions are free in a moment.
    const guest = await vi.waitFor(() => session(on(site.port)), { timeout: 10_000 });
    const page = await guest.page();
    const going = guest.call(page, 'goto', `http://127.0.0.1:${site.port}/`).catch(() => {});
    const [socket] = await connected;
    socket.resume();
    const gone = once(socket, 'close');
    guest.close();
    await Promise.all([gone, going]);
    await expect(guest.page()).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
  });
});

describe('a hostile page', () => {
  it.each([
    ['a host that no rule names', 'http://example.com/', 'EGRESS_DENIED'],
    ['the metadata service', 'http://169.254.169.254/latest/meta-data/', 'EGRESS_DENIED'],
    ['the machine’s own loopback', 'http://localhost:8080/', 'EGRESS_DENIED'],
    ['another spelling of it', 'http://[::ffff:127.0.0.1]:8080/', 'EGRESS_DENIED'],
    [
      'an address within a range, on a port that no rule names',
      'http://127.0.0.1:8081/',
      'EGRESS_DENIED',
    ],
    ['TLS to a host that no rule names', 'https://example.com/', 'EGRESS_DENIED'],
  ])('does not reach %s', async (_what, url, code) => {
    const guest = await session(on(1234));
    const page = await guest.page();
    const reached = await guest.evaluate(
      page,
      '(url) => fetch(url, { mode: "no-cors" }).then((r) => r.type, () => "failed")',
      url,
    );
    const { lines } = await guest.artifacts();
    expect(lines).toContainEqual(
      expect.objectContaining({ kind: 'network', text: expect.stringContaining(code) }),
    );
    // Over plain HTTP the refusal itself is the answer, which such a page cannot read.
    expect(reached).toBe(url.startsWith('https') ? 'failed' : 'opaque');
  });

  it('reaches nothing without a ticket', async () => {
    const site = await served(html('x'));
    const guest = await rig.open();
    onTestFinished(() => guest.close());
    const page = await guest.page();
    await guest.call(page, 'goto', `http://127.0.0.1:${site.port}/`).catch(() => {});
    expect(site.seen).toBe(0);
  });

  it('has no way beside the proxy: not by WebRTC, prefetched names, other ports or a proxy of its own', async () => {
    const stun = createSocket('udp4');
    let packets = 0;
    stun.on('message', () => packets++);
    stun.bind(0, '127.0.0.1');
    await once(stun, 'listening');
    onTestFinished(() => void stun.close());
    const other = await listening(createTcpServer((socket) => socket.destroy()));
    const site = await served(
      html(`<link rel=dns-prefetch href=//prefetched.example>
        <link rel=preconnect href=http://127.0.0.1:${other.port}><p>x`),
    );
    const guest = await session(on(site.port));
    const page = await guest
      .page({ proxy: { server: `http://127.0.0.1:${other.port}` } })
      .catch(() => guest.page());
    await guest.call(page, 'goto', `http://127.0.0.1:${site.port}/`);
    const candidates = await guest.evaluate(
      page,
      `async ([udp, tcp]) => {
        const found = [];
        const peer = new RTCPeerConnection({ iceServers: [
          { urls: 'stun:127.0.0.1:' + udp },
          { urls: 'turn:127.0.0.1:' + tcp + '?transport=tcp', username: 'a', credential: 'b' },
        ] });
        peer.createDataChannel('x');
        const done = new Promise((resolve) => {
          peer.onicecandidate = ({ candidate }) => candidate ? found.push(candidate.candidate) : resolve();
        });
        await peer.setLocalDescription(await peer.createOffer());
        await peer.setRemoteDescription({ type: 'answer', sdp: peer.localDescription.sdp
          .replace('a=setup:actpass', 'a=setup:active') }).catch(() => {});
        await peer.addIceCandidate({ sdpMid: '0', candidate:
          'candidate:1 1 udp 2122260223 127.0.0.1 ' + udp + ' typ host' }).catch(() => {});
        await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 1500))]);
        await fetch('http://127.0.0.1:' + tcp, { mode: 'no-cors' }).catch(() => {});
        return found;
      }`,
      [stun.address().port, other.port],
    );
    expect(candidates).toEqual([]);
    expect([packets, other.seen]).toEqual([0, 0]);
    expect(rig.lookedUp).not.toContain('prefetched.example');
  });

  it('reads no file of the pod', async () => {
    const guest = await session();
    const page = await guest.page();
    await expect(guest.call(page, 'goto', 'file:///etc/passwd')).rejects.toThrow('file:');
    await expect(guest.evaluate(page, '() => document.body.innerText')).resolves.not.toContain(
      'root:',
    );
  });
});

describe('when Chromium ends', () => {
  it('its sessions end and say so, and the next one has a new browser', async () => {
    const guest = await session();
    const page = await guest.page();
    const before = await chromiumOf(rig.process.pid!);
    process.kill(before, 'SIGKILL');
    expect(await guest.end).toEqual({ reason: 'crashed', message: 'Chromium has ended' });
    await expect(guest.call(page, 'title')).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
    const next = await session();
    expect(await next.evaluate(await next.page(), '() => 6 * 7')).toBe(42);
    expect(await chromiumOf(rig.process.pid!)).not.toBe(before);
  });
});

/** The process that the pod started. */
async function chromiumOf(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return Number(children.trim().split(' ')[0]);
}
