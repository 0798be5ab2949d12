import { describe, expect, it } from 'vitest';
import { leave, registryRig } from './registry-rig.ts';

const figures = { joined: 0, unbound: 0, expected: 0, waiting: 0 };

describe('a lasting runner', () => {
  it('may dial again with the same token, and is expected meanwhile', async () => {
    await using rig = await registryRig();
    const peer = await rig.lasting();
    expect(rig.source.now()).toEqual({ ...figures, joined: 1, unbound: 1 });
    await leave(peer, rig.registry);
    expect(rig.source.now()).toEqual({ ...figures, expected: 1 });
    await rig.advance(59_000);
    expect(rig.source.discarded).toEqual([]);
    await peer.dial();
    expect(rig.source.now()).toEqual({ ...figures, joined: 1, unbound: 1 });
    await rig.advance(120_000);
    expect(rig.source.discarded).toEqual([]);
    expect(rig.registry.list()).toMatchObject([{ runnerId: peer.runnerId }]);
  });

  it('is given up once when it does not come back within a minute', async () => {
    await using rig = await registryRig();
    const peer = await rig.lasting();
    await leave(peer, rig.registry);
    await rig.advance(65_000);
    expect(rig.source.discarded).toEqual([`${peer.runnerId}: it did not dial again`]);
    await expect(peer.dial()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    expect(rig.source.now()).toEqual(figures);
  });

  it('replaces its own earlier connection, and is then counted once', async () => {
    await using rig = await registryRig();
    const peer = await rig.lasting();
    const again = await peer.dial();
    await peer.channel.closed;
    expect(rig.registry.list()).toHaveLength(1);
    rig.registry.announceDemand();
    expect(rig.source.now()).toEqual({ ...figures, joined: 1, unbound: 1 });
    await rig.advance(120_000);
    expect(rig.source.discarded).toEqual([]);
    const lease = await rig.acquire();
    await lease.channel.ping();
    expect(again.calls.map(({ method }) => method)).toEqual(['bind']);
  });

  it('remains its owner’s when it dials again, though nobody said so anew', async () => {
    await using rig = await registryRig();
    const peer = await rig.lasting();
    const lease = await rig.acquire({ tenant: 'a' });
    const again = await peer.dial();
    lease.release();
    const other = rig.acquire({ tenant: 'b' });
    expect((await rig.acquire({ tenant: 'a' })).runnerId).toBe(peer.runnerId);
    expect(again.calls).toEqual([{ method: 'bind', payload: { tenant: 'a' } }]);
    const free = await rig.join();
    expect((await other).runnerId).toBe(free.runnerId);
    expect(rig.source.bound.map(([runnerId]) => runnerId)).toEqual([peer.runnerId, free.runnerId]);
  });

  it('may not come back when it was forgotten', async () => {
    await using rig = await registryRig();
    const peer = await rig.lasting();
    await leave(peer, rig.registry);
    rig.registry.forget(peer.runnerId);
    expect(rig.source.now()).toEqual(figures);
    await expect(peer.dial()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await rig.advance(120_000);
    expect(rig.source.discarded).toEqual([]);
  });

  it('is not waited for any longer when it was forgotten', async () => {
    await using rig = await registryRig();
    // It answers nothing, as a machine that is switched off.
    const peer = await rig.lasting({ run: () => new Promise(() => {}) });
    const lease = await rig.acquire();
    const { reply } = lease.channel.call('run', {}, { deadlineMs: 60_000 });
    rig.registry.forget(peer.runnerId);
    await expect(reply).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    lease.release();
    expect(rig.registry.list()).toEqual([]);
    expect(rig.source.discarded).toEqual([]);
  });

  it('may not come back when it broke the protocol', async () => {
    await using rig = await registryRig();
    const peer = await rig.lasting();
    const lease = await rig.acquire();
    lease.drop('an answer that is none');
    lease.release();
    await peer.channel.closed;
    await expect.poll(() => rig.source.discarded).toHaveLength(1);
    await expect(peer.dial()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });

  it('is another one for a token that was announced anew', async () => {
    await using rig = await registryRig();
    const peer = await rig.lasting();
    await leave(peer, rig.registry);
    const { runnerId } = peer;
    rig.registry.expect({ runnerId, pool: 'local', lasting: true, tokenSha256: 'b'.repeat(64) });
    await expect(peer.dial()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });
});

describe('a runner that is not lasting', () => {
  it('is discarded with its connection', async () => {
    await using rig = await registryRig();
    const peer = await rig.join();
    await leave(peer, rig.registry);
    expect(rig.source.discarded).toEqual([`${peer.runnerId}: the connection ended`]);
    expect(rig.source.now()).toEqual(figures);
  });
});
