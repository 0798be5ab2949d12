import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface ServerProcess {
  pid: number;
  /** What the server printed when it was ready: where it listens. */
  ready: string;
  stop(): Promise<void>;
}

export interface ServerOptions {
  cwd?: URL;
  env?: Record<string, string>;
  /** What the server prints when it is ready. */
  ready: RegExp;
}

/** Starts a server as a process of its own and waits until it says that it is ready. */
export async function startServer(
  command: string,
  args: string[],
  { cwd, env = {}, ready }: ServerOptions,
): Promise<ServerProcess> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
    ...(cwd ? { cwd: fileURLToPath(cwd) } : {}),
  });
  return { pid: child.pid!, ready: await untilReady(child, ready), stop: () => stop(child) };
}

function untilReady(child: ChildProcess, ready: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      if (text.length < 65_536) text += String(chunk);
      const found = ready.exec(text);
      if (found) resolve(found[0]);
    });
    child.once('exit', () => reject(new Error(`a server ended before it was ready: ${text}`)));
  });
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
