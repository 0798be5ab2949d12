import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectations } from '../../attack/src/expectations.ts';
import { dumpFailures } from '../install/failures.ts';
import { GatewayClient } from '../install/gateway-client.ts';
import {
  buildImages,
  install,
  NAMESPACE,
  RUNNERS,
  type Installation,
} from '../install/installation.ts';
import { pool, read } from '../install/resources.ts';
import { machineTargets } from './machine-targets.ts';
import { removeImage, STAND_IN_IMAGE, standInImage } from './stand-in/image.ts';

const PATIENT = { timeout: 120_000, interval: 500 };
/** Where the hostile code listens; nobody may reach it. */
const LISTENS_ON = 8_088;
/** As threats go: fewer would leave one of the kinds out. */
const LEAST_TRIES = 50;
const RUNC_CLASS = JSON.stringify({
  apiVersion: 'node.k8s.io/v1',
  kind: 'RuntimeClass',
  metadata: { name: 'runc' },
  handler: 'runc',
});

const RUNTIMES = ['gvisor', 'runc'];
const poolOf = (runtime: string) => `hostile-${runtime}`;

interface StandIn {
  metadata: { namespace: string; name: string };
  status: { podIP: string; phase: string };
}

let app: Installation;
let archive: string;
const canary = join(tmpdir(), `cofferdam-canary-${randomUUID()}`);

beforeAll(async () => {
  await writeFile(canary, 'of the machine');
  app = await install('demo.enabled=true');
  const home = await GatewayClient.of(app);
  // A neighbour of another tenant's.
  await home.post('/execute', { code: 'return 1' });
  const [runner = ''] = await buildImages();
  archive = await standInImage(runner, await machineTargets(app, canary));
  await app.cluster.importImage(archive);
  await app.apply(RUNC_CLASS);
  // Both at once: while one is looked at the other one tries, and mostly waits for answers that do not come.
  const warm = { minimum: 1, spare: 0, maximum: 1 };
  await Promise.all(
    RUNTIMES.map((runtimeClassName) =>
      app.apply(pool(poolOf(runtimeClassName), { image: STAND_IN_IMAGE, runtimeClassName, warm })),
    ),
  );
}, 400_000);
afterAll(async () => {
  await app?.stop();
  await rm(canary, { force: true });
  if (archive) await removeImage(archive);
}, 120_000);
dumpFailures(() => app);

describe.each(RUNTIMES)('hostile code in place of a runner, under %s', (runtime) => {
  const name = poolOf(runtime);

  afterAll(() => app.kubectl('delete', 'sandboxpool', name, '--wait=false'));

  it('gets through with nothing that it tries', { timeout: 180_000 }, async () => {
    let text = '';
    // Its pool replaces a runner that does not do what a runner does: what it has said is read in one go.
    await expect.poll(async () => (text = await said()), PATIENT).toMatch(/^done$/m);
    const tries = text
      .trim()
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split('\t'));
    expect(tries.length).toBeGreaterThan(LEAST_TRIES);
    for (const [attempt = '', outcome, had] of tries) {
      const tried = { suite: 'inside', attempt, target: runtime };
      expectations.verdict(tried, outcome === 'held', had);
    }
  });

  it('is reached by no neighbour and no part of ours', async () => {
    const standIn = await expectPod();
    const reaching = `
      const socket = require('net').connect({ host: '${standIn.status.podIP}', port: ${LISTENS_ON}, timeout: 2000 });
      const end = (text) => () => { console.log(text); process.exit(); };
      socket.on('connect', end('reached')).on('timeout', end('closed')).on('error', end('closed'));`;
    const { items } = await read(app, 'pods', '-A');
    const mine = items.filter(
      ({ metadata, status }: StandIn) =>
        [NAMESPACE, RUNNERS].includes(metadata.namespace) &&
        status.phase === 'Running' &&
        !metadata.name.startsWith('hostile-'),
    );
    expect(mine.length).toBeGreaterThan(2);
    const asked = mine.map(async ({ metadata }: StandIn) => {
      const exec = ['exec', '-n', metadata.namespace, metadata.name, '--', 'node', '-e', reaching];
      return [metadata.name, (await app.kubectl(...exec)).trim()];
    });
    const answers = (await Promise.all(asked)) as [string, string][];
    expect(answers.filter(([, answer]) => answer !== 'closed')).toEqual([]);
  });

  it('has a token that is worth nothing at the API server and at the gateway’s HTTP', async () => {
    const standIn = await expectPod();
    const secret = await read(app, 'secret', standIn.metadata.name, '-n', RUNNERS);
    const token = Buffer.from(secret.data.token, 'base64').toString();
    const answer = await fetch(`${app.url}/execute`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{"code":"return 1"}',
    });
    expect([401, 403]).toContain(answer.status);
    const asked = app.kubectl(
      '--token',
      token,
      '--kubeconfig',
      '/dev/null',
      '-s',
      await apiServer(),
      '--insecure-skip-tls-verify',
      'get',
      'pods',
      '-A',
    );
    await expect(asked).rejects.toThrow(/Unauthorized|must be logged in/);
  });

  it('is given no runs, and its pool says that its runners do not come', async () => {
    const home = await GatewayClient.of(app);
    expect(await home.post('/execute', { code: 'return 6 * 7' })).toMatchObject({
      body: { result: 42 },
    });
    const { status } = await read(app, 'sandboxpool', name);
    expect(status.readyReplicas ?? 0).toBe(0);
  });

  /** The one that runs now. */
  async function pod(): Promise<StandIn | undefined> {
    const { items } = await read(app, 'pods', '-n', RUNNERS, '-l', `cofferdam.dev/pool=${name}`);
    return (items as StandIn[]).find(({ status }) => status.phase === 'Running');
  }

  async function expectPod(): Promise<StandIn> {
    await expect.poll(pod, PATIENT).toBeDefined();
    return (await pod())!;
  }

  async function said(): Promise<string> {
    const found = (await pod())?.metadata.name;
    if (found === undefined) return '';
    return app.kubectl('logs', '-n', RUNNERS, found).catch(() => '');
  }
});

async function apiServer(): Promise<string> {
  const { spec } = await read(app, 'service', 'kubernetes', '-n', 'default');
  return `https://${spec.clusterIP}:443`;
}
