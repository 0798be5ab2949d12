import { hash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { encodeFrame, readAddress } from '@cofferdam/protocol';
import { startEgress } from '../src/index.ts';
import { counted, dial, only, socketPaths, target, World } from './world.ts';

const TOKEN = randomBytes(32).toString('base64url');
const SHA256 = hash('sha256', TOKEN);
const TICKET = randomBytes(16).toString('base64url');
const POLICY = {
  net: [],
  allowedCIDRs: [],
  maxRequests: 1,
  maxBytesUp: 1,
  maxBytesDown: 1,
  maxConcurrent: 1,
  expiresAt: Date.now() + 60_000,
};
const OPEN = { ticket: TICKET, policy: POLICY, runId: 'r-12345678', tenant: 'home' };

/** `host:port` for two doors, free a moment ago. */
async function freeAddresses(): Promise<{ socket: string; controlSocket: string }> {
  const servers = [createServer().listen(0, '127.0.0.1'), createServer().listen(0, '127.0.0.1')];
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const [socket, controlSocket] = servers.map(
    (server) => `127.0.0.1:${(server.address() as AddressInfo).port}`,
  );
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return { socket: socket!, controlSocket: controlSocket! };
}

async function listening(addresses: { socket: string; controlSocket: string }) {
  const egress = await startEgress({ ...addresses, controlTokenSha256: SHA256, aliases: {} });
  onTestFinished(() => egress.close());
  return addresses;
}

async function gatewayOf({ controlSocket }: { controlSocket: string }) {
  const gateway = await dial(controlSocket, { role: 'gateway', token: TOKEN });
  await gateway.peer;
  return gateway;
}

const hello = (about: unknown) =>
  encodeFrame('hello', false, 0, JSON.stringify({ version: 1, oldest: 1, about }));

/** `ticket.open`, as the wire has it: deadline, the method's length and the method, the payload. */
function opening(): Buffer {
  const method = Buffer.from('ticket.open');
  const head = Buffer.from([0, 0, 0x13, 0x88, method.length, ...method]);
  const payload = Buffer.from(JSON.stringify(OPEN));
  return Buffer.from(encodeFrame('call', false, 1, Buffer.concat([head, payload])));
}

/** Everything that egress says to a peer that says this, until either side ends it. */
async function answerTo(address: string, said: Uint8Array[], ends: boolean): Promise<Buffer> {
  const socket = connect(readAddress(address));
  const heard: Buffer[] = [];
  socket.on('data', (piece: Buffer) => heard.push(piece)).on('error', () => {});
  for (const piece of said) socket.write(piece);
  if (ends) socket.end();
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(heard);
}

describe('the control port', () => {
  const ping = encodeFrame('ping', false, 0);
  it.each<[string, Uint8Array[], 'hangs up' | 'is cut off']>([
    ['says nothing', [], 'hangs up'],
    ['only pings', [ping], 'is cut off'],
    ['speaks HTTP', [Buffer.from('GET / HTTP/1.1\r\nhost: egress\r\n\r\n')], 'is cut off'],
    ['calls without a hello', [opening()], 'is cut off'],
    ['has no token', [hello({ role: 'gateway' })], 'is cut off'],
    ['says nothing of itself', [hello(null)], 'is cut off'],
    ['has an empty token', [hello({ token: '' })], 'is cut off'],
    ['has a token that is no text', [hello({ token: [TOKEN] })], 'is cut off'],
    ['has a wrong token', [hello({ token: TOKEN.slice(0, -1) })], 'is cut off'],
    ['has one too long', [hello({ token: TOKEN.padEnd(257, 'x') })], 'is cut off'],
    ['has the hash in place of the token', [hello({ token: SHA256 })], 'is cut off'],
    ['asks at once', [Buffer.concat([hello({ token: 'x' }), opening(), ping])], 'is cut off'],
    ['asks nevertheless', [hello({}), opening(), ping], 'is cut off'],
  ])('says not one byte to a peer that %s, and opens no ticket', async (_what, said, ending) => {
    const addresses = await listening(await freeAddresses());
    const heard = await answerTo(addresses.controlSocket, said, ending === 'hangs up');
    expect(heard).toHaveLength(0);
    const gateway = await gatewayOf(addresses);
    const close = gateway.call('ticket.close', { ticket: TICKET }, { deadlineMs: 5_000 });
    await expect(close.reply).rejects.toMatchObject({ code: 'EGRESS_TICKET' });
  });

  it('asks for the token on a Unix socket too, when it has one', async () => {
    const { controlSocket } = await listening(await socketPaths());
    expect(await answerTo(controlSocket, [hello({}), opening()], false)).toHaveLength(0);
  });

  it('answers who has the token, and takes no fetch', async () => {
    const gateway = await gatewayOf(await listening(await freeAddresses()));
    const call = (method: string, payload: unknown) =>
      gateway.call(method, payload, { deadlineMs: 5_000 }).reply;
    expect(await call('ticket.open', OPEN)).toEqual({});
    await expect(call('fetch', {})).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
    expect(await call('ticket.close', { ticket: TICKET })).toMatchObject({ requests: 0 });
  });

  it('keeps who is known apart from who comes after', async () => {
    const addresses = await listening(await freeAddresses());
    await gatewayOf(addresses);
    const said = [hello({ token: 'x' }), opening()];
    expect(await answerTo(addresses.controlSocket, said, false)).toHaveLength(0);
  });
});

describe("the runners' port", () => {
  it('carries a request out and its answer back', async () => {
    const seen = await target((request, response) => request.pipe(response));
    const addresses = await listening(await freeAddresses());
    const runner = await dial(addresses.socket, { role: 'runner' });
    const out = new World(addresses.socket, await gatewayOf(addresses), runner);
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const post = { url: seen.url, method: 'POST', hasBody: true };
    const fetched = out.fetch(ticket, post, { body: [Buffer.from('there and back')] });
    expect(await fetched.text()).toBe('there and back');
    const stranger = await dial(addresses.socket);
    const stolen = out.fetch(ticket, { url: seen.url }, { from: stranger });
    await expect(stolen.use).rejects.toMatchObject({ code: 'EGRESS_TICKET' });
    expect((await out.close(ticket)).requests).toBe(1);
  });

  it('opens no ticket, whatever token a runner says', async () => {
    const addresses = await listening(await freeAddresses());
    const runner = await dial(addresses.socket, { token: TOKEN });
    const call = runner.call('ticket.open', OPEN, { deadlineMs: 5_000 });
    await expect(call.reply).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  });
});

describe('a port', () => {
  it('that is taken is said to be, and the other door does not stay open', async () => {
    const addresses = await freeAddresses();
    const { port } = await counted(createServer());
    const taken = { ...addresses, socket: `127.0.0.1:${port}` };
    await expect(startEgress({ ...taken, aliases: {} })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: `cannot listen on 127.0.0.1:${port}: another process listens there`,
    });
    await expect(dial(addresses.controlSocket)).rejects.toThrow('ECONNREFUSED');
  });
});
