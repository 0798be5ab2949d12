import { describe, expect, it } from 'vitest';
import { testPool } from './peer.ts';
import { leave, registryRig } from './registry-rig.ts';

const HOUR = 3_600_000;
const pool = (over: object) => [testPool({ idleMs: 100 * HOUR, ...over })];

describe('recycling', () => {
  it('lets a runner go after so many calls', async () => {
    await using rig = await registryRig(pool({ recycleRuns: 2 }));
    const peer = await rig.join();
    (await rig.acquire()).release();
    expect(rig.source.discarded).toEqual([]);
    (await rig.acquire()).release();
    await peer.channel.closed;
    expect(rig.source.discarded).toEqual([`${peer.runnerId}: it has served its time`]);
    expect(rig.source.now()).toMatchObject({ joined: 0, unbound: 0 });
  });

  it('gives no more calls to one that is busy without a pause', async () => {
    await using rig = await registryRig(pool({ recycleRuns: 2 }));
    const first = await rig.join();
    const one = await rig.acquire();
    const two = await rig.acquire();
    const three = rig.acquire();
    expect(rig.source.now()).toMatchObject({ joined: 0, waiting: 1 });
    one.release();
    expect(rig.source.discarded).toEqual([]);
    const second = await rig.join();
    expect((await three).runnerId).toBe(second.runnerId);
    two.release();
    expect(rig.source.discarded).toEqual([`${first.runnerId}: it has served its time`]);
  });

  it('lets a runner go at its age, though never while a call is under way', async () => {
    await using rig = await registryRig(pool({ recycleAgeMs: HOUR }));
    const busy = await rig.join();
    const idle = await rig.join();
    const lease = await rig.acquire();
    expect(lease.runnerId).toBe(busy.runnerId);
    await rig.advance(HOUR - 2_000);
    expect(rig.registry.list()).toHaveLength(2);
    await rig.advance(2_000);
    expect(rig.source.discarded).toEqual([`${idle.runnerId}: it has served its time`]);
    expect(rig.registry.list()).toMatchObject([{ runnerId: busy.runnerId, active: 1 }]);
    expect(rig.source.now()).toMatchObject({ joined: 0 });
    lease.release();
    expect(rig.source.discarded).toHaveLength(2);
  });

  it('counts on when a runner dials again', async () => {
    await using rig = await registryRig(pool({ recycleRuns: 3 }));
    const peer = await rig.lasting();
    (await rig.acquire()).release();
    await leave(peer, rig.registry);
    const second = await peer.dial();
    (await rig.acquire()).release();
    await peer.dial();
    await second.channel.closed;
    (await rig.acquire()).release();
    expect(rig.source.discarded).toEqual([`${peer.runnerId}: it has served its time`]);
  });
});

describe('a retired runner', () => {
  it('is let go at once when it is idle', async () => {
    await using rig = await registryRig();
    const peer = await rig.join();
    rig.registry.retire(peer.runnerId, 'there is a new image');
    await peer.channel.closed;
    expect(rig.source.discarded).toEqual([`${peer.runnerId}: there is a new image`]);
    expect(rig.source.now()).toEqual({ joined: 0, unbound: 0, expected: 0, waiting: 0 });
  });

  it('gets no more calls, ends those it has, and is counted no more', async () => {
    await using rig = await registryRig();
    const old = await rig.join();
    const one = await rig.acquire();
    const two = await rig.acquire();
    rig.registry.retire(old.runnerId, 'there is a new image');
    expect(rig.source.now()).toMatchObject({ joined: 0 });
    const next = rig.acquire();
    expect(rig.source.now()).toMatchObject({ joined: 0, waiting: 1 });
    one.release();
    expect(rig.source.discarded).toEqual([]);
    const young = await rig.join();
    expect((await next).runnerId).toBe(young.runnerId);
    two.release();
    await old.channel.closed;
    expect(rig.source.discarded).toEqual([`${old.runnerId}: there is a new image`]);
  });

  it('is not taken back when it dials again', async () => {
    await using rig = await registryRig();
    const peer = await rig.lasting();
    const lease = await rig.acquire();
    rig.registry.retire(peer.runnerId, 'there is a new image');
    const again = await peer.dial();
    await again.channel.closed;
    lease.release();
    expect(rig.source.discarded).toEqual([`${peer.runnerId}: there is a new image`]);
    expect(rig.registry.list()).toEqual([]);
  });
});
