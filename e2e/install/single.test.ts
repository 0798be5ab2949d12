import { afterAll, beforeAll, expect, it } from 'vitest';
import { dumpFailures } from './failures.ts';
import { GatewayClient } from './gateway-client.ts';
import { install, NAMESPACE, TENANT, type Installation } from './installation.ts';
import { load } from './load.ts';
import { condition, read, script } from './resources.ts';

const PATIENT = { timeout: 60_000, interval: 250 };

let app: Installation;
let home: GatewayClient;

beforeAll(async () => {
  app = await install('mode=single');
  home = await GatewayClient.of(app);
}, 300_000);
afterAll(() => app?.stop());
dumpFailures(() => app);

it('is two pods and runners, and works like the larger one', async () => {
  const { items } = await read(app, 'pods', '-n', NAMESPACE);
  expect(items).toHaveLength(2);
  const answer = await home.post('/execute', { code: 'return 6 * 7' });
  expect(answer).toMatchObject({ status: 200, body: { result: 42 } });
  expect(answer.body.layers).toContain('gvisor');
  await app.apply(script('beat', { source: { inline: 'return 1' }, schedule: { every: '1s' } }));
  const healthy = () => condition(app, 'Healthy', 'sbx', 'beat', '-n', TENANT);
  await expect.poll(healthy, PATIENT).toBe('True RunsSucceed');
});

it('loses no accepted request when its pod is replaced', async () => {
  const requests = load(2, () => home.send('/execute', { code: 'return 1' }));
  await requests.more(20);
  const rollout = [`deployment/${await gatewayName()}`, '-n', NAMESPACE];
  await app.kubectl('rollout', 'restart', ...rollout);
  await app.kubectl('rollout', 'status', ...rollout, '--timeout=120s');
  await requests.more(50);
  expect((await requests.stop()).map(({ status, text }) => `${status} ${text}`)).toEqual([]);
});

async function gatewayName(): Promise<string> {
  const { items } = await read(app, 'deployments', '-n', NAMESPACE);
  const names = items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
  return names.find((name: string) => !name.endsWith('egress'))!;
}
