import { hash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pods, sandboxPools, secrets, type KubernetesClient } from '@cofferdam/operator/kubernetes';
import { startApiServer, type ApiServer } from '../cluster/api-server.ts';
import { altered, isOf, lost, PoolRig, type Started } from './pool-rig.ts';

const CRDS = fileURLToPath(new URL('../../crds', import.meta.url));
const within = { timeout: 20_000, interval: 50 };
const A = { tenant: 'team-a' };
const B = { tenant: 'team-b' };

let api: ApiServer;
let rig: PoolRig;
beforeAll(async () => {
  api = await startApiServer({ controllers: true });
  await api.kubectl(['apply', '--server-side', '-f', CRDS]);
  await api.kubectl(['wait', '--for=condition=Established', 'crd/sandboxpools.cofferdam.dev']);
});
afterAll(() => api.stop());
beforeEach(async () => {
  rig = await PoolRig.open(api);
  await rig.runtimeClass('gvisor');
});
afterEach(() => rig.close());

const warm = (minimum: number, spare = 0, maximum = 16) => ({
  warm: { minimum, spare, maximum },
});
const untilPods = async (count: number) => {
  await expect.poll(() => rig.names(), within).toHaveLength(count);
  return rig.names();
};
/** Several looks of the controller later there is still the same. */
async function staysAt(count: number, { controller }: Started) {
  for (let look = 0; look < 10; look += 1) {
    controller.onDemand('home');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await rig.names()).toHaveLength(count);
  }
}

test('a pool becomes pods that satisfy PodSecurity, each with a token of its own, and Ready when one has joined', async () => {
  const started = await rig.start();
  await rig.pool('home', warm(2));
  const names = await untilPods(2);
  await expect
    .poll(() => rig.condition('home'), within)
    .toMatchObject({ status: 'Unknown', observedGeneration: 1 });
  for (const name of names) {
    const secret = await rig.client.get(secrets, { namespace: rig.namespace, name });
    const token = Buffer.from(secret.data?.token ?? '', 'base64').toString();
    expect(started.gateways.expected.get(name)).toMatchObject({
      tokenSha256: hash('sha256', token),
      pool: 'home',
      lasting: true,
      mustNotReach: expect.arrayContaining(['10.199.0.1:443', '169.254.169.254:80']),
    });
  }
  await rig.join(names[0]!, started);
  await expect.poll(() => rig.condition('home'), within).toMatchObject({ status: 'True' });
  expect(await rig.condition('home', 'EgressClosed')).toMatchObject({ status: 'True' });
  await expect
    .poll(
      async () =>
        (await rig.client.get(pods, { namespace: rig.namespace, name: names[0]! })).status
          ?.conditions,
      within,
    )
    .toContainEqual(expect.objectContaining({ type: 'cofferdam.dev/Joined', status: 'True' }));
  await expect
    .poll(() => started.gateways.expected.get(names[0]!)?.mustNotReach, within)
    .toContain('192.0.2.7:10250');
  expect(started.errors).toEqual([]);
});

test('an unready report shuts the gate, and says what was reached', async () => {
  const started = await rig.start();
  await rig.pool('home', warm(1));
  const [name = ''] = await untilPods(1);
  await rig.join(name, started, { ready: false, reached: ['1.1.1.1:443'] });
  started.clock.skip(10_000);
  started.controller.onDemand('home');
  await expect
    .poll(() => rig.condition('home'), within)
    .toMatchObject({ status: 'False', reason: 'EgressOpen' });
  expect(await rig.condition('home', 'EgressClosed')).toMatchObject({ status: 'False' });
  await rig.join(name, started);
  await expect.poll(() => rig.condition('home'), within).toMatchObject({ status: 'True' });
  const events = await api.kubectl([
    'get',
    'events.v1.events.k8s.io',
    '-n',
    'default',
    '-o',
    'json',
  ]);
  expect(events).toContain('EgressOpen');
});

