import { once } from 'node:events';
import {
  Channel,
  LASTING,
  RUNTIME_METHODS,
  type CallHandler,
  type IncomingCall,
} from '@cofferdam/protocol';
import { createWebSocketStream, WebSocket } from 'ws';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { httpRig, type HttpRig } from './http-rig.ts';
import { testPool } from './peer.ts';

const MiB = 2 ** 20;
const patient = { deadlineMs: 20_000 };
const NOTHING = { console: true, fetch: false, files: false, modules: false, tools: [] };
const SPEC = {
  preset: 'web',
  memoryBytes: 64 * MiB,
  evalTimeMs: 5_000,
  stretchTimeMs: 5_000,
  cwd: '/',
  bindings: NOTHING,
};
const OUTCOME = { exitReason: 'Completed', value: '1', cpuTimeMs: 1, wallTimeMs: 1, ended: false };

let rig: HttpRig;
const sockets: WebSocket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await rig[Symbol.asyncDispose]();
});

/** An embedder's connection, with the bindings that it answers. */
async function embed(handlers: Record<string, CallHandler> = {}, headers = {}): Promise<Channel> {
  const socket = new WebSocket(`${rig.url.replace('http', 'ws')}/v1/connect`, { headers });
  sockets.push(socket);
  // Before it is open: the gateway's hello comes with the answer.
  const channel = new Channel(createWebSocketStream(socket), { handlers });
  await channel.peer;
  return channel;
}

function open(channel: Channel, spec: object = SPEC) {
  const opened = Promise.withResolvers<unknown>();
  const leave = new AbortController();
  const call = channel.call(RUNTIME_METHODS.open, spec, {
    deadlineMs: LASTING,
    signal: leave.signal,
    onEvent: opened.resolve,
  });
  call.reply.catch(opened.reject);
  opened.promise.catch(() => {});
  return { call, opened: opened.promise, leave };
}

/** What a runner's `runtime.open` does until it is cancelled: it opens under this id. */
function keeps(runtimeId: string, seen: IncomingCall[] = []): CallHandler {
  return async (call) => {
    seen.push(call);
    call.emit({ runtimeId, layers: ['isolate', 'process', 'gvisor'] });
    for await (const chunk of call.data) await call.write(chunk);
    return { exitReason: 'Memory', message: 'too much' };
  };
}

