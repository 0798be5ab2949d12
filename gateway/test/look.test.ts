import { describe, expect, it, vi } from 'vitest';
import { testPool, type PeerScript } from './peer.ts';
import { registryRig } from './registry-rig.ts';

const FORBIDDEN = '10.0.0.1:443';
const over = { mustNotReach: [FORBIDDEN] };
const found = (answer: unknown): PeerScript => ({ handlers: { probe: () => answer } });
const closedPool = { ...testPool(), requireClosed: true, idleMs: 3_600_000 };

describe('a runner that is looked at', () => {
  it('is used when it works and reaches nothing that it must not', async () => {
    await using rig = await registryRig([closedPool]);
    const peer = await rig.join(found({ works: true, reached: [] }), over);
    const lease = await rig.acquire();
    expect(lease.runnerId).toBe(peer.runnerId);
    expect(peer.calls).toEqual([
      { method: 'probe', payload: { addresses: [FORBIDDEN] } },
      { method: 'bind', payload: { tenant: 'a' } },
    ]);
    expect(rig.source.reports).toMatchObject([
      { runnerId: peer.runnerId, works: true, ready: true, reached: [], layers: ['process'] },
    ]);
  });

  it('is given to nobody before the answer', async () => {
    await using rig = await registryRig([closedPool]);
    const answer = Promise.withResolvers<unknown>();
    const peer = await rig.join(found(answer.promise), over);
    const asked = rig.acquire();
    expect(rig.source.now()).toEqual({ joined: 1, unbound: 1, expected: 0, waiting: 1 });
    await vi.waitUntil(() => peer.calls.length === 1);
    expect(rig.source.bound).toEqual([]);
    answer.resolve({ works: true, reached: [] });
    expect((await asked).runnerId).toBe(peer.runnerId);
  });

  it('is not used while it reaches what it must not, and looked at again', async () => {
    await using rig = await registryRig([closedPool]);
    let reached = [FORBIDDEN];
    const probe = () => ({ works: true, reached });
    const peer = await rig.join({ handlers: { probe } }, over);
    const asked = rig.acquire();
    await vi.waitUntil(() => rig.source.reports.length === 1);
    expect(rig.source.reports[0]).toMatchObject({ works: true, ready: false, reached });
    expect(rig.source.bound).toEqual([]);
    reached = [];
    await rig.advance(2_000);
    expect((await asked).runnerId).toBe(peer.runnerId);
    expect(rig.source.reports.map(({ ready }) => ready)).toEqual([false, true]);
    expect(rig.source.discarded).toEqual([]);
  });

  it('may reach it where its pool does not ask for more', async () => {
    await using rig = await registryRig([{ ...closedPool, requireClosed: false }]);
    const peer = await rig.join(found({ works: true, reached: [FORBIDDEN] }), over);
    expect((await rig.acquire()).runnerId).toBe(peer.runnerId);
    expect(rig.source.reports).toMatchObject([{ ready: true, reached: [FORBIDDEN] }]);
  });

  it('may not reach it in a pool that nobody knows', async () => {
    await using rig = await registryRig([]);
    await rig.join(found({ works: true, reached: [FORBIDDEN] }), over);
    await vi.waitUntil(() => rig.source.reports.length === 1);
    expect(rig.source.reports).toMatchObject([{ ready: false }]);
  });

  const BROKEN: Record<string, unknown> = {
    'that it does not work': { works: false, reached: [], message: 'no isolate' },
    nonsense: { works: 'yes' },
    'more than was asked': { works: true, reached: [], tenant: 'a' },
    'too much': { works: true, reached: Array.from({ length: 17 }, () => FORBIDDEN) },
  };
  for (const [what, answer] of Object.entries(BROKEN)) {
    it(`is ended when it says ${what}`, async () => {
      await using rig = await registryRig([closedPool]);
      const peer = await rig.join(found(answer), over);
      await peer.channel.closed;
      await expect.poll(() => rig.source.discarded).toHaveLength(1);
      expect(rig.source.reports).toMatchObject([{ works: false, ready: false }]);
      expect(rig.source.bound).toEqual([]);
    });
  }

  it('is ended when it does not answer in time', async () => {
    await using rig = await registryRig([closedPool]);
    const peer = await rig.join(found(new Promise(() => {})), over);
    await vi.waitUntil(() => peer.calls.length === 1);
    await rig.advance(20_000);
    await peer.channel.closed;
    await expect.poll(() => rig.source.discarded).toHaveLength(1);
  });
});
