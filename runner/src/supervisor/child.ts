import { spawn, type ChildProcess } from 'node:child_process';
import { setPriority } from 'node:os';
import { PassThrough, type Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Channel, type ChannelOptions } from '@cofferdam/protocol/base';

/** What a child runs. */
export interface ChildProgram {
  /** Its module. */
  entry: URL;
  execArgv?: readonly string[];
  args?: readonly string[];
}

export interface ChildOptions extends ChildProgram {
  channel?: ChannelOptions;
}

/** A process that is starting: what it says waits until somebody listens. */
export interface StartedChild {
  readonly process: ChildProcess;
  readonly exited: Promise<ChildExit>;
}

export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A Node process of ours that speaks frames on its file descriptor 3. */
export interface Child {
  readonly pid: number;
  readonly channel: Channel;
  readonly exited: Promise<ChildExit>;
  /** SIGKILL: the only stop that hostile code cannot refuse. */
  kill(): void;
}

/** V8 prints its last words there; a guest can make it print without end, so it goes nowhere. */
const STDIO = [
  'ignore',
  'ignore',
  process.env.COFFERDAM_DEBUG ? 'inherit' : 'ignore',
  'pipe',
] as const;

/** What a child sees of our environment: nothing but where compiled code is cached. */
function childEnvironment(): NodeJS.ProcessEnv {
  const { NODE_COMPILE_CACHE, COFFERDAM_DEBUG } = process.env;
  return {
    ...(NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE } : {}),
    ...(COFFERDAM_DEBUG ? { COFFERDAM_DEBUG } : {}),
  };
}

/**
 * Trusted parts go first when there are more runs than cores: otherwise the gateway waits for a guest
 * that loops, and answers for a spare that is being made.
 */
const NICENESS = 5;

function standBack(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, NICENESS);
  } catch {
    // It has ended already, or the system has no priorities.
  }
}

/** Out of file descriptors a process has no pipes at all: as one that ended before it spoke. */
function pipeOf(child: ChildProcess): Duplex {
  const stdio = child.stdio as ChildProcess['stdio'] | undefined;
  return (stdio?.[3] as Duplex | undefined) ?? new PassThrough().destroy();
}

/** Starts a process whose frames are listened to later, by {@link childOf}. */
export function startChild({ entry, execArgv = [], args = [] }: ChildProgram): StartedChild {
  const child = spawn(process.execPath, [...execArgv, fileURLToPath(entry), ...args], {
    stdio: [...STDIO],
    env: childEnvironment(),
    windowsHide: true,
  });
  standBack(child.pid);
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
  return { process: child, exited };
}

export function childOf({ process: child, exited }: StartedChild, channel?: ChannelOptions): Child {
  const wire = new Channel(pipeOf(child), channel);
  void exited.then(() => wire.close());
  return {
    pid: child.pid ?? -1,
    channel: wire,
    exited,
    kill: () => void child.kill('SIGKILL'),
  };
}

export function spawnChild({ channel, ...program }: ChildOptions): Child {
  return childOf(startChild(program), channel);
}
