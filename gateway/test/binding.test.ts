import { CofferdamError } from '@cofferdam/protocol';
import { describe, expect, it, vi } from 'vitest';
import { testPool } from './peer.ts';
import { failure, registryRig } from './registry-rig.ts';

const refuse = (code: 'UNAVAILABLE' | 'FORBIDDEN') => () =>
  Promise.reject(new CofferdamError(code, 'no'));
const methods = ({ calls }: { calls: { method: string }[] }) => calls.map(({ method }) => method);

describe('writing down whose a runner is', () => {
  it('comes before the runner is told', async () => {
    await using rig = await registryRig();
    const written = Promise.withResolvers<void>();
    rig.source.onBind = () => written.promise;
    const peer = await rig.join();
    const asked = rig.acquire({ scope: 's' });
    await vi.waitUntil(() => rig.source.bound.length === 1);
    await peer.channel.ping();
    expect(peer.calls).toEqual([]);
    written.resolve();
    await asked;
    expect(rig.source.bound).toEqual([[peer.runnerId, { tenant: 'a', scope: 's' }]]);
    expect(peer.calls).toEqual([{ method: 'bind', payload: { tenant: 'a' } }]);
  });

  it('is tried again when nobody could, and not without a pause', async () => {
    await using rig = await registryRig();
    rig.source.onBind = refuse('UNAVAILABLE');
    const peer = await rig.join();
    const asked = rig.acquire();
    await rig.advance(2_200);
    expect(rig.source.bound).toHaveLength(5);
    expect(rig.source.now()).toEqual({ joined: 1, unbound: 1, expected: 0, waiting: 1 });
    expect(rig.source.discarded).toEqual([]);
    rig.source.onBind = () => Promise.resolve();
    await rig.advance(500);
    expect((await asked).runnerId).toBe(peer.runnerId);
    expect(methods(peer)).toEqual(['bind']);
  });

  it('leaves a runner that nobody could bind to any tenant', async () => {
    await using rig = await registryRig();
    rig.source.onBind = (_, { tenant }) =>
      tenant === 'a' ? refuse('UNAVAILABLE')() : Promise.resolve();
    const peer = await rig.join();
    const stop = new AbortController();
    const a = rig.acquire({ tenant: 'a' }, stop.signal);
    const refused = failure(a);
    const b = rig.acquire({ tenant: 'b' });
    await vi.waitUntil(() => rig.source.bound.length === 1);
    stop.abort();
    expect(await refused).toMatchObject({ code: 'CANCELLED' });
    await rig.advance(500);
    expect(await b).toMatchObject({ runnerId: peer.runnerId, tenant: 'b' });
    expect(peer.calls).toEqual([{ method: 'bind', payload: { tenant: 'b' } }]);
  });

  it('that is forbidden costs the runner, which nobody gets any more', async () => {
    await using rig = await registryRig();
    rig.source.onBind = refuse('FORBIDDEN');
    const bad = await rig.lasting();
    const asked = rig.acquire();
    await bad.channel.closed;
    await expect.poll(() => rig.source.discarded).toHaveLength(1);
    await expect(bad.dial()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    rig.source.onBind = () => Promise.resolve();
    const good = await rig.join();
    expect((await asked).runnerId).toBe(good.runnerId);
    expect(bad.calls).toEqual([]);
  });

  it('ends with the caller’s time', async () => {
    await using rig = await registryRig();
    rig.source.onBind = refuse('UNAVAILABLE');
    await rig.join();
    const refused = failure(rig.acquire());
    await rig.advance(61_000);
    expect(await refused).toMatchObject({ code: 'UNAVAILABLE' });
    expect(rig.source.now()).toMatchObject({ joined: 1, unbound: 1, waiting: 0 });
  });
});

describe('a runner that is being bound', () => {
  it('is not let go for another tenant that waits, nor for being idle', async () => {
    const warm = { minimum: 0, spare: 0, maximum: 1 };
    await using rig = await registryRig([testPool({ warm, idleMs: 10 })]);
    const written = Promise.withResolvers<void>();
    rig.source.onBind = () => written.promise;
    const a = rig.acquire({ tenant: 'a' });
    const b = rig.acquire({ tenant: 'b' });
    const peer = await rig.join();
    await rig.advance(5_000);
    expect(rig.source.discarded).toEqual([]);
    expect(rig.source.now()).toEqual({ joined: 1, unbound: 0, expected: 0, waiting: 1 });
    written.resolve();
    const lease = await a;
    expect(lease.runnerId).toBe(peer.runnerId);
    // Now that its call is over it makes room.
    lease.release();
    expect(rig.source.discarded).toEqual([`${peer.runnerId}: another tenant needs its room`]);
    await rig.join();
    expect((await b).tenant).toBe('b');
  });

  it('is not let go for those who wait in the moment in which somebody else takes it', async () => {
    const warm = { minimum: 0, spare: 0, maximum: 1 };
    await using rig = await registryRig([testPool({ warm, idleMs: 3_600_000 })]);
    const waiting = rig.acquire({ tenant: 'a' });
    let quick: ReturnType<typeof rig.acquire> | undefined;
    const note = rig.source.demand.bind(rig.source);
    rig.source.demand = (demand) => {
      note(demand);
      if (demand.unbound === 1) quick ??= rig.acquire({ tenant: 'c' });
    };
    const peer = await rig.join();
    const lease = await quick!;
    expect(lease).toMatchObject({ runnerId: peer.runnerId, tenant: 'c' });
    expect(rig.source.discarded).toEqual([]);
    await rig.registry.close();
    await expect(waiting).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });
});