describe('a cache that lags', () => {
  test('leads to no pod too many, however often the pool is looked at', async () => {
    const lag = rig.lagging();
    const started = await rig.start(lag.client);
    lag.hold();
    await rig.pool('home', warm(3, 1, 5));
    await untilPods(3);
    await staysAt(3, started);
    started.gateways.waiting = 9;
    started.controller.onDemand('home');
    await untilPods(5);
    await staysAt(5, started);
    // Also when it has lagged for so long that the API server itself is asked.
    started.clock.skip(40_000);
    await staysAt(5, started);
    lag.release();
    await staysAt(5, started);
    expect(started.errors).toEqual([]);
  });

  test('leads to no deletion too many', async () => {
    const lag = rig.lagging();
    const started = await rig.start(lag.client);
    await rig.pool('home', warm(3));
    const names = await untilPods(3);
    for (const name of names) await rig.join(name, started);
    await expect.poll(() => rig.status('home'), within).toMatchObject({ replicas: 3 });
    lag.hold();
    started.controller.onDiscard(names[0]!, 'worn');
    await expect.poll(() => rig.names(), within).not.toContain(names[0]);
    await staysAt(3, started);
    expect(await rig.names()).toEqual(expect.arrayContaining(names.slice(1)));
    lag.release();
    await staysAt(3, started);
  });

  test('leads to one pod even when nobody heard that it was made', async () => {
    let failures = 0;
    const create: KubernetesClient['create'] = async (resource, object, options) => {
      const made = await rig.client.create(resource, object, options);
      if (isOf(resource, 'pods') && failures++ === 0) throw lost();
      return made;
    };
    const started = await rig.start(altered(rig.client, { create }));
    await rig.pool('home', warm(1));
    // The first one's token is lost: it goes, and another comes.
    await expect
      .poll(
        () =>
          [...started.gateways.expected.values()].filter(({ tokenSha256 }) => tokenSha256).length,
        within,
      )
      .toBe(1);
    await expect.poll(async () => (await rig.names()).length, within).toBe(1);
    await expect
      .poll(
        async () =>
          (await rig.client.list(secrets, { namespace: rig.namespace })).items.map(
            ({ metadata }) => metadata.name,
          ),
        within,
      )
      .toEqual(await rig.names());
    await staysAt(1, started);
  });
});

test('a pod whose token could not be written goes, and the next one has one', async () => {
  let failures = 0;
  const create: KubernetesClient['create'] = (resource, object, options) => {
    if (isOf(resource, 'secrets') && failures++ === 0) throw lost();
    return rig.client.create(resource, object, options);
  };
  const started = await rig.start(altered(rig.client, { create }));
  await rig.pool('home', warm(1));
  await expect.poll(() => failures, within).toBe(2);
  await untilPods(1);
  const [name = ''] = await rig.names();
  await rig.client.get(secrets, { namespace: rig.namespace, name });
  expect([...started.gateways.expected.keys()]).toEqual([name]);
});

test('a new template comes in without a gap, and owners move one by one', async () => {
  const started = await rig.start();
  await rig.pool('home', warm(3, 1, 6));
  const old = await untilPods(3);
  for (const name of old) await rig.join(name, started);
  await started.controller.bind(old[0]!, A);
  await started.controller.bind(old[1]!, B);
  const before = (await rig.status('home'))?.templateHash;

  await rig.pool('home', { ...warm(3, 1, 6), image: 'runner:2' });
  await expect.poll(async () => (await rig.names()).length, within).toBe(4);
  const fresh = (await rig.names()).filter((name) => !old.includes(name));
  expect(await rig.names()).toEqual(expect.arrayContaining(old));
  expect(started.gateways.retired).toEqual([]);
  expect((await rig.status('home'))?.templateHash).not.toBe(before);

  await rig.join(fresh[0]!, started);
  await expect.poll(() => rig.names(), within).not.toContain(old[2]);
  const moving = () => started.gateways.retired.filter((name) => name !== old[2]);
  await expect.poll(moving, within).toHaveLength(1);
  const [first = ''] = moving();
  // The gateway lets it go when it is idle; only then does the pod go.
  expect(await rig.names()).toContain(first);
  started.controller.onDiscard(first, 'it was replaced');
  await expect.poll(() => rig.names(), within).not.toContain(first);
  await expect.poll(moving, within).toHaveLength(2);
  for (const pod of await rig.pods()) {
    if (old.includes(pod.metadata.name)) continue;
    expect(pod.spec.containers[0]?.image).toBe('runner:2');
  }
});

test('nothing is made without the RuntimeClass, and everything once it is there', async () => {
  await rig.start();
  await rig.pool('home', { ...warm(1), runtimeClassName: rig.namespace });
  await expect
    .poll(() => rig.condition('home'), within)
    .toMatchObject({ status: 'False', reason: 'RuntimeClassMissing' });
  expect(await rig.names()).toEqual([]);
  await rig.runtimeClass(rig.namespace, 'kata');
  await untilPods(1);
  const [pod] = await rig.pods();
  expect(pod?.spec.runtimeClassName).toBe(rig.namespace);
  expect(pod?.spec.containers[0]?.env).toContainEqual({
    name: 'COFFERDAM_OUTER_LAYERS',
    value: 'container',
  });
  await expect.poll(() => rig.condition('home'), within).toMatchObject({ reason: 'Starting' });
});

