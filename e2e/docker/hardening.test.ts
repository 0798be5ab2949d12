import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { ContainerInspectInfo } from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Instance } from '../test/instance.ts';
import { expectServed } from '../test/expectations.ts';
import type { Engine } from './dockerd.ts';
import { engineWithImage, INSTANCE_LABEL, runnersOf, startUp } from './rig.ts';

const NOBODY = 65_532;
const GiB = 1024 ** 3;

let engine: Engine;
let up: Instance;
beforeAll(async () => {
  engine = await engineWithImage();
}, 600_000);
afterAll(() => engine?.[Symbol.asyncDispose](), 60_000);

/** Tells what a process of the container may do. */
const LOOK = `
const { readFileSync, readdirSync, writeFileSync } = require('node:fs');
const { execFileSync } = require('node:child_process');
const os = require('node:os');
const net = require('node:net');
const said = (act) => { try { act(); return 'done' } catch (error) { return error.code } };
const status = Object.fromEntries(readFileSync('/proc/1/status', 'utf8').split('\\n').map((line) => line.split(/:\\s*/)));
const dials = (options) => new Promise((done) => net.connect(options).once('connect', () => done('connected')).once('error', ({ code }) => done(code)));
const wrote = Object.fromEntries(['/', '/app', '/etc', '/usr', '/run', '/run/cofferdam', '/dev', '/dev/shm', '/var/tmp'].map((folder) => [folder, said(() => writeFileSync(folder + '/probe', 'x'))]));
const programs = said(() => { writeFileSync('/tmp/program', '#!' + process.execPath, { mode: 0o755 }); execFileSync('/tmp/program') });
(async () => console.log(JSON.stringify({
  status, wrote, programs, kernel: os.release(), hostname: os.hostname(),
  addresses: Object.values(os.networkInterfaces()).flat().map(({ address }) => address),
  sockets: said(() => readdirSync('/run/cofferdam')),
  control: await dials('/run/cofferdam/egress-control.sock'), gateway: await dials('/run/cofferdam/gateway.sock'),
  api: await dials({ host: '127.0.0.1', port: Number(process.argv[1]) }), world: await dials({ host: '1.1.1.1', port: 443 }),
  engine: said(() => readFileSync('/var/run/docker.sock')), environment: readFileSync('/proc/1/environ', 'latin1').split('\\0'),
})))()`;

interface Look {
  status: Record<string, string>;
  wrote: Record<string, string>;
  environment: string[];
  [what: string]: unknown;
}

async function inspect(): Promise<ContainerInspectInfo> {
  const [runner] = await runnersOf(engine);
  return engine.docker.getContainer(runner!.Id).inspect();
}

/** Runs a program in the runner's container, as its user; answers what it said and its exit code. */
async function inside(...args: string[]): Promise<{ said: string; code: number | null }> {
  const container = engine.docker.getContainer((await inspect()).Id);
  const exec = await container.exec({
    Cmd: ['node', '--eval', ...args],
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ hijack: true, stdin: false });
  const output = new PassThrough();
  engine.docker.modem.demuxStream(stream, output, output);
  stream.once('close', () => output.end()).once('end', () => output.end());
  const said = await text(output);
  return { said, code: (await exec.inspect().catch(() => ({ ExitCode: null }))).ExitCode };
}

/** What a user of this machine meets who dials a socket. */
async function dialAs(uid: number, path: string): Promise<string> {
  const program = `require('node:net').connect(process.argv[1]).on('connect', function () { console.log('connected'); this.destroy() }).on('error', (error) => console.log(error.code))`;
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  // A copy of Node that everybody may run: this one may be in a folder of root's.
  const child = spawn('/proc/self/exe', ['--eval', program, path], {
    ...{ uid, gid: uid, stdio: [...stdio], cwd: '/' },
    argv0: 'node',
  });
  return (await text(child.stdout!)).trim();
}

