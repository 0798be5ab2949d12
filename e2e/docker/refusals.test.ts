import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { CofferdamProcess } from '../../cli/test/cofferdam-process.ts';
import { expectServed } from '../test/expectations.ts';
import type { Engine } from './dockerd.ts';
import { closedGvisor, engineWithImage, gvisor, IMAGE, runnersOf, startUp } from './rig.ts';

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

/** What `cofferdam up` says that does not start. */
async function refusal(...args: string[]): Promise<string> {
  const own = ['up', home, '--plain', '--port', '0', '--data-dir', join(home, 'data')];
  const driver = ['--driver', 'docker', '--docker-host', engine.host, '--runner-image', IMAGE];
  const up = new CofferdamProcess([...own, ...driver, ...args], { TMPDIR: home });
  expect(await up.exited).not.toBe(0);
  expect(await runnersOf(engine)).toEqual([]);
  return up.lines.at(-1)!;
}

const DAEMON_JSON =
  '{"runtimes": {"runsc": {"path": "/usr/local/bin/runsc", "runtimeArgs": ["--host-uds=open"]}}}';

it('without gVisor says what to install, and what to say to do without', async () => {
  await engine.setRuntimes({});
  const line = await refusal();
  expect(line).toMatch(/has no runtime runsc \(gVisor\)/);
  expect(line).toContain(`put ${DAEMON_JSON} into /etc/docker/daemon.json`);
  expect(line).toContain('--allow-runc');
});

it('where gVisor lets nobody dial says which flag is missing', async () => {
  await engine.setRuntimes(await closedGvisor());
  const line = await refusal();
  expect(line).toMatch(/runsc lets no container dial a socket of this machine \(ECONNREFUSED\)/);
  expect(line).toContain(DAEMON_JSON);
});

it('where runsc is not gVisor says so', async () => {
  await engine.setRuntimes({ runsc: { path: '/usr/sbin/runc' } });
  expect(await refusal()).toMatch(/runsc is not gVisor: a container in it sees the kernel of this/);
});

it('where runsc is missing from its place says what the engine says', async () => {
  await engine.setRuntimes({ runsc: { path: join(home, 'runsc') } });
  expect(await refusal()).toMatch(/does not start with the engine's runtime runsc: .*no such file/);
});

it('--allow-runc does without gVisor, and says so', async () => {
  await engine.setRuntimes({});
  await using up = await startUp(engine, { args: ['--allow-runc'] });
  await expectServed(up);
  expect(up.process.text).toMatch(/no kernel of their own, as --allow-runc allows/);
  expect(up.process.text).toMatch(/there is no gVisor/);
  expect((await up.get('/health')).body.layers).toEqual(['process', 'container']);
});

it('--allow-runc takes gVisor where it is', async () => {
  await engine.setRuntimes(await gvisor());
  await using up = await startUp(engine, { args: ['--allow-runc'] });
  await expectServed(up);
  expect((await up.get('/health')).body.layers).toEqual(['process', 'container', 'gvisor']);
});

it('finds gVisor by its program where it has another name', async () => {
  const { runsc } = await gvisor();
  await engine.setRuntimes({ 'g-visor': runsc! });
  await using up = await startUp(engine);
  await expectServed(up);
  expect((await up.get('/health')).body.layers).toEqual(['process', 'container', 'gvisor']);
});

it.each([
  [['--runner-image', 'nothing:1'], /has no image nothing:1; build it with `npm run images`/],
  [
    ['--docker-host', 'unix:///nowhere.sock'],
    /no Docker engine answers at unix:\/\/\/nowhere.sock/,
  ],
  [['--docker-host', 'tcp://192.0.2.1:2375'], /not reached through a Unix socket of this machine/],
])('%j is refused', async (args, words) => {
  expect(await refusal(...args)).toMatch(words);
});
