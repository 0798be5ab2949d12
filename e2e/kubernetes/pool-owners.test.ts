import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { pods, type KubernetesClient } from '@cofferdam/operator/kubernetes';
import { startApiServer, type ApiServer } from '../cluster/api-server.ts';
import { altered, lost, PoolRig } from './pool-rig.ts';

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
test('an owner is written once: of many who want the pod, at two operators, one gets it', async () => {
  const [one, two] = [await rig.start(), await rig.start()];
  await rig.pool('home', warm(4));
  for (const started of [one, two]) {
    await expect.poll(() => started.gateways.expected.size, within).toBeGreaterThanOrEqual(4);
  }
  for (const name of await rig.names()) {
    const wants = [one, two, one, two].map(({ controller }, index) =>
      controller.bind(name, { tenant: `team-${index}` }).then(
        () => `team-${index}`,
        (error: { code: string }) => error.code,
      ),
    );
    const results = await Promise.all(wants);
    const pod = await rig.client.get(pods, { namespace: rig.namespace, name });
    const won = results.filter((result) => result.startsWith('team-'));
    expect(won).toEqual([pod.metadata.labels?.['cofferdam.dev/tenant']]);
    expect(results.filter((result) => result === 'FORBIDDEN')).toHaveLength(3);
  }
});

test('an owner is the owner again when it asks again, with its scope, and the gateways are told', async () => {
  const started = await rig.start();
  await rig.pool('home', warm(1));
  const [name = ''] = await untilPods(1);
  const owner = { ...A, scope: 'script-1' };
  await started.controller.bind(name, owner);
  await started.controller.bind(name, owner);
  expect(started.gateways.expected.get(name)?.owner).toEqual(owner);
  await expect(started.controller.bind(name, A)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(started.controller.bind(name, { ...owner, tenant: 'team-b' })).rejects.toMatchObject(
    { code: 'FORBIDDEN' },
  );
  // Numbers alone are written seldom.
  started.clock.skip(30_000);
  started.controller.onDemand('home');
  await expect.poll(() => rig.status('home'), within).toMatchObject({ bound: 1 });
});

test('an owner gets no pod that goes or is gone', async () => {
  const lag = rig.lagging();
  const started = await rig.start(lag.client);
  await rig.pool('home', warm(1));
  const [name = ''] = await untilPods(1);
  await expect.poll(() => started.gateways.expected.has(name), within).toBe(true);
  lag.hold();
  await rig.client.delete(pods, { namespace: rig.namespace, name });
  await expect(started.controller.bind(name, A)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  lag.release();
  await expect(started.controller.bind('nobody', A)).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

test('an owner may come again when it could not be written just now; whose write came through has the pod', async () => {
  let arrives = false;
  const mergePatch: KubernetesClient['mergePatch'] = async (...call) => {
    if (arrives) await rig.client.mergePatch(...call);
    throw lost();
  };
  const failing = await rig.start(altered(rig.client, { mergePatch }));
  await rig.pool('home', warm(2));
  const [first = '', second = ''] = await untilPods(2);
  const working = await rig.start();
  const unavailable = { code: 'UNAVAILABLE' };
  await expect(failing.controller.bind(first, A)).rejects.toMatchObject(unavailable);
  await expect(working.controller.bind(first, B)).resolves.toBeUndefined();
  arrives = true;
  await expect(failing.controller.bind(second, A)).rejects.toMatchObject(unavailable);
  await expect(working.controller.bind(second, B)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(failing.controller.bind('x', { tenant: 'no namespace' })).rejects.toMatchObject(
    unavailable,
  );
});

test('an owner keeps its pod while surplus ones go', async () => {
  const lag = rig.lagging();
  const started = await rig.start(lag.client);
  await rig.pool('home', warm(3));
  const names = await untilPods(3);
  const versions = async () =>
    Object.fromEntries(
      (await rig.pods()).map(({ metadata }) => [metadata.name, metadata.resourceVersion]),
    );
  await expect
    .poll(async () => {
      const heard = Object.fromEntries(lag.heard);
      return JSON.stringify(heard, names) === JSON.stringify(await versions(), names);
    }, within)
    .toBe(true);
  lag.hold();
  // Another operator's gateway gives it to somebody, and this one has not heard of it.
  const other = await rig.start();
  await other.controller.bind(names[0]!, A);
  await other.controller.close();
  await rig.pool('home', warm(0, 0));
  await expect.poll(() => rig.status('home'), within).toMatchObject({ observedGeneration: 2 });
  started.clock.skip(16_000);
  started.controller.onDemand('home');
  await expect.poll(() => rig.names(), within).toEqual([names[0]]);
});
