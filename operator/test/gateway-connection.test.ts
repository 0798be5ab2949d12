import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Channel, resolvePool, API_VERSION, type CallHandler } from '@cofferdam/protocol';
import { Gateways } from '../src/gateways/gateways.ts';

const TOKEN = 'a-token-of-an-operator-that-is-long-enough';
const pool = resolvePool({
  ...{ apiVersion: API_VERSION, kind: 'SandboxPool', metadata: { name: 'p' }, spec: {} },
} as const);

let server: Server;
let sockets: Socket[];
let gateways: Gateways;
let demands: string[];
let errors: unknown[];

beforeEach(async () => {
  [sockets, demands, errors] = [[], [], []];
  server = createServer((socket) => void sockets.push(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  gateways = new Gateways({
    ...{ token: TOKEN, epoch: 7 },
    events: {
      onDemand: (name) => void demands.push(name),
      onReport() {},
      onDiscard() {},
      bind: () => Promise.resolve(),
    },
    onRun() {},
    onError: (error) => errors.push(error),
  });
});
afterEach(async () => {
  gateways.close();
  for (const socket of sockets) socket.destroy();
  await once(server.close(), 'close');
});

const endpoint = () => ({
  address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
  ready: true,
});
/** The next connection, taken as a gateway takes it. */
async function accept(over: Record<string, CallHandler> = {}) {
  const [socket] = (await once(server, 'connection')) as [Socket];
  const heard: string[] = [];
  const handlers: Record<string, CallHandler> = {};
  for (const method of ['catalogue', 'runner.expect', 'runner.forget', 'ready', 'run']) {
    handlers[method] = (call) => {
      heard.push(method);
      return over[method]?.(call) ?? {};
    };
  }
  const channel = new Channel(socket, { about: { role: 'gateway' }, handlers });
  return { socket, channel, heard, hello: (await channel.peer).about };
}

describe('the connection to a gateway', () => {
  it('leaves no socket behind when it is given up while it is made', async () => {
    gateways.setEndpoints([endpoint()]);
    gateways.close();
    // Either it was never made, or it ends: nobody will ever answer on it.
    const [late] = await Promise.race([
      once(server, 'connection') as Promise<[Socket]>,
      new Promise<[undefined]>((resolve) => setTimeout(resolve, 50, [undefined])),
    ]);
    if (late) await new Promise((resolve) => late.resume().once('close', resolve));
    expect(sockets.filter(({ destroyed }) => !destroyed)).toEqual([]);
  });

  it('begins with who it is, all that there is, and ready at last', async () => {
    gateways.setPools([pool]);
    gateways.expect({ runnerId: 'pod-1', tokenSha256: 'a'.repeat(64), pool: 'p' });
    gateways.setEndpoints([endpoint()]);
    const gateway = await accept();
    expect(gateway.hello).toEqual({ role: 'operator', token: TOKEN, epoch: 7 });
    expect(gateways.connected).toBe(0);
    gateways.start();
    await expect.poll(() => gateways.connected).toBe(1);
    expect(gateway.heard[0]).toBe('catalogue');
    // Changes that were gathered meanwhile are said again.
    const others = gateway.heard.filter((method) => method !== 'catalogue');
    expect(others).toEqual(['runner.expect', 'ready']);
  });

  it('is made again, and what the lost one said of demand is gone meanwhile', async () => {
    gateways.start();
    gateways.setEndpoints([endpoint()]);
    const first = await accept();
    await expect.poll(() => gateways.connected).toBe(1);
    const demand = { pool: 'p', joined: 2, unbound: 1, expected: 0, waiting: 1 };
    await first.channel.call('demand', demand, { deadlineMs: 1_000 }).reply;
    expect(gateways.demandOf('p')).toEqual(demand);
    first.socket.destroy();
    const second = await accept();
    expect(gateways.demandOf('p')).toMatchObject({ joined: 0, waiting: 0 });
    expect(demands).toEqual(['p', 'p']);
    await expect.poll(() => second.heard).toContain('ready');
  });

  it('is made again when the gateway does not take what it is told', async () => {
    gateways.start();
    gateways.setEndpoints([endpoint()]);
    const refusing = { catalogue: () => Promise.reject(new Error('no')) };
    const first = await accept(refusing);
    await first.channel.closed;
    expect(gateways.connected).toBe(0);
    expect(errors.length).toBeGreaterThan(0);
    await accept();
    await expect.poll(() => gateways.connected).toBe(1);
  });

  it('says what is put at once where somebody waits for that, and what is known when it is', async () => {
    gateways.start();
    gateways.setEndpoints([endpoint()]);
    const { promise, resolve } = Promise.withResolvers<object>();
    let slow = false;
    const gateway = await accept({ catalogue: () => (slow ? promise : {}) });
    await expect.poll(() => gateways.connected).toBe(1);
    slow = true;
    gateways.setPools([pool]);
    let known = false;
    const told = gateways.told().then(() => (known = true));
    await expect.poll(() => gateway.heard.at(-1)).toBe('catalogue');
    await gateway.channel.call('demand', {}, { deadlineMs: 1_000 }).reply.catch(() => {});
    expect(known).toBe(false);
    resolve({});
    await told;
    // Nor does anybody wait for a gateway that is gone.
    slow = false;
    gateway.socket.destroy();
    gateways.setPools([]);
    await gateways.told();
  });

  const WRONG: [string, unknown][] = [
    ['demand', { pool: 'p', joined: -1, unbound: 0, expected: 0, waiting: 0 }],
    ['runner.discard', { runnerId: 'Pod_1', reason: '' }],
    ['runner.bind', { runnerId: 'pod-1', owner: { tenant: '' } }],
    ['runner.report', { runnerId: 'pod-1', works: true }],
    ['run.finished', { uid: 'u', namespace: 'n', name: 'x', trigger: 'cron', outcome: {} }],
  ];
  it.each(WRONG)('checks what a gateway says: %s', async (method, payload) => {
    gateways.start();
    gateways.setEndpoints([endpoint()]);
    const { channel } = await accept();
    const said = channel.call(method, payload, { deadlineMs: 1_000 }).reply;
    await expect(said).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(demands).toEqual([]);
  });

  it('ends with the endpoint', async () => {
    gateways.start();
    gateways.setEndpoints([endpoint()]);
    const gateway = await accept();
    await expect.poll(() => gateways.connected).toBe(1);
    gateways.setEndpoints([]);
    await gateway.channel.closed;
    expect(gateways.connected).toBe(0);
  });
});

describe('a run', () => {
  it('waits for a gateway that was told everything', async () => {
    gateways.setEndpoints([endpoint()]);
    const run = gateways.run({ script: { namespace: 'n', name: 'x' }, trigger: 'manual' });
    const gateway = await accept({ run: () => ({ runId: 'r' }) });
    expect(gateway.heard).not.toContain('run');
    gateways.start();
    expect(await run).toEqual({ runId: 'r' });
    expect(gateway.heard.slice(-2)).toEqual(['ready', 'run']);
  });

  it('is cancelled where nobody waits for it any more', async () => {
    const stop = new AbortController();
    const run = gateways.run(
      { script: { namespace: 'n', name: 'x' }, trigger: 'manual' },
      stop.signal,
    );
    stop.abort();
    await expect(run).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