test('a pool that means nothing is told so, is not among the pools, and works when it is corrected', async () => {
  const started = await rig.start();
  expect(started.pools).toEqual([[]]);
  await rig.pool('home', { ...warm(1), idleTime: '1ms' });
  await expect
    .poll(() => rig.condition('home'), within)
    .toMatchObject({ status: 'False', reason: 'InvalidSpec' });
  expect(started.controller.pools()).toEqual([]);
  await rig.pool('home', { ...warm(1), idleTime: '1m' });
  await untilPods(1);
  expect(started.pools.at(-1)).toEqual(['home']);
});

test('what fails is told, waited for and tried again', async () => {
  const quota = JSON.stringify({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'none', namespace: rig.namespace },
    spec: { hard: { pods: '0' } },
  });
  await api.kubectl(['apply', '-f', '-'], quota);
  await expect
    .poll(
      () =>
        api.kubectl([
          'get',
          'quota',
          'none',
          '-n',
          rig.namespace,
          '-o',
          'jsonpath={.status.hard.pods}',
        ]),
      within,
    )
    .toBe('0');
  await rig.start();
  await rig.pool('home', warm(1));
  await expect
    .poll(() => rig.condition('home'), within)
    .toMatchObject({ status: 'False', reason: 'CreateForbidden' });
  expect((await rig.condition('home'))?.message).toContain('quota');
  await api.kubectl(['delete', 'quota', 'none', '-n', rig.namespace]);
  await untilPods(1);
});

test('a pod that ends is replaced, later each time, and the pool says why', async () => {
  const started = await rig.start();
  await rig.pool('home', warm(1));
  const seen = new Set<string>();
  for (let round = 0; round < 3; round += 1) {
    await expect
      .poll(async () => (await rig.names()).filter((name) => !seen.has(name)).length, within)
      .toBe(1);
    const [name = ''] = (await rig.names()).filter((each) => !seen.has(each));
    seen.add(name);
    await rig.setStatus(name, { phase: 'Failed', reason: 'Evicted', message: 'no disk' });
    await expect.poll(() => rig.names(), within).not.toContain(name);
    await expect.poll(() => started.gateways.forgotten, within).toContain(name);
  }
  await expect
    .poll(() => rig.condition('home'), within)
    .toMatchObject({ status: 'False', reason: 'Evicted' });
});

test('after a restart everything is announced before anything else, and nothing is made anew', async () => {
  const first = await rig.start();
  await rig.pool('home', warm(2, 1));
  const names = await untilPods(2);
  for (const name of names) await rig.join(name, first);
  await first.controller.bind(names[0]!, A);
  const three = await untilPods(2);
  await expect.poll(() => rig.condition('home'), within).toMatchObject({ status: 'True' });
  await first.controller.close();
  expect(first.gateways.forgotten).toEqual([]);
  const before = await rig.status('home');

  const second = await rig.start();
  expect([...second.gateways.expected.keys()].sort()).toEqual(three);
  for (const name of three) {
    expect(second.gateways.expected.get(name)?.tokenSha256).toBe(
      first.gateways.expected.get(name)?.tokenSha256,
    );
  }
  expect(second.gateways.expected.get(names[0]!)?.owner).toEqual(A);
  expect(second.pools).toEqual([['home']]);
  await staysAt(2, second);
  expect((await rig.status('home'))?.conditions).toEqual(before?.conditions);
});

test('pods without their pool go: with it, or swept', async () => {
  const started = await rig.start();
  await rig.pool('home', warm(1));
  const [name = ''] = await untilPods(1);
  const orphan = {
    metadata: {
      name: 'orphan',
      namespace: rig.namespace,
      labels: { 'app.kubernetes.io/managed-by': 'cofferdam', 'cofferdam.dev/pool': 'never-was' },
    },
    spec: (await rig.pods())[0]!.spec,
  };
  await rig.client.create(pods, orphan);
  await expect.poll(() => rig.names(), within).toEqual([name]);
  await rig.client.delete(sandboxPools, {
    name: 'home',
  });
  await untilPods(0);
  await expect.poll(() => started.gateways.expected.size, within).toBe(0);
  expect(started.pools.at(-1)).toEqual([]);
});
