import { once } from 'node:events';
import {
  encodePortFrame,
  NETWORK,
  PortFrameDecoder,
  RUNTIME_METHODS,
  type CallHandler,
  type IncomingCall,
  type ResolvedScript,
  type RuntimeSpec,
} from '@cofferdam/protocol';
import { WebSocket } from 'ws';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ScriptView } from '../src/core/scripts.ts';
import { httpRig, type HttpRig } from './http-rig.ts';

let rig: HttpRig;
const sockets: WebSocket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await rig[Symbol.asyncDispose]();
});

const OUTCOME = { exitReason: 'Completed', cpuTimeMs: 1, wallTimeMs: 1, ended: false };
const SCRIPT = {
  ...{ uid: 'u1', namespace: 'default', name: 'adder', generation: 1, engine: 'isolate' },
  ...{ code: 'NETWORK.on()', language: 'javascript', preset: 'web', reuse: 'none' },
  ...{ mode: 'worker', env: {}, net: [], maxRequests: 0, history: 1 },
  limits: {
    ...{ cpuTimeMs: 250, wallTimeMs: 20_000, memoryBytes: 64 * 2 ** 20 },
    ...{ outputBytes: 1024, bridgeCalls: 1, bridgePayloadBytes: 1024 },
  },
} as unknown as ResolvedScript;
const VIEW = {
  ...{ namespace: 'default', name: 'adder', generation: 1, running: 0 },
  status: { conditions: [] },
} as unknown as ScriptView;

async function start(config: Parameters<typeof httpRig>[0] = {}): Promise<void> {
  rig = await httpRig(config);
  const { gateway } = rig;
  gateway.attachScripts({ list: () => [], get: () => VIEW, runNow: () => Promise.reject() });
  gateway.core.catalogue.publish({ version: 1, scripts: [SCRIPT] });
}

/** A client's connection, and what it was told. */
async function connect(headers: Record<string, string> = {}) {
  const address = `${rig.url.replace('http', 'ws')}/v1/namespaces/default/scripts/adder/connect`;
  const socket = new WebSocket(address, { headers });
  sockets.push(socket);
  const told: Record<string, unknown>[] = [];
  socket.on('message', (data) => told.push(JSON.parse(String(data)) as Record<string, unknown>));
  await once(socket, 'open');
  const closed = once(socket, 'close') as Promise<[number, Buffer]>;
  return { socket, told, closed };
}

/** A runner's worker: says these frames when it is open, and keeps what it is sent. */
function worker(frames: (string | Buffer)[], seen: unknown[] = []) {
  const opened: IncomingCall[] = [];
  const open: CallHandler = async (call) => {
    opened.push(call);
    call.emit({ runtimeId: 'w1', layers: ['isolate'] });
    for (const one of frames) {
      // eslint-disable-next-line no-await-in-loop -- in order
      await call.write(typeof one === 'string' ? encodePortFrame(one) : one);
    }
    const decoder = new PortFrameDecoder();
    for await (const chunk of call.data) {
      for (const text of decoder.push(chunk)) seen.push(...(JSON.parse(text) as unknown[]));
    }
    return { exitReason: 'Cancelled', message: 'gone' };
  };
  const evals: unknown[] = [];
  const handlers = {
    [RUNTIME_METHODS.open]: open,
    [RUNTIME_METHODS.eval]: (call: IncomingCall) => {
      evals.push(call.payload);
      call.emit({ begun: true });
      return OUTCOME;
    },
  };
  return { handlers, opened, evals };
}

const posted = (event: string, ...data: string[]) =>
  JSON.stringify([['post', NETWORK.message, [event, ...data]]]);

