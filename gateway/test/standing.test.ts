import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Channel, CofferdamError, LASTING, RUNTIME_METHODS } from '@cofferdam/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWebSocketStream, WebSocket } from 'ws';
import { authenticatorOf, type Authenticator } from '../src/access/authenticator.ts';
import { openTokensFile } from '../src/access/tokens-file.ts';
import { serverRig, serverScript, type ServerRig } from './server-rig.ts';

const SPEC = {
  ...{ preset: 'web', memoryBytes: 64 * 2 ** 20, cwd: '/' },
  ...{ evalTimeMs: 5_000, stretchTimeMs: 5_000 },
  bindings: { console: false, fetch: false, files: false, modules: false, tools: [] },
};
const NAMESPACES = ['default'];
const MINE = { name: 'mine', token: 'the-token-of-mine', namespaces: NAMESPACES };
const OTHERS = { name: 'others', token: 'the-token-of-others', namespaces: NAMESPACES };
const ECHO = `serve({
  fetch: (request, server) => (server.upgrade(request), undefined),
  websocket: { message: (ws, message) => void ws.send(message) },
})`;

let dir: string;
let rig: ServerRig | undefined;
const sockets: WebSocket[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'standing-'));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await rig?.[Symbol.asyncDispose]();
  rig = undefined;
  await rm(dir, { recursive: true });
});

const path = () => join(dir, 'tokens');
/** All at once, as a mounted Secret. */
async function give(...tokens: object[]): Promise<void> {
  await writeFile(`${path()}.new`, JSON.stringify(tokens));
  await rename(`${path()}.new`, path());
}

async function start(authenticator?: Authenticator): Promise<ServerRig> {
  await give(MINE, OTHERS);
  const file = openTokensFile({ path: path(), lookMs: 5, log: () => {} });
  rig = await serverRig(
    {},
    { authenticator: authenticator ?? authenticatorOf([await file]), standingMs: 20 },
  );
  return rig;
}

/** A connection that is open, and how it is closed. */
async function connect({ token }: { token: string }, where = '/v1/connect') {
  const address = rig!.url.replace('http', 'ws') + where;
  const headers = { authorization: `Bearer ${token}` };
  const socket = new WebSocket(address, { headers });
  sockets.push(socket);
  // Before it is open: what the gateway says comes with the answer.
  const stream = where === '/v1/connect' ? createWebSocketStream(socket) : undefined;
  const channel = stream && new Channel(stream);
  await once(socket, 'open');
  const closed = once(socket, 'close').then(([code, reason]) => [code, String(reason)]);
  return { socket, closed, channel };
}

/** Opens a runtime, which lasts as long as its connection. */
async function openRuntime(channel: Channel | undefined): Promise<void> {
  const opened = Promise.withResolvers<unknown>();
  const call = channel!.call(RUNTIME_METHODS.open, SPEC, {
    deadlineMs: LASTING,
    onEvent: opened.resolve,
  });
  call.reply.catch(opened.reject);
  await opened.promise;
}

describe('whoever has a connection', () => {
  it('keeps it no longer than the token, and nobody else is disturbed', async () => {
    const { gateway } = await start();
    const [mine, other] = [await connect(MINE), await connect(OTHERS)];
    await openRuntime(mine.channel);
    await openRuntime(other.channel);
    await give(OTHERS);
    expect(await mine.closed).toEqual([1008, 'FORBIDDEN']);
    await expect.poll(() => gateway.core.runtimes.open).toBe(1);
    await expect(connect(MINE)).rejects.toThrow('403');
    expect(other.socket.readyState).toBe(WebSocket.OPEN);
  });

  it('keeps it no longer than the right to open it', async () => {
    await start();
    const mine = await connect(MINE);
    await give({ ...MINE, namespaces: ['elsewhere'] }, OTHERS);
    expect(await mine.closed).toEqual([1008, 'FORBIDDEN']);
  });

  it('is cut off where it does not answer that', async () => {
    const { gateway } = await start();
    const mine = await connect(MINE);
    await openRuntime(mine.channel);
    mine.socket.pause();
    await give(OTHERS);
    await expect.poll(() => gateway.core.runtimes.open).toBe(0);
  });

  it('is asked for it at a server and a worker too, where these ask for a token', async () => {
    const { publish } = await start();
    const route = { path: '/open', auth: 'none' as const };
    publish(serverScript(ECHO), serverScript(ECHO, { name: 'open', server: { route } }), {
      ...serverScript('NETWORK.on()', { name: 'worker' }),
      mode: 'worker',
    });
    const scripts = '/v1/namespaces/default/scripts';
    const server = await connect(MINE, `${scripts}/shop/server/-`);
    const worker = await connect(MINE, `${scripts}/worker/connect`);
    const open = await connect(MINE, '/open');
    await give(OTHERS);
    expect(await server.closed).toEqual([1008, 'FORBIDDEN']);
    expect(await worker.closed).toEqual([1008, 'FORBIDDEN']);
    open.socket.send('still');
    expect(String((await once(open.socket, 'message'))[0])).toBe('still');
  });

  it('keeps it while nobody can say', async () => {
    let asked = 0;
    const told = Promise.withResolvers<void>();
    await start(
      authenticatorOf([
        {
          async find() {
            if (asked++ === 0) return { subject: 'token:mine', may: async () => true };
            if (asked === 5) told.resolve();
            throw new CofferdamError('UNAVAILABLE');
          },
        },
      ]),
    );
    const mine = await connect(MINE);
    await told.promise;
    expect(mine.socket.readyState).toBe(WebSocket.OPEN);
  });
});
