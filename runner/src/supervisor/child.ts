import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Channel, type ChannelOptions } from '@cofferdam/protocol/base';

export interface ChildOptions {
  /** The module that the child runs. */
  entry: URL;
  execArgv?: readonly string[];
  args?: readonly string[];
  channel?: ChannelOptions;
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

export function spawnChild({ entry, execArgv = [], args = [], channel }: ChildOptions): Child {
  const child = spawn(process.execPath, [...execArgv, fileURLToPath(entry), ...args], {
    stdio: [...STDIO],
    env: childEnvironment(),
    windowsHide: true,
  });
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
  const wire = new Channel(child.stdio[3] as Duplex, channel);
  void exited.then(() => wire.close());
  return {
    pid: child.pid ?? -1,
    channel: wire,
    exited,
    kill: () => void child.kill('SIGKILL'),
  };
}
