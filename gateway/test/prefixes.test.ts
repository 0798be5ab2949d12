import {
  Channel,
  LASTING,
  PREFIX_METHODS,
  type CallHandler,
  type IncomingCall,
} from '@cofferdam/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { createWebSocketStream, WebSocket } from 'ws';
import { httpRig, type HttpRig } from './http-rig.ts';
import { testPool } from './peer.ts';

const MiB = 2 ** 20;
const patient = { deadlineMs: 20_000 };
const SPEC = { preset: 'web', memoryBytes: 64 * MiB, codeBytes: 0, fetch: false, functions: [] };
const RUN = {
  prefixId: 'p1',
  code: '1',
  cpuTimeMs: 5_000,
  wallTimeMs: 5_000,
  memoryBytes: 64 * MiB,
};
const OUTCOME = { exitReason: 'Completed', value: '1', cpuTimeMs: 1, wallTimeMs: 1, isSpare: true };

let rig: HttpRig;
const sockets: WebSocket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await rig[Symbol.asyncDispose]();
});

async function embed(): Promise<Channel> {
  const socket = new WebSocket(`${rig.url.replace('http', 'ws')}/v1/connect`);
  sockets.push(socket);
  const channel = new Channel(createWebSocketStream(socket));
  await channel.peer;
  return channel;
}

async function open(channel: Channel, spec: object = SPEC): Promise<{ leave: AbortController }> {
  const opened = Promise.withResolvers<unknown>();
  const leave = new AbortController();
  const call = channel.call(PREFIX_METHODS.open, spec, {
    deadlineMs: LASTING,
    signal: leave.signal,
    onEvent: opened.resolve,
  });
  call.end();
  call.reply.then(opened.reject, opened.reject);
  await opened.promise;
  return { leave };
}

/** What a runner's `prefix.open` does until it is cancelled. */
function keeps(prefixId: string, seen: IncomingCall[] = []): CallHandler {
  return (call) => {
    seen.push(call);
    call.emit({ prefixId, layers: ['isolate', 'process'] });
    return new Promise(() => {});
  };
}

function runs(outcome: unknown, seen: IncomingCall[] = []): CallHandler {
  return (call) => {
    seen.push(call);
    call.emit({ runtimeId: 'r1' });
    return outcome;
  };
}

describe('an embedder’s prefixes', () => {
  it('are in a runner of its tenant, cut down to the ceilings of its pool, and so are their runs', async () => {
    rig = await httpRig();
    rig.gateway.core.pools.set([testPool({ ceilings: { memoryBytes: 32 * MiB, cpuTimeMs: 900 } })]);
    const seen: IncomingCall[] = [];
    await rig.join({
      handlers: {
        [PREFIX_METHODS.open]: keeps('p1', seen),
        [PREFIX_METHODS.run]: runs(OUTCOME, seen),
      },
    });
    const channel = await embed();
    const { leave } = await open(channel);
    await expect(channel.call(PREFIX_METHODS.run, RUN, patient).reply).resolves.toEqual(OUTCOME);
    expect(seen.map(({ payload }) => payload)).toMatchObject([
      { memoryBytes: 32 * MiB },
      { memoryBytes: 32 * MiB, cpuTimeMs: 900, wallTimeMs: 5_000 },
    ]);
    leave.abort();
    await expect.poll(() => rig.gateway.core.runtimes.open).toBe(0);
    const late = channel.call(PREFIX_METHODS.run, RUN, patient).reply;
    await expect(late).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
    expect(seen[0]!.signal.aborted).toBe(true);
  });

  it('are no other embedder’s', async () => {
    rig = await httpRig();
    await rig.join({ handlers: { [PREFIX_METHODS.open]: keeps('p1') } });
    const [one, other] = [await embed(), await embed()];
    await open(one);
    const foreign = other.call(PREFIX_METHODS.run, RUN, patient).reply;
    await expect(foreign).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
  });

  it('end with a runner that answers what none of ours would', async () => {
    rig = await httpRig();
    const peer = await rig.join({
      handlers: { [PREFIX_METHODS.open]: keeps('p1'), [PREFIX_METHODS.run]: runs({ value: 1 }) },
    });
    const channel = await embed();
    await open(channel);
    const wrong = channel.call(PREFIX_METHODS.run, RUN, patient).reply;
    await expect(wrong).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
    await peer.channel.closed;
  });

  it.each([{ fetch: true }, { functions: ['tool'] }])(
    'may not call functions of their client where that is forbidden: %j',
    async (asked) => {
      rig = await httpRig({ clientBindings: 'forbid' });
      await rig.join({ handlers: { [PREFIX_METHODS.open]: keeps('p1') } });
      const channel = await embed();
      await expect(open(channel, { ...SPEC, ...asked })).rejects.toMatchObject({
        code: 'FORBIDDEN',
      });
      await open(channel, { ...SPEC, data: '{}' });
    },
  );

  it('and their runs take the places that there are', async () => {
    rig = await httpRig({ maxRuntimes: 1 });
    await rig.join({ handlers: { [PREFIX_METHODS.open]: keeps('p1') } });
    const channel = await embed();
    await open(channel);
    await expect(open(channel)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    const run = channel.call(PREFIX_METHODS.run, RUN, patient).reply;
    await expect(run).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  });
});
