import { describe, expect, it } from 'vitest';
import type { Isolation, RunnerOwner } from '@cofferdam/protocol';
import { intent, ok, rig, testPool, type Peer } from './peer.ts';
import { failure, registryRig } from './registry-rig.ts';

const isolated = (isolation: Isolation) => ({ pools: [testPool({ isolation })] });
const script = (uid: string, namespace = 'home') => ({
  tenant: namespace,
  script: { uid, namespace, name: uid, generation: 1, history: 1 },
});
const runs = (peer: Peer) => peer.calls.filter(({ method }) => method === 'run').length;

describe('with isolation by script', () => {
  it('scripts of one tenant never share a runner, and each keeps its own', async () => {
    await using gateway = await rig(isolated('Script'));
    const peers = [await gateway.join(), await gateway.join()];
    const { execute } = {
      execute: (uid: string) => gateway.core.runs.execute(intent(script(uid))),
    };
    for (const uid of ['one', 'two', 'one', 'two', 'one']) await execute(uid);
    expect(peers.map(runs)).toEqual([3, 2]);
  });

  it('the same uid of another tenant is another script', async () => {
    await using gateway = await rig(isolated('Script'));
    const peers = [await gateway.join(), await gateway.join()];
    await gateway.core.runs.execute(intent(script('one', 'home')));
    await gateway.core.runs.execute(intent(script('one', 'lab')));
    expect(peers.map(runs)).toEqual([1, 1]);
  });

  it('a source that is sent is a script of its own', async () => {
    await using gateway = await rig(isolated('Script'));
    const peers = [await gateway.join(), await gateway.join()];
    for (const code of ['return 1', 'return 2', 'return 1']) {
      await gateway.core.runs.execute(intent({ code }));
    }
    expect(peers.map(runs)).toEqual([2, 1]);
  });

  it('checking a source takes no runner of a script', async () => {
    await using gateway = await rig(isolated('Script'));
    const validate = () => ({ valid: true, form: 'body' });
    const ofScript = await gateway.join({ handlers: { validate } });
    const ofChecks = await gateway.join({ handlers: { validate } });
    await gateway.core.runs.execute(intent(script('one')));
    await gateway.core.validate({ tenant: 'home', code: 'return 1', language: 'auto' });
    expect(ofScript.calls.map(({ method }) => method)).toEqual(['bind', 'run']);
    expect(ofChecks.calls.map(({ method }) => method)).toEqual(['bind', 'validate']);
  });
});

describe('with isolation by run', () => {
  it('a runner serves one run, and is let go', async () => {
    await using gateway = await rig(isolated('Run'));
    const discarded: string[] = [];
    gateway.core.registry.attach({ demand() {}, discard: (id) => void discarded.push(id) });
    const first = await gateway.join();
    await gateway.core.runs.execute(intent(script('one')));
    await first.channel.closed;
    expect(discarded).toEqual([first.runnerId]);
    const second = await gateway.join();
    await gateway.core.runs.execute(intent(script('one')));
    expect([first, second].map(runs)).toEqual([1, 1]);
  });

  it('runs at once have a runner each', async () => {
    await using gateway = await rig(isolated('Run'));
    const { promise, resolve } = Promise.withResolvers<void>();
    const run = () => promise.then(() => ok());
    const peers = [await gateway.join({ run }), await gateway.join({ run })];
    const all = [1, 2].map(() => gateway.core.runs.execute(intent(script('one'))));
    await expect.poll(() => peers.map(runs)).toEqual([1, 1]);
    resolve();
    for (const { result } of await Promise.all(all)) expect(result.exitReason).toBe('Completed');
  });

  it('a runner whose run ended with its connection comes back for nobody', async () => {
    await using rigged = await registryRig();
    const peer = await rigged.lasting();
    const lease = await rigged.acquire({ scope: 'run-1', once: true });
    const again = await peer.dial();
    const waiting = rigged.acquire({ scope: 'run-2', once: true });
    lease.release();
    await again.channel.closed;
    expect(rigged.source.discarded).toEqual([`${peer.runnerId}: its run is over`]);
    const stranger = await peer.dial().catch(() => undefined);
    expect(stranger).toBeUndefined();
    await rigged.join();
    expect((await waiting).runnerId).not.toBe(peer.runnerId);
  });
});

describe('pools', () => {
  it('are apart: a run waits for its own though the other has a free runner', async () => {
    const pools = [testPool(), testPool({ name: 'other' })];
    await using rigged = await registryRig(pools);
    const other = await rigged.join({}, { pool: 'other' });
    const waiting = rigged.acquire();
    expect(rigged.source.now()).toEqual({ joined: 0, unbound: 0, expected: 0, waiting: 1 });
    expect(rigged.source.now('other')).toEqual({ joined: 1, unbound: 1, expected: 0, waiting: 0 });
    const mine = await rigged.join();
    expect((await waiting).runnerId).toBe(mine.runnerId);
    expect((await rigged.acquire({ pool: 'other' })).runnerId).toBe(other.runnerId);
  });

  it('do not lend a tenant its own runner of another pool', async () => {
    await using rigged = await registryRig([testPool(), testPool({ name: 'other' })]);
    await rigged.join({}, { pool: 'other' });
    (await rigged.acquire({ pool: 'other' })).release();
    const late = rigged.acquire();
    const refused = failure(late);
    await rigged.advance(60_000);
    expect(await refused).toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('many tenants at once, while binds are slow,', () => {
  it('never get a runner that was another’s for a moment', async () => {
    await using rigged = await registryRig();
    const binds: (() => void)[] = [];
    rigged.source.onBind = () => new Promise((resolve) => void binds.push(resolve));
    const peers = await Promise.all(Array.from({ length: 8 }, () => rigged.join()));
    const tenants = Array.from({ length: 8 }, (_, index) => `tenant-${index}`);
    const asked = tenants.flatMap((tenant) =>
      [1, 2, 3].map(async () => [tenant, await rigged.acquire({ tenant })] as const),
    );
    await expect.poll(() => binds.length).toBe(8);
    expect(peers.flatMap(({ calls }) => calls)).toEqual([]);
    for (const answer of binds.reverse()) answer();
    for (const [tenant, lease] of await Promise.all(asked)) expect(lease.tenant).toBe(tenant);
    const owners = peers.map(({ calls }) =>
      calls.map(({ payload }) => (payload as RunnerOwner).tenant),
    );
    expect(owners.map(({ length }) => length)).toEqual(tenants.map(() => 1));
    expect(owners.flat().sort()).toEqual(tenants);
    expect(rigged.source.now()).toEqual({ joined: 8, unbound: 0, expected: 0, waiting: 0 });
  });
});