describe('a worker on a gateway', () => {
  it('is a runtime with the limits of its script, and nothing of its client but messages', async () => {
    await start();
    const seen: unknown[] = [];
    const asks = JSON.stringify([['call', 7, { t: NETWORK.request }, ['double', '{"n":2}']]]);
    const { handlers, opened, evals } = worker([posted('result', '{"a":1}'), asks], seen);
    await rig.join({ handlers });
    const { socket, told } = await connect();
    await vi.waitUntil(() => told.length === 2);
    expect(told).toEqual([
      { event: 'result', data: { a: 1 } },
      { id: 7, method: 'double', data: { n: 2 } },
    ]);
    expect(evals).toEqual([{ runtimeId: 'w1', code: SCRIPT.code, filename: 'worker.js' }]);
    expect(opened[0]!.payload as RuntimeSpec).toMatchObject({
      ...{ preset: 'web', memoryBytes: 64 * 2 ** 20, stretchTimeMs: 250, evalTimeMs: 0 },
      bindings: { console: false, fetch: false, files: false, modules: false, network: true },
    });
    socket.send('{"id":7,"result":{"n":4}}');
    socket.send('{"id":7,"result":"again"}');
    socket.send('{"id":8,"error":{"message":"never asked"}}');
    socket.send('{"event":"x","data":{"$u":1}}');
    await vi.waitUntil(() => seen.length === 2);
    expect(seen).toEqual([
      ['ok', 7, '{"n":4}'],
      ['post', NETWORK.message, ['x', '{"$u":1}']],
    ]);
  });

  it('ends with its connection, and gives its place back', async () => {
    await start();
    const { handlers, opened } = worker([]);
    await rig.join({ handlers });
    const { socket } = await connect();
    await vi.waitUntil(() => opened.length === 1);
    expect(rig.gateway.core.runtimes.open).toBe(1);
    socket.close();
    await vi.waitUntil(() => opened[0]!.signal.aborted);
    await expect.poll(() => rig.gateway.core.runtimes.open).toBe(0);
  });

  it.each([
    ['no JSON', '['],
    ['no list', '{"a":1}'],
    ['no message', '[5]'],
    ['an unknown kind', '[["system","exit"]]'],
    ['data that is no text', '[["post","network",["x",{"a":1}]]]'],
    ['data that is no JSON', '[["post","network",["x","}"]]]'],
    [
      'data that would break out of its message',
      '[["post","network",["x","1,\\"system\\":\\"exit\\""]]]',
    ],
    ['a name that is none', '[["post","network",[5]]]'],
    ['a call of something else', '[["call",1,{"t":"readFile"},["x"]]]'],
    ['a call without an id', '[["call","1",{"t":"network.request"},["x"]]]'],
    ['an id twice', `[${Array(2).fill('["call",1,{"t":"network.request"},["first"]]').join()}]`],
    ['an error that is none', '[["post","network.error",[1]]]'],
    ['a frame that nests without end', '['.repeat(100_000)],
    ['a frame of 4 GiB', Buffer.from([255, 255, 255, 255])],
  ])('costs its runner the connection when it says %s', async (_what, frame) => {
    await start();
    const peer = await rig.join({ handlers: worker([frame]).handlers });
    const { told, closed } = await connect();
    const [code] = await closed;
    expect(code).toBe(1011);
    expect(told.at(-1)).toMatchObject({ system: 'exit', reason: 'PROTOCOL_VIOLATION' });
    expect(told.filter(({ system, method }) => system !== 'exit' && method !== 'first')).toEqual(
      [],
    );
    await peer.channel.closed;
  });

  it('is told as over when its runner is gone', async () => {
    await start();
    const { handlers, opened } = worker([]);
    const peer = await rig.join({ handlers });
    const { told, closed } = await connect();
    await vi.waitUntil(() => opened.length === 1);
    peer.socket.destroy();
    expect((await closed)[0]).toBe(1011);
    expect(told).toEqual([
      { system: 'exit', reason: 'CONNECTION_LOST', message: expect.anything() },
    ]);
  });

  it('is for who may run the script, and for no page of another origin', async () => {
    await start({ authToken: 'a-long-enough-token' });
    await rig.join({ handlers: worker([]).handlers });
    const authorization = 'Bearer a-long-enough-token';
    const answered = (headers: Record<string, string>) =>
      connect(headers).then(
        () => 'open',
        ({ message }: Error) => message,
      );
    expect(await answered({})).toContain('401');
    expect(await answered({ authorization: 'Bearer another-long-token' })).toContain('403');
    expect(await answered({ authorization, origin: 'https://evil.example' })).toContain('403');
    expect(await answered({ authorization })).toBe('open');
  });
});
