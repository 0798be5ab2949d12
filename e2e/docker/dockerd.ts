import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import { isRunning } from '../../cli/test/cofferdam-process.ts';
import { run } from '../cluster/command.ts';

export interface Runtime {
  path: string;
  runtimeArgs?: string[];
}

/** A Docker engine of the tests' own, beside whatever this machine has. */
export interface Engine extends AsyncDisposable {
  /** For --docker-host. */
  readonly host: string;
  readonly docker: Docker;
  /** Its folder: whatever it starts names it. */
  readonly folder: string;
  /** Replaces the runtimes of its daemon.json, and makes it read that again. */
  setRuntimes(runtimes: Record<string, Runtime>): Promise<void>;
  /** Ends it in order, its containers with it, and starts it again. */
  restart(): Promise<void>;
}

const DOCKERD = '/usr/sbin/dockerd';
/** Debian's own programs: the cluster's tests have a containerd of theirs. */
const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';
const START_MS = 60_000;
const STOP_MS = 20_000;
const POLL_MS = 50;
const MAX_ENGINES = 10;

/** Starts Debian's dockerd, with an own containerd and without a network; installs it where it is missing. */
export async function startEngine(runtimes: Record<string, Runtime>): Promise<Engine> {
  if (!existsSync(DOCKERD)) await install();
  const folder = await takeFolder();
  const config = join(folder, 'daemon.json');
  const socket = join(folder, 'docker.sock');
  const docker = new Docker({ socketPath: socket });
  await writeFile(config, JSON.stringify({ runtimes }));
  const start = () => startDaemon(folder, { config, socket, docker });
  let daemon = await start();
  return {
    host: `unix://${socket}`,
    docker,
    folder,
    async setRuntimes(next) {
      await writeFile(config, JSON.stringify({ runtimes: next }));
      daemon.kill('SIGHUP');
      const wanted = Object.keys(next).toSorted().join();
      while ((await ownRuntimes(docker)) !== wanted) await sleep(POLL_MS);
    },
    async restart() {
      await stopDaemon(daemon);
      daemon = await start();
    },
    async [Symbol.asyncDispose]() {
      await stopDaemon(daemon);
      await clear(folder);
    },
  };
}

interface DaemonFiles {
  config: string;
  socket: string;
  docker: Docker;
}

async function startDaemon(
  folder: string,
  { config, socket, docker }: DaemonFiles,
): Promise<ChildProcess> {
  const path = join(folder, 'dockerd.log');
  const log = await open(path, 'a');
  const daemon = spawn(DOCKERD, flags(folder, config, socket), {
    env: { PATH },
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
  });
  await log.close();
  try {
    await answers(docker, () => daemon.exitCode === null);
    return daemon;
  } catch (error) {
    const said = await readFile(path, 'utf8');
    await stopDaemon(daemon);
    await clear(folder);
    throw new Error(`dockerd did not start:\n${said.slice(-4_000)}`, { cause: error });
  }
}

async function stopDaemon(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const ended = once(daemon, 'exit');
  daemon.kill('SIGTERM');
  await Promise.race([ended, sleep(STOP_MS, undefined, { ref: false })]);
}

function flags(folder: string, config: string, socket: string): string[] {
  const name = `cofferdam-${process.pid}`;
  return [
    ...['--config-file', config, '--host', `unix://${socket}`],
    ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
    ...['--pidfile', join(folder, 'dockerd.pid'), '--containerd-namespace', name],
    ...['--containerd-plugins-namespace', `${name}-plugins`],
    // Nothing of the machine's own network is touched: no bridge, no rule, no setting.
    ...['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false'],
  ];
}

async function answers(docker: Docker, isAlive: () => boolean): Promise<void> {
  const late = Date.now() + START_MS;
  for (;;) {
    try {
      // eslint-disable-next-line no-await-in-loop -- asks until it answers
      await docker.ping();
      return;
    } catch (error) {
      if (!isAlive() || Date.now() > late) throw error;
    }
    // eslint-disable-next-line no-await-in-loop -- as above
    await sleep(POLL_MS);
  }
}

/** Names of those that are not the engine's own. */
async function ownRuntimes(docker: Docker): Promise<string> {
  const { Runtimes } = (await docker.info()) as { Runtimes: object };
  const names = Object.keys(Runtimes).filter((name) => name !== 'runc' && !name.startsWith('io.'));
  return names.toSorted().join();
}

async function install(): Promise<void> {
  await run('apt-get', ['update', '-qq']);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['install', '-qq', '-y', '--no-install-recommends', 'docker.io'], { env });
}

/** A folder that no living test run has; what a dead one left in it is ended and removed. */
async function takeFolder(): Promise<string> {
  for (let index = 0; index < MAX_ENGINES; index++) {
    const folder = join(tmpdir(), `cofferdam-e2e-docker-${index}`);
    const owner = Number(await readFile(join(folder, 'owner'), 'utf8').catch(() => '0'));
    if (owner !== 0 && (await isRunning(owner))) continue;
    await clear(folder);
    await mkdir(folder, { mode: 0o700 });
    await writeFile(join(folder, 'owner'), String(process.pid), { flag: 'wx' });
    return folder;
  }
  throw new Error(`${MAX_ENGINES} other test runs have an engine`);
}

/** Ends what runs from the folder, unmounts what is mounted in it, and removes it. */
async function clear(folder: string): Promise<void> {
  for (const pid of await processesOf(folder)) process.kill(pid, 'SIGKILL');
  while ((await processesOf(folder)).length > 0) await sleep(POLL_MS);
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n');
  const below = mounts
    .map((line) => line.split(' ')[1] ?? '')
    .filter((at) => at.startsWith(folder));
  if (below.length > 0) await run('umount', ['--lazy', ...below.toReversed()]);
  await rm(folder, { recursive: true, force: true });
}

/** Processes, by id, whose command line names the folder: dockerd, containerd, shims, runsc. */
export async function processesOf(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return pids.filter((pid, index) => pid !== process.pid && lines[index]!.includes(`${folder}/`));
}
