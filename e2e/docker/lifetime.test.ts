import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { CofferdamProcess, descendants, isRunning } from '../../cli/test/cofferdam-process.ts';
import { send } from '../../gateway/test/http-rig.ts';
import type { Engine } from './dockerd.ts';
import { engineWithImage, IMAGE, INSTANCE_LABEL, RUNNER_LABEL, runnersOf } from './rig.ts';

const PATIENCE = { timeout: 30_000 };

let engine: Engine;
let home: string;
beforeAll(async () => {
  engine = await engineWithImage();
}, 600_000);
afterAll(() => engine?.[Symbol.asyncDispose](), 60_000);
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'e2e-'));
  return () => rm(home, { recursive: true });
});

interface Up {
  process: CofferdamProcess;
  run(code: string): Promise<unknown>;
}

/** `cofferdam up` with the same data folder each time. */
async function start(): Promise<Up> {
  const own = ['up', home, '--plain', '--port', '0', '--data-dir', join(home, 'data')];
  const driver = ['--driver', 'docker', '--docker-host', engine.host, '--runner-image', IMAGE];
  const up = new CofferdamProcess([...own, ...driver], { TMPDIR: home, ISOLATE_RATE_LIMIT: '0' });
  const url = /http:\S+/.exec(await up.line(/^API /))![0];
  const headers = { 'content-type': 'application/json' };
  return {
    process: up,
    async run(code) {
      const ask = JSON.stringify({ code });
      return (await send(`${url}/execute`, { method: 'POST', headers }, ask)).body.result;
    },
  };
}

async function end({ process: up }: Up): Promise<void> {
  up.kill('SIGTERM');
  expect(await up.exited).toBe(0);
}

const names = async () => (await runnersOf(engine)).map(({ Names }) => Names[0]!);

/** A container that lives on whatever happens, as one of a runner that somebody broke out of would. */
async function stubborn(labels: Record<string, string>, isStarted = true): Promise<string> {
  const container = await engine.docker.createContainer({
    Image: IMAGE,
    Entrypoint: ['node', '--eval', 'setInterval(() => {}, 1e6)'],
    Labels: labels,
    NetworkDisabled: true,
    HostConfig: { NetworkMode: 'none', Runtime: 'runsc' },
  });
  if (isStarted) await container.start();
  return container.id;
}

const exists = async (id: string) => {
  const all = await engine.docker.listContainers({ all: true });
  return all.some(({ Id }) => Id === id);
};

it('containers end with us, also by SIGKILL, and the next start ends what did not', async () => {
  const first = await start();
  expect(await first.run('return 1')).toBe(1);
  const [runner] = await runnersOf(engine);
  const instance = runner!.Labels[INSTANCE_LABEL]!;
  const others = await descendants(first.process.pid);
  first.process.kill('SIGKILL');
  await first.process.exited;
  // The runner's connections have ended, so it has; the engine removes what is over.
  await expect.poll(names, PATIENCE).toEqual([]);
  for (const pid of others) await expect.poll(() => isRunning(pid), PATIENCE).toBe(false);

  const ours = { [INSTANCE_LABEL]: instance, [RUNNER_LABEL]: 'runner-left' };
  const orphans = [await stubborn(ours), await stubborn(ours, false)];
  const foreign = [
    await stubborn({ [INSTANCE_LABEL]: 'f'.repeat(32), [RUNNER_LABEL]: 'runner-left' }),
    await stubborn({ [RUNNER_LABEL]: 'runner-left' }),
    await stubborn({}, false),
  ];
  const second = await start();
  try {
    expect(await second.run('return 2')).toBe(2);
    expect(second.process.text).toMatch(/earlier start were removed \{"containers":2\}/);
    expect(await Promise.all(orphans.map(exists))).toEqual([false, false]);
    expect(await Promise.all(foreign.map(exists))).toEqual([true, true, true]);
    const own = (await runnersOf(engine)).filter(
      ({ Labels }) => Labels[INSTANCE_LABEL] === instance,
    );
    expect(own).toHaveLength(1);
  } finally {
    await end(second);
  }
  expect(await Promise.all(foreign.map(exists))).toEqual([true, true, true]);
  await Promise.all(foreign.map((id) => engine.docker.getContainer(id).remove({ force: true })));
  expect(await engine.docker.listContainers({ all: true })).toEqual([]);
});

it('an instance with other data does not touch ours', async () => {
  const first = await start();
  const ours = home;
  home = await mkdtemp(join(tmpdir(), 'e2e-'));
  try {
    expect(await first.run('return 1')).toBe(1);
    const before = await names();
    const second = await start();
    expect(await second.run('return 2')).toBe(2);
    await end(second);
    expect(await names()).toEqual(before);
    expect(await first.run('return 3')).toBe(3);
  } finally {
    await end(first);
    await rm(home, { recursive: true });
    home = ours;
  }
  expect(await names()).toEqual([]);
});

it('runners come back after the engine was restarted', async () => {
  const up = await start();
  try {
    expect(await up.run('return 1')).toBe(1);
    const [before] = await names();
    await engine.restart();
    await expect.poll(() => up.run('return 2'), PATIENCE).toBe(2);
    expect(await names()).not.toContain(before);
  } finally {
    await end(up);
  }
  expect(await engine.docker.listContainers({ all: true })).toEqual([]);
});
