import type { ContainerCreateOptions } from 'dockerode';
import { DEFAULT_LIMITS, runnerMemoryBytes } from '@cofferdam/protocol';
import { INSTANCE_LABEL, RUNNER_LABEL, type Labels } from './labelled.ts';
import type { SharedFolder } from './shared-folder.ts';

const MiB = 1024 * 1024;

/** Owns no file and no process of any machine. */
const NOBODY = 65_532;

export interface ContainerLimits {
  /** Of all processes of a runner and its files in /tmp. Default 2 GiB. */
  memoryBytes: number;
  /** Default 2. */
  cpus: number;
  /** Processes and threads. Default 2,048: seven isolate processes and fifty of Deno have 700 threads. */
  pids: number;
  /** Of files in /tmp. Default 256 MiB. */
  tmpBytes: number;
}

export const DEFAULT_CONTAINER_LIMITS: ContainerLimits = {
  memoryBytes: 2_048 * MiB,
  cpus: 2,
  pids: 2_048,
  tmpBytes: 256 * MiB,
};

/** Memory for so many runs in a process and for the files in /tmp, which are in memory; not less than the default. */
export function containerMemoryBytes(runsPerProcess: number): number {
  const { memoryBytes } = DEFAULT_LIMITS;
  const needed =
    runnerMemoryBytes({ runsPerProcess, memoryBytes }) + DEFAULT_CONTAINER_LIMITS.tmpBytes;
  return Math.max(DEFAULT_CONTAINER_LIMITS.memoryBytes, needed);
}

export interface ContainerPlan {
  image: string;
  /** Of the engine's daemon.json. */
  runtime: string;
  instance: string;
  runnerId: string;
  folder: SharedFolder;
  env: Readonly<Record<string, string>>;
  /** Replaces what the image starts. */
  entrypoint?: string[];
  limits: ContainerLimits;
}

/**
 * A container that can write to its /tmp and dial the sockets of one folder, and nothing else. The
 * join token comes on its standard input: whoever may inspect containers does not see it, and no
 * file holds it.
 */
export function containerSpec(plan: ContainerPlan): ContainerCreateOptions & { Labels: Labels } {
  const { image, instance, runnerId, env, entrypoint } = plan;
  return {
    name: `cofferdam-${runnerId}`,
    Image: image,
    ...(entrypoint ? { Entrypoint: entrypoint, Cmd: [] } : {}),
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    Labels: { [INSTANCE_LABEL]: instance, [RUNNER_LABEL]: runnerId },
    Hostname: 'runner',
    User: `${NOBODY}:${NOBODY}`,
    NetworkDisabled: true,
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: hostConfig(plan),
  };
}

function hostConfig({ runtime, folder, limits }: ContainerPlan) {
  const { memoryBytes, cpus, pids, tmpBytes } = limits;
  return {
    Runtime: runtime,
    // The engine removes it when it ends, whether we live or not.
    AutoRemove: true,
    NetworkMode: 'none',
    ReadonlyRootfs: true,
    Tmpfs: {
      '/tmp': `rw,noexec,nosuid,nodev,size=${tmpBytes},uid=${NOBODY},gid=${NOBODY},mode=0700`,
    },
    Mounts: [folder.mount],
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    IpcMode: 'none',
    CgroupnsMode: 'private' as const,
    PidsLimit: pids,
    Memory: memoryBytes,
    // Memory and swap together: no swap, which would hold guests' data on a disk.
    MemorySwap: memoryBytes,
    NanoCpus: cpus * 1e9,
    Ulimits: [
      // A core file would hold guests' data on a disk.
      { Name: 'core', Soft: 0, Hard: 0 },
      { Name: 'nofile', Soft: 16_384, Hard: 16_384 },
    ],
    // What it writes is read as it comes, or lost: nobody fills the disk with it.
    LogConfig: { Type: 'none', Config: {} },
  };
}