describe.each([
  ['gVisor', [], ['container', 'gvisor']],
  ['runc', ['--allow-runc'], ['container']],
])('a runner in %s', { timeout: 120_000 }, (kind, args, layers) => {
  let look: Look;
  let facts: ContainerInspectInfo;
  beforeAll(async () => {
    if (kind === 'runc') await engine.setRuntimes({});
    up = await startUp(engine, { args });
    await expectServed(up);
    facts = await inspect();
    const { said } = await inside(LOOK, new URL(up.url).port);
    look = JSON.parse(said) as Look;
  }, 120_000);
  afterAll(() => up[Symbol.asyncDispose](), 60_000);

  it('is started as the engine says with no more than it needs', () => {
    const { Config, HostConfig, Mounts } = facts;
    expect(Config.User).toBe(`${NOBODY}:${NOBODY}`);
    expect(HostConfig).toMatchObject({
      Runtime: kind === 'gVisor' ? 'runsc' : 'runc',
      ...{ Privileged: false, ReadonlyRootfs: true, NetworkMode: 'none', IpcMode: 'none' },
      ...{ PidMode: '', UTSMode: '', UsernsMode: '', CapDrop: ['ALL'], CapAdd: null },
      ...{ SecurityOpt: ['no-new-privileges'], PidsLimit: 2_048, NanoCpus: 2e9 },
      ...{ Memory: 2 * GiB, MemorySwap: 2 * GiB, AutoRemove: true, Binds: null, Devices: null },
      LogConfig: { Type: 'none' },
    });
    expect(Mounts).toMatchObject([
      { Type: 'bind', Destination: '/run/cofferdam', RW: false, Propagation: 'rprivate' },
    ]);
    const networks = Object.keys(facts.NetworkSettings.Networks);
    expect(networks.filter((name) => name !== 'none')).toEqual([]);
    expect(Config.Labels[INSTANCE_LABEL]).toMatch(/^[0-9a-f]{32}$/);
  });

  it('keeps its token from whoever inspects it, and from its own environment', () => {
    const names = [...facts.Config.Env, ...look.environment].filter((line) => /token/i.test(line));
    expect(new Set(names)).toEqual(new Set(['COFFERDAM_JOIN_TOKEN_FILE=/dev/stdin']));
  });

  it('is nobody and may do nothing, as its own kernel says', () => {
    const none = '0000000000000000';
    expect(look.status).toMatchObject({
      ...{ Uid: expect.stringMatching(/^65532\b/), Gid: expect.stringMatching(/^65532\b/) },
      ...{ CapPrm: none, CapEff: none, CapBnd: none, CapInh: none, CapAmb: none, NoNewPrivs: '1' },
    });
    // gVisor answers system calls itself; runc has the engine's filter.
    if (kind === 'runc') expect(look.status.Seccomp).toBe('2');
    const isForeign = look.kernel !== release();
    expect(isForeign).toBe(kind === 'gVisor');
    expect(look.hostname).toBe('runner');
  });

  it('writes nowhere but to /tmp, and runs nothing from there', () => {
    const refusals = ['EACCES', 'EROFS', 'ENOENT'];
    for (const [folder, said] of Object.entries(look.wrote)) {
      expect([folder, refusals.includes(said)]).toEqual([folder, true]);
    }
    expect(look.programs).toBe('EACCES');
  });

  it('dials the gateway and egress, and nobody else', () => {
    const { gateway, control, api, world, engine: socket, addresses } = look;
    expect({ gateway, control, socket }).toEqual({
      ...{ gateway: 'connected', control: 'ENOENT', socket: 'ENOENT' },
    });
    expect(look.sockets).toBe('EACCES');
    for (const code of [api, world]) expect(code).toMatch(/^(ECONNREFUSED|ENETUNREACH)$/);
    expect((addresses as string[]).filter((each) => !/^(127\.|::1$)/.test(each))).toEqual([]);
  });

  it('is dialled through sockets that nobody else of this machine can open', async () => {
    const folder = facts.Mounts[0]!.Source;
    for (const name of ['gateway.sock', 'egress.sock']) {
      const path = join(folder, name);
      expect(await dialAs(NOBODY, path)).toBe('EACCES');
      expect(await dialAs(process.getuid!(), path)).toBe('connected');
    }
    expect((await readdir(folder)).toSorted()).toEqual(['egress.sock', 'gateway.sock']);
    expect(await readdir(dirname(folder))).toContain('egress-control.sock');
  });

  it('says truly what protects it', async () => {
    const { body } = await up.get('/health');
    expect(body.layers).toEqual(['process', ...layers]);
    expect(up.process.text.includes('kernel of its own (gVisor)')).toBe(kind === 'gVisor');
    expect(body.protection.includes('second kernel (gVisor)')).toBe(kind === 'gVisor');
  });

  it('that takes all memory ends, and another serves', async () => {
    const { code } = await inside(
      'const all = []; for (;;) all.push(Buffer.alloc(64 * 1024 ** 2, 1))',
    );
    expect(code).not.toBe(0);
    const ready = async () => (await up.post('/execute', { code: 'return 1' })).body.result;
    await expect.poll(ready, { timeout: 60_000 }).toBe(1);
    await expectServed(up);
  });
});
