import { setTimeout as sleep } from 'node:timers/promises';
import type { IsolateHost } from 'cofferdam';
import type { Figures } from '../samples.ts';
import { inRounds, timed } from '../sdk/rounds.ts';
import { startServer } from '../server-process.ts';
import { serve } from './guests.ts';
import { install, type Installed } from './installed.ts';
import { checkAnswer, guestHandler, PATH } from './workload.ts';

const ROUNDS = 10;
const TIMES = 2;
/** Whoever made a guest last has made the next one's process ready by then. */
const PAUSE_MS = 500;

export interface Cold {
  /** `createAppServer` and the first `handle()`. */
  handle: Figures;
  /** The first request of a script that nobody has asked yet, in a runner that runs others. */
  gateway: Figures;
  /** A fastify process, from its start to its first answer. */
  fastify: Figures;
}

/** How long the first request of a server takes: each has a text that nobody has compiled. */
export async function measureCold(host: IsolateHost): Promise<Cold> {
  const names = Array.from({ length: (ROUNDS + 1) * TIMES }, (_, index) => `cold-${index}`);
  const scripts = names.map((name) => [name, guestHandler(name)] as const);
  const installed = await install(Object.fromEntries(scripts));
  try {
    const turns = [
      { name: 'handle', take: () => times(() => overHandle(host)) },
      { name: 'gateway', take: () => times(() => overGateway(installed, names.shift()!)) },
      { name: 'fastify', take: () => times(overFastify) },
    ];
    // The first of all starts the tenant's runner, too.
    for (const turn of turns) await turn.take();
    return (await inRounds(ROUNDS, turns)) as unknown as Cold;
  } finally {
    await installed.stop();
  }
}

async function times(once: () => Promise<number>): Promise<number[]> {
  const samples: number[] = [];
  for (let count = 0; count < TIMES; count++) {
    // eslint-disable-next-line no-await-in-loop -- at a time one is measured
    await sleep(PAUSE_MS);
    // eslint-disable-next-line no-await-in-loop
    samples.push(await once());
  }
  return samples;
}

let servers = 0;

async function overHandle(host: IsolateHost): Promise<number> {
  const key = `bench/cold-${++servers}`;
  const began = performance.now();
  const server = await serve(host, guestHandler(key), { key });
  const result = await server.handle(new Request(`http://bench.example${PATH}`));
  checkAnswer(result.type === 'response' ? await result.response.text() : result.type);
  const took = performance.now() - began;
  await server.dispose();
  return took;
}

function overGateway(installed: Installed, name: string): Promise<number> {
  return timed(() => ask(installed.address(name)));
}

async function overFastify(): Promise<number> {
  const began = performance.now();
  const server = await startServer(process.execPath, ['fastify-process.ts'], {
    cwd: new URL('./', import.meta.url),
    ready: /http:\S+/,
  });
  await ask(server.ready);
  const took = performance.now() - began;
  await server.stop();
  return took;
}

async function ask(address: string): Promise<void> {
  checkAnswer(await (await fetch(`${address}${PATH}`)).text());
}
