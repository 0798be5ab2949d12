import { describe, expect, it } from 'vitest';
import { failure, registryRig } from './registry-rig.ts';

describe('draining', () => {
  it('lets idle lasting runners go at once, without ending them', async () => {
    await using rig = await registryRig();
    const free = await rig.lasting();
    const bound = await rig.lasting();
    (await rig.acquire()).release();
    rig.registry.drain();
    await Promise.all([free.channel.closed, bound.channel.closed]);
    expect(rig.registry.list()).toEqual([]);
    expect(rig.source.discarded).toEqual([]);
  });

  it('is what a retired runner waits for where the gateway leaves: who still comes needs it', async () => {
    await using rig = await registryRig();
    const peer = await rig.lasting();
    rig.registry.leave();
    rig.registry.retire(peer.runnerId, 'there is a new image');
    const lease = await rig.acquire();
    expect(lease.runnerId).toBe(peer.runnerId);
    lease.release();
    expect(rig.source.discarded).toEqual([]);
    rig.registry.drain();
    await peer.channel.closed;
    expect(rig.source.discarded).toEqual([`${peer.runnerId}: there is a new image`]);
  });

  it('takes no more connections', async () => {
    await using rig = await registryRig();
    const peer = await rig.lasting();
    rig.registry.drain();
    await peer.channel.closed;
    await expect(peer.dial()).rejects.toBeInstanceOf(Error);
  });

  it('lets a runner go when its last run has ended', async () => {
    await using rig = await registryRig();
    const peer = await rig.lasting();
    const [one, two] = [await rig.acquire(), await rig.acquire()];
    rig.registry.drain();
    one.release();
    await peer.channel.ping();
    expect(rig.registry.list()).toHaveLength(1);
    two.release();
    await peer.channel.closed;
    expect(rig.source.discarded).toEqual([]);
  });

  it('keeps runners that cannot dial again', async () => {
    await using rig = await registryRig();
    const peer = await rig.join();
    rig.registry.drain();
    await rig.advance(2_000);
    await peer.channel.ping();
    expect((await rig.acquire()).runnerId).toBe(peer.runnerId);
  });

  it('serves first who waits already', async () => {
    await using rig = await registryRig();
    const peer = await rig.lasting();
    const lease = await rig.acquire({ scope: 'one', once: true });
    const next = rig.acquire({ tenant: 'b' });
    const token = await rig.lasting({ handlers: { bind: () => ({}) } });
    rig.registry.drain();
    const served = await next;
    expect(served.runnerId).toBe(token.runnerId);
    expect(rig.registry.list()).toHaveLength(2);
    served.release();
    await token.channel.closed;
    lease.release();
    await peer.channel.closed;
    expect(rig.source.discarded).toEqual([`${peer.runnerId}: its run is over`]);
  });

  it('holds no runner for somebody who has given up', async () => {
    await using rig = await registryRig();
    const peer = await rig.lasting();
    (await rig.acquire()).release();
    const stop = new AbortController();
    const waiting = rig.acquire({ tenant: 'b' }, stop.signal);
    const refused = failure(waiting);
    rig.registry.drain();
    await peer.channel.ping();
    expect(rig.registry.list()).toHaveLength(1);
    stop.abort();
    expect(await refused).toMatchObject({ code: 'CANCELLED' });
    await rig.advance(1_000);
    await peer.channel.closed;
    expect(rig.registry.list()).toEqual([]);
  });
});
