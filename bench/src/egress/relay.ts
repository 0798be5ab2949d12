import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Work } from './workload.ts';

const PROCESS = new URL('relay-process.ts', import.meta.url);

/** Processes that pass a request on and its answer back, and do nothing else. */
export interface Relay extends AsyncDisposable {
  run(work: Work): Promise<void>;
}

export async function startRelay(): Promise<Relay> {
  const stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-bench-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const [outermost, middle] = [join(folder, 'outermost'), join(folder, 'middle')];
  await start(stack, ['outermost', outermost]);
  await start(stack, ['middle', middle, outermost]);
  const innermost = await start(stack, ['innermost', middle]);
  return {
    async run(work) {
      const done = once(innermost, 'message');
      innermost.send(work);
      await done;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function start(stack: AsyncDisposableStack, args: string[]): Promise<ChildProcess> {
  const child = fork(PROCESS, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  stack.defer(async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  });
  await once(child.stdout!, 'data');
  return child;
}
