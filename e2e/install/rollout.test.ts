import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dumpFailures } from './failures.ts';
import { GatewayClient } from './gateway-client.ts';
import { killPod } from './host-processes.ts';
import { install, NAMESPACE, RUNNERS, TENANT, type Installation } from './installation.ts';
import { load } from './load.ts';
import { buildNextVersion, NEXT } from './next-version.ts';
import { read } from './resources.ts';

const PATIENT = { timeout: 90_000, interval: 250 };
const WORKERS = 4;
const CODE = { code: 'return input + 1', input: 1 };

let app: Installation;
let home: GatewayClient;

beforeAll(async () => {
  app = await install();
  home = await GatewayClient.of(app);
}, 300_000);
afterAll(() => app?.stop());
dumpFailures(() => app);

describe('under load', () => {
  it('a runner’s pod that is killed costs no request', async () => {
    const requests = load(WORKERS, () => home.send('/execute', CODE));
    await requests.more(50);
    const before = await boundPods();
    expect(before).toHaveLength(1);
    expect(await killPod(before[0].metadata.uid)).toBeGreaterThan(0);
    await requests.more(50);
    expect(await requests.stop()).toEqual([]);
    // The gateway may have noticed before the kubelet did.
    const names = async () => (await boundPods()).map(({ metadata }) => metadata.name);
    await expect.poll(names, PATIENT).not.toContain(before[0].metadata.name);
  });

  it('an upgrade to another version, and the way back, lose no accepted request', async () => {
    for (const archive of await buildNextVersion()) {
      // eslint-disable-next-line no-await-in-loop -- one disk
      await app.cluster.importImage(archive);
    }
    const requests = load(WORKERS, () => home.send('/execute', CODE));
    await requests.more(20);
    await app.upgrade(`images.cofferdam.tag=${NEXT}`, `images.runner.tag=${NEXT}`);
    await expect.poll(runnerTags, PATIENT).toEqual([NEXT]);
    await requests.more(50);
    await app.helm('rollback', 'cofferdam', '1', '-n', NAMESPACE, '--wait', '--timeout', '3m');
    await expect.poll(runnerTags, PATIENT).not.toContain(NEXT);
    await requests.more(50);
    expect(await requests.stop()).toEqual([]);
  }, 400_000);
});

describe('uninstalling', () => {
  it('leaves nothing but the CRDs and what people made', async () => {
    await app.helm('uninstall', 'cofferdam', '-n', NAMESPACE, '--wait', '--timeout', '2m');
    const pods = async () => {
      const { items } = await read(app, 'pods', '-A', '-l', 'app.kubernetes.io/part-of=cofferdam');
      return items.length;
    };
    await expect.poll(pods, PATIENT).toBe(0);
    const runners = async () =>
      (await read(app, 'pods', '-A')).items.filter(
        ({ metadata }: { metadata: { namespace: string } }) => metadata.namespace === RUNNERS,
      );
    await expect.poll(runners, PATIENT).toEqual([]);
    const crds = await app.kubectl('get', 'crd', '-o', 'name');
    expect(crds.split('\n').filter((name) => name.includes('cofferdam.dev'))).toHaveLength(3);
    const roles = await app.kubectl('get', 'clusterrole,clusterrolebinding', '-o', 'name');
    expect(roles).not.toContain('cofferdam');
  });
});

// eslint-disable-next-line typescript/no-explicit-any -- pods as the API server has them
async function boundPods(): Promise<any[]> {
  return (await read(app, 'pods', '-n', RUNNERS, '-l', `cofferdam.dev/tenant=${TENANT}`)).items;
}

/** The tags of the images that runner pods have, each once. */
async function runnerTags(): Promise<string[]> {
  const { items } = await read(app, 'pods', '-n', RUNNERS);
  const tags = items.map(({ spec }: { spec: { containers: { image: string }[] } }) =>
    spec.containers[0]!.image.split(':').at(-1),
  );
  return [...new Set<string>(tags)];
}