describe('an embedder’s runtimes', () => {
  it('are opened in a runner of its tenant, with their port, evals and end', async () => {
    rig = await httpRig();
    const evals: unknown[] = [];
    const peer = await rig.join({
      handlers: {
        [RUNTIME_METHODS.open]: keeps('r1'),
        [RUNTIME_METHODS.eval]: (call) => (evals.push(call.payload), OUTCOME),
      },
    });
    const channel = await embed();
    const { call, opened } = open(channel);
    // The layers are those of the runner's hello, whatever it says now.
    await expect(opened).resolves.toEqual({ runtimeId: 'r1', layers: ['isolate', 'process'] });
    const ask = { runtimeId: 'r1', code: '1' };
    await expect(channel.call(RUNTIME_METHODS.eval, ask, patient).reply).resolves.toEqual(OUTCOME);
    expect(evals).toEqual([ask]);
    await call.write(Buffer.from('port'));
    call.end();
    const [chunk] = await call.data[Symbol.asyncIterator]()
      .next()
      .then(({ value }) => [value]);
    expect(String(chunk)).toBe('port');
    await expect(call.reply).resolves.toEqual({ exitReason: 'Memory', message: 'too much' });
    const late = channel.call(RUNTIME_METHODS.eval, ask, patient).reply;
    await expect(late).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
    expect(peer.calls.find(({ method }) => method === 'bind')?.payload).toEqual({
      tenant: 'default',
    });
  });

  it('end with its connection', async () => {
    rig = await httpRig();
    const seen: IncomingCall[] = [];
    await rig.join({ handlers: { [RUNTIME_METHODS.open]: keeps('r1', seen) } });
    const channel = await embed();
    await open(channel).opened;
    channel.close();
    await vi.waitUntil(() => seen[0]?.signal.aborted);
    await expect.poll(() => rig.gateway.core.runtimes.open).toBe(0);
  });

  it('are told so when their runner is gone', async () => {
    rig = await httpRig();
    const peer = await rig.join({ handlers: { [RUNTIME_METHODS.open]: keeps('r1') } });
    const { call, opened } = open(await embed());
    await opened;
    peer.socket.destroy();
    await expect(call.reply).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });

  it('ask their own embedder and no other', async () => {
    rig = await httpRig();
    let next = 0;
    const peer = await rig.join({
      handlers: { [RUNTIME_METHODS.open]: (call) => keeps(`r${++next}`)(call) },
    });
    const who = (name: string) => ({ [RUNTIME_METHODS.modules]: () => ({ modules: [], name }) });
    await open(await embed(who('one'))).opened;
    await open(await embed(who('two'))).opened;
    const ask = (runtimeId: string) =>
      peer.channel.call(RUNTIME_METHODS.modules, { runtimeId, wanted: [] }, patient).reply;
    await expect(ask('r1')).resolves.toMatchObject({ name: 'one' });
    await expect(ask('r2')).resolves.toMatchObject({ name: 'two' });
    await expect(ask('r3')).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
  });

  it('cannot be taken over by a runner that gives an id twice', async () => {
    rig = await httpRig();
    const peer = await rig.join({ handlers: { [RUNTIME_METHODS.open]: keeps('same') } });
    const channel = await embed();
    await open(channel).opened;
    await expect(open(channel).opened).rejects.toBeDefined();
    await peer.channel.closed;
  });

  it('are cut down to the ceilings of the pool', async () => {
    rig = await httpRig();
    rig.gateway.core.pools.set([
      testPool({ ceilings: { memoryBytes: 32 * MiB, wallTimeMs: 900 } }),
    ]);
    const seen: IncomingCall[] = [];
    await rig.join({ handlers: { [RUNTIME_METHODS.open]: keeps('r1', seen) } });
    await open(await embed()).opened;
    expect(seen[0]!.payload).toMatchObject({ memoryBytes: 32 * MiB, evalTimeMs: 900 });
  });

  it('are refused what is no spec, and more than there may be', async () => {
    rig = await httpRig({ maxRuntimes: 1 });
    await rig.join({ handlers: { [RUNTIME_METHODS.open]: keeps('r1') } });
    const channel = await embed();
    const wrong = open(channel, { ...SPEC, cwd: 'here' }).call.reply;
    await expect(wrong).rejects.toMatchObject({ code: 'INVALID_INPUT', message: /cwd/ });
    await open(channel).opened;
    await expect(open(channel).opened).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  });

  it.each([
    { browser: true },
    { fetch: true },
    { files: true },
    { modules: true },
    { tools: ['greet'] },
  ])('may not call functions of their client where that is forbidden: %j', async (asked) => {
    rig = await httpRig({ clientBindings: 'forbid' });
    await rig.join({ handlers: { [RUNTIME_METHODS.open]: keeps('r1') } });
    const channel = await embed();
    const refused = open(channel, { ...SPEC, bindings: { ...NOTHING, ...asked } }).call.reply;
    await expect(refused).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await open(channel).opened;
  });

  it('may not bring a ticket for the way out', async () => {
    rig = await httpRig();
    await rig.join({ handlers: { [RUNTIME_METHODS.open]: keeps('r1') } });
    const egress = { ticket: 'a'.repeat(22) };
    const refused = open(await embed(), { ...SPEC, egress }).call.reply;
    await expect(refused).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('are for who has a token', async () => {
    rig = await httpRig({ authToken: 'a-long-enough-token' });
    const socket = new WebSocket(`${rig.url.replace('http', 'ws')}/v1/connect`);
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(401);
    const authorization = 'Bearer a-long-enough-token';
    await rig.join({ handlers: { [RUNTIME_METHODS.open]: keeps('r1') } });
    await open(await embed({}, { authorization })).opened;
  });

  it('end when the gateway closes', async () => {
    rig = await httpRig();
    await rig.join({ handlers: { [RUNTIME_METHODS.open]: keeps('r1') } });
    const { call, opened } = open(await embed());
    await opened;
    rig.gateway.core.runtimes.close();
    await expect(call.reply).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });
});
