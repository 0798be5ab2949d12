/* eslint-disable unicorn/require-post-message-target-origin -- a thread is no window */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { Agent, request } from 'undici';
import { ask, CONNECTIONS, type Work } from './workload.ts';

/**
 * A part of a way out that does nothing but pass on: as many processes and threads as ours has, without a
 * policy, a limit, frames or a fetch.
 *
 *     node relay-process.ts outermost <socket>         asks the server
 *     node relay-process.ts middle <socket> <next>     passes bytes on
 *     node relay-process.ts innermost <next>           has the thread that asks; told its work by its parent
 */
interface Asked {
  id: number;
  url: string;
}
interface Answered {
  id: number;
  text: string;
}

if (!isMainThread) guest();
else {
  const [role, first, second] = process.argv.slice(2);
  if (role === 'outermost') listen(first!, answer);
  else if (role === 'middle') listen(first!, (socket) => pass(socket, second!));
  else await host(first!);
}

function listen(path: string, onSocket: (socket: Socket) => void): void {
  createServer(onSocket).listen(path, () => process.stdout.write('ready\n'));
}

function answer(socket: Socket): void {
  const dispatcher = new Agent({ connections: CONNECTIONS });
  createInterface({ input: socket }).on('line', (line) => {
    const { id, url } = JSON.parse(line) as Asked;
    void request(url, { dispatcher })
      .then(({ body }) => body.text())
      .then((text) => socket.write(`${JSON.stringify({ id, text })}\n`));
  });
}

function pass(socket: Socket, next: string): void {
  const other = connect(next);
  socket.pipe(other).pipe(socket);
}

/** The process around the thread that asks. */
async function host(next: string): Promise<void> {
  const socket = connect(next);
  await once(socket, 'connect');
  const thread = new Worker(new URL(import.meta.url));
  thread.on('message', (message: Asked | 'done') => {
    if (message === 'done') process.send!(message);
    else socket.write(`${JSON.stringify(message)}\n`);
  });
  createInterface({ input: socket }).on('line', (line) => thread.postMessage(JSON.parse(line)));
  process.on('message', (work: Work) => thread.postMessage(work));
  process.stdout.write('ready\n');
}

function guest(): void {
  const waiting = new Map<number, (text: string) => void>();
  let count = 0;
  const fetched = (url: string) =>
    new Promise<string>((resolve) => {
      waiting.set(++count, resolve);
      parentPort!.postMessage({ id: count, url });
    });
  parentPort!.on('message', (message: Answered | Work) => {
    if ('url' in message)
      return void ask(message, fetched).then(() => parentPort!.postMessage('done'));
    waiting.get(message.id)!(message.text);
    waiting.delete(message.id);
  });
}
