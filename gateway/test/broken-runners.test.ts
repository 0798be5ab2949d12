import { resolveLimits, type IncomingCall } from '@cofferdam/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { intent, ok, rig, type Peer, type Rig } from './peer.ts';

const never = () => new Promise<never>(() => {});

let gateway: Rig;
beforeEach(async () => void (gateway = await rig({ graceMs: 300 })));
afterEach(() => gateway[Symbol.asyncDispose]());

describe('a broken runner', () => {
  it('that never answers is ended, and the run is an EngineCrash', async () => {
    const peer = await gateway.join({ run: never });
    const limits = resolveLimits({ wallTimeMs: 1 });
    const { result } = await gateway.core.runs.execute(intent({ limits }));
    expect(result).toMatchObject({
      exitReason: 'EngineCrash',
      error: { message: 'the runner did not answer in time' },
    });
    await peer.channel.closed;
  });

  it('that disconnects makes its run Unavailable, which may be sent again', async () => {
    const peer = await gateway.join({ run: () => (peer.socket.destroy(), never()) });
    const { result } = await gateway.core.runs.execute(intent());
    expect(result.exitReason).toBe('Unavailable');
    await gateway.join();
    expect((await gateway.core.runs.execute(intent())).result.exitReason).toBe('Completed');
  });

  it('that disconnects costs a run nothing where another one is there', async () => {
    const first = await gateway.join({ run: () => (first.socket.destroy(), never()) });
    const second = await gateway.join();
    const { result } = await gateway.core.runs.execute(intent());
    expect(result).toMatchObject({ exitReason: 'Completed', stats: { attempts: 2 } });
    expect(second.calls.map(({ method }) => method)).toEqual(['bind', 'run']);
  });

  it('is followed by one other at most: a run that ends its runner does not end them all', async () => {
    const ends = () => never();
    const peers: Peer[] = [];
    for (let count = 0; count < 3; count++) {
      const run = () => (peers[joined()]!.socket.destroy(), ends());
      // eslint-disable-next-line no-await-in-loop -- in order
      peers.push(await gateway.join({ run }));
    }
    const joined = () =>
      peers.findIndex(({ calls, socket }) => calls.length > 0 && !socket.destroyed);
    const { result } = await gateway.core.runs.execute(intent());
    expect(result.exitReason).toBe('Unavailable');
    expect(peers.filter(({ calls }) => calls.length > 0)).toHaveLength(2);
  });

  it('is not made up for where lines of the run were followed', async () => {
    const first = await gateway.join({ run: () => (first.socket.destroy(), never()) });
    const second = await gateway.join();
    const { result } = await gateway.core.runs.execute(intent({ onLog: () => {} }));
    expect(result.exitReason).toBe('Unavailable');
    expect(second.calls).toEqual([]);
  });

  it('ended for one run tells the others Neighbour', async () => {
    const both = Promise.withResolvers<void>();
    let count = 0;
    await gateway.join({
      run: async () => {
        if (++count === 2) both.resolve();
        await both.promise;
        return count++ === 2 ? 'a lie' : never();
      },
    });
    const runs = [1, 2].map(() => gateway.core.runs.execute(intent()));
    const endings = (await Promise.all(runs)).map(({ result }) => result.exitReason);
    // Which of the two broke the protocol cannot be told for sure: neither is blamed.
    expect(endings).toEqual(['Neighbour', 'Neighbour']);
  });

  it('that answers calls nobody made is not believed', async () => {
    const peer = await gateway.join({
      run: async () => {
        // A reply, to the caller, of a call id that does not exist.
        const payload = Buffer.from(JSON.stringify(ok({ value: '"stolen"' })));
        const frame = Buffer.alloc(9);
        frame.writeUInt32BE(payload.byteLength, 0);
        frame[4] = 3 | 0x80;
        frame.writeUInt32BE(4711, 5);
        peer.socket.write(Buffer.concat([frame, payload]));
        await peer.channel.ping();
        return ok({ value: '"mine"' });
      },
    });
    const { result } = await gateway.core.runs.execute(intent());
    expect(result.value).toBe('"mine"');
  });

  it('that sends garbage is cut off', async () => {
    const peer = await gateway.join({
      run: () => (peer.socket.write(Buffer.alloc(64, 0xff)), never()),
    });
    const { result } = await gateway.core.runs.execute(intent());
    expect(result.exitReason).toBe('EngineCrash');
    expect(gateway.core.registry.list()).toEqual([]);
  });

  it('cannot flood the console of a streaming run', async () => {
    const peer = await gateway.join({
      run: (call: IncomingCall) => {
        const log = { level: 'log', message: 'x'.repeat(1000), time: 0 };
        for (let line = 0; line < 1000; line++) call.emit({ log });
        return ok();
      },
    });
    let chars = 0;
    const onLog = ({ message }: { message: string }) => (chars += message.length);
    const { result } = await gateway.core.runs.execute(intent({ onLog }));
    expect(result.exitReason).toBe('EngineCrash');
    expect(chars).toBeLessThanOrEqual(256 * 1024 + 4096);
    await peer.channel.closed;
  });

  it('lies about times, spans, layers and ids in vain', async () => {
    const span = { name: 'execute' as const, start: 0, end: 9e15, parent: 1 };
    await gateway.join({
      run: () =>
        ok({
          layers: ['isolate', 'process', 'container', 'gvisor'],
          digest: 'f'.repeat(64),
          logs: [{ level: 'log', message: 'from the future', time: 9e15 }],
          stats: { ...ok().stats, wallTimeMs: 9e15 },
          spans: [
            { ...span, attributes: { 'faas.name': 'other', 'cofferdam.tenant': 'other' } },
            { ...span, name: 'bridge', start: 9e15, end: 0, parent: 0 },
          ],
        }),
    });
    const before = Date.now() - 1;
    const { runId, result } = await gateway.core.runs.execute(intent());
    const after = Date.now() + 1;
    const { spans, stats } = gateway.core.records.get(runId)!;
    expect(result.layers).toEqual(['isolate', 'process']);
    expect(result.digest).not.toBe('f'.repeat(64));
    for (const { start, end } of spans) {
      expect(start).toBeGreaterThanOrEqual(before);
      expect(end).toBeGreaterThanOrEqual(start);
      expect(end).toBeLessThanOrEqual(after);
    }
    expect(result.logs[0]!.time).toBeLessThanOrEqual(after);
    expect(stats!.wallTimeMs).toBeLessThanOrEqual(after - before);
    const [, , dispatch, execute] = spans;
    expect(execute!.parentSpanId).toBe(dispatch!.spanId);
    expect(execute!.attributes).toEqual({});
  });

  it('that cancels or expires what nobody asked it to is Unavailable', async () => {
    const error = { name: 'LimitError', message: 'no' };
    await gateway.join({ run: () => ok({ exitReason: 'Cancelled', error }) });
    const { result } = await gateway.core.runs.execute(intent());
    expect(result.exitReason).toBe('Unavailable');
  });
});
