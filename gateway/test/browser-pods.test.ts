import { describe, expect, it, vi } from 'vitest';
import { acquireBrowser } from '../src/core/browsers/acquire.ts';
import { PoolDirectory } from '../src/core/pools.ts';
import { POOL, testPool } from './peer.ts';
import { failure, registryRig, type RegistryRig } from './registry-rig.ts';

const PODS = 'browsers';
const browserPool = (over: object = {}) =>
  testPool({ name: PODS, browserSessions: 2, idleMs: 3_600_000, ...over });
const pools = (over: object = {}) => [testPool({ idleMs: 3_600_000 }), browserPool(over)];

const joinBrowser = (rig: RegistryRig, over: object = {}) =>
  rig.join({ about: { role: 'browser' } }, { pool: PODS, ...over });

const claim = (tenant = 'a', sessionId = 's-1') =>
  ({ tenant, namespace: 'home', script: 'uid-1', sessionId }) as const;

function taking(rig: RegistryRig, over: object = {}) {
  const directory = new PoolDirectory(pools(over));
  return (tenant?: string, sessionId?: string) =>
    acquireBrowser({ registry: rig.registry, pools: directory }, claim(tenant, sessionId), {
      deadlineMs: 60_000,
    });
}

describe('a browser pod', () => {
  it('is bound to its first tenant and given as many sessions as it may have', async () => {
    await using rig = await registryRig(pools());
    const acquire = taking(rig);
    const pod = await joinBrowser(rig);
    const [first, second] = [await acquire(), await acquire()];
    expect([first.runnerId, second.runnerId]).toEqual([pod.runnerId, pod.runnerId]);
    expect(pod.calls).toEqual([{ method: 'bind', payload: { tenant: 'a' } }]);
    const third = acquire();
    const other = await joinBrowser(rig);
    expect((await third).runnerId).toBe(other.runnerId);
    expect((await rig.registry.list()).map(({ role, tenant }) => [role, tenant])).toEqual([
      ['browser', 'a'],
      ['browser', 'a'],
    ]);
  });

  it('gives a place that became free to who waits', async () => {
    await using rig = await registryRig(pools({ warm: { minimum: 0, spare: 0, maximum: 1 } }));
    const acquire = taking(rig);
    const pod = await joinBrowser(rig);
    const first = await acquire();
    await acquire();
    const third = acquire();
    await vi.waitUntil(() => rig.source.now(PODS).waiting === 1, { interval: 1 });
    first.release();
    expect((await third).runnerId).toBe(pod.runnerId);
  });

  it('is never another tenant’s', async () => {
    await using rig = await registryRig(pools());
    const acquire = taking(rig);
    await joinBrowser(rig);
    (await acquire('a')).release();
    const refused = failure(acquire('b'));
    await rig.advance(61_000);
    expect(await refused).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('serves one session where its pool isolates runs, and is let go after it', async () => {
    await using rig = await registryRig(pools({ isolation: 'Run' }));
    const acquire = taking(rig, { isolation: 'Run' });
    const pod = await joinBrowser(rig);
    (await acquire('a', 's-1')).release();
    expect(rig.source.discarded).toEqual([`${pod.runnerId}: its run is over`]);
  });

  it('is given no runs, and a runner no browser sessions', async () => {
    await using rig = await registryRig(pools());
    const acquire = taking(rig);
    await joinBrowser(rig);
    await rig.join();
    const [run, session] = [await rig.acquire(), await acquire()];
    expect(run.runnerId).not.toBe(session.runnerId);
    const crossed = failure(rig.acquire({ pool: PODS, tenant: 'b' }));
    await rig.advance(61_000);
    expect(await crossed).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it.each([
    ['a runner that dials for a pool of browsers', 'runner', PODS],
    ['a browser that dials for a pool of runners', 'browser', POOL],
  ])('%s is turned away', async (_what, role, pool) => {
    await using rig = await registryRig(pools());
    const peer = await rig.join({ about: { role } }, { pool });
    await vi.waitUntil(() => rig.source.discarded.length === 1, { interval: 1 });
    expect(rig.source.discarded).toEqual([`${peer.runnerId}: a ${role} is nothing for its pool`]);
    expect(rig.registry.list()).toEqual([]);
  });

  it('may call nothing of the gateway', async () => {
    const onBlob = vi.fn<() => unknown>();
    await using rig = await registryRig(pools(), { onBlob, onBinding: vi.fn<() => unknown>() });
    const acquire = taking(rig);
    const pod = await joinBrowser(rig);
    await acquire();
    const call = pod.channel.call('blob', { digest: 'x' }, { deadlineMs: 1_000 });
    await expect(call.reply).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(onBlob).not.toHaveBeenCalled();
  });
});

describe('pools of browsers', () => {
  it('are chosen for browsers alone, where their namespaces allow it', () => {
    const directory = new PoolDirectory([
      ...pools(),
      browserPool({ name: 'apart', namespaces: ['else'] }),
    ]);
    expect(directory.choose('home', undefined).name).toBe(POOL);
    expect(directory.chooseBrowser('home').name).toBe(PODS);
    expect(directory.chooseBrowser('else').name).toBe('apart');
    expect(() => directory.choose('home', PODS)).toThrow('there is no pool browsers');
    expect(() => new PoolDirectory([testPool()]).chooseBrowser('home')).toThrow(
      'no pool has browsers',
    );
  });
});
