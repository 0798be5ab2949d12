import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Channel } from '@cofferdam/protocol';
import { World as Egress } from '../../egress/test/world.ts';
import type { Setup } from './inside.ts';

/** An address of the machine itself that is no private one. */
export const OWN_ADDRESS = '203.1.113.7';
export const RUNNER_PORT = 5912;
/** The name server of /etc/resolv.conf, at what is a public address elsewhere. */
export const NAME_SERVER = '9.9.9.10';

/** Every address of either family is one of this network's own, so that a connection to it succeeds. */
const NETWORK = [
  'ip link set lo up',
  `ip addr add ${OWN_ADDRESS}/32 dev lo`,
  'ip route add local 0.0.0.0/0 dev lo',
  'ip -6 route add local ::/0 dev lo',
  'mount --bind "$1/resolv.conf" /etc/resolv.conf',
  'mount --bind "$1/hosts" /etc/hosts',
  'shift',
  'exec "$@"',
].join(' && ');
const RESOLV_CONF = `nameserver ${NAME_SERVER}\noptions timeout:2 attempts:2\n`;
const HOSTS = '127.0.0.1 localhost\n::1 localhost ip6-localhost\n';

export interface WorldOptions {
  seed?: number;
  /** Without the classification of addresses: what the probes would do then. */
  isUnfiltered?: boolean;
}

/**
 * A real egress in a network namespace of its own, in which every address, private and public, is answered
 * by a listener that counts, and the system's resolver asks a server of ours.
 */
export class World implements AsyncDisposable {
  readonly folder: string;
  readonly egress: Egress;
  readonly faults: string[] = [];
  readonly #child: ChildProcess;

  private constructor(folder: string, child: ChildProcess, egress: Egress) {
    this.folder = folder;
    this.egress = egress;
    this.#child = child;
    child.on('message', ({ fault }: { fault?: string }) => fault && this.faults.push(fault));
  }

  static async start({ seed = 1, isUnfiltered = false }: WorldOptions = {}): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'cofferdam-ssrf-'));
    await writeFile(join(folder, 'resolv.conf'), RESOLV_CONF);
    await writeFile(join(folder, 'hosts'), HOSTS);
    const setup: Setup = {
      ...{ seed, socket: socketOf(folder), controlSocket: controlOf(folder) },
      ...{ nameServer: NAME_SERVER, runnerPort: RUNNER_PORT },
    };
    const child = inOwnNetwork(folder, setup, isUnfiltered);
    await Promise.race([once(child, 'message'), ended(child)]);
    const control = await dialled(controlOf(folder));
    const runner = await dialled(socketOf(folder));
    return new World(folder, child, new Egress(socketOf(folder), control, runner));
  }

  get socket(): string {
    return socketOf(this.folder);
  }

  get controlSocket(): string {
    return controlOf(this.folder);
  }

  /** How many connections were made, by the address that they were made to. */
  async reached(): Promise<Record<string, number>> {
    this.#child.send({});
    const [answer] = (await once(this.#child, 'message')) as [{ reached: Record<string, number> }];
    return answer.reached;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.egress.control.close();
    this.egress.runner.close();
    const exit = once(this.#child, 'exit');
    this.#child.disconnect();
    await exit;
    await rm(this.folder, { recursive: true });
  }
}

const socketOf = (folder: string) => join(folder, 'egress.sock');
const controlOf = (folder: string) => join(folder, 'control.sock');

/** Root may make namespaces; anyone else in a namespace of users. */
function inOwnNetwork(folder: string, setup: Setup, isUnfiltered: boolean): ChildProcess {
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const hook = isUnfiltered ? ['--import', join(import.meta.dirname, 'unfiltered.ts')] : [];
  const inside = [...hook, join(import.meta.dirname, 'inside.ts'), JSON.stringify(setup)];
  const shell = ['sh', '-c', NETWORK, 'sh', folder, process.execPath, ...inside];
  return spawn('unshare', [...asRoot, '--net', '--mount', ...shell], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { PATH: process.env.PATH, UV_THREADPOOL_SIZE: '64' },
  });
}

async function ended(child: ChildProcess): Promise<never> {
  const [code] = (await once(child, 'exit')) as [number];
  throw new Error(
    `the network namespace could not be made, or egress did not start in it: exit ${code}`,
  );
}

async function dialled(path: string): Promise<Channel> {
  const socket = connect(path);
  await once(socket, 'connect');
  return new Channel(socket);
}
