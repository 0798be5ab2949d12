import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figures } from '../samples.ts';
import { inRounds, timed } from './rounds.ts';
import { ended, Stand } from './stand.ts';

const ROUNDS = 12;
/** Processes of a new installation have written their compile cache by then; later ones read it. */
const CACHED_AFTER_MS = 2_000;
/** A daemon that served somebody has the next one's process ready by then. */
const READY_AFTER_MS = 750;

export interface DaemonStart {
  /** `createIsolateHost` with no daemon running, a runtime, an eval, its value. */
  firstResult: Figures;
  /** The same where the daemon runs already. */
  secondResult: Figures;
  /** `node -e ''`: this Node from its start to its end. */
  node: Figures;
  /** The same with `import 'cofferdam'` in it. */
  nodeWithLibrary: Figures;
}

/** How long somebody waits for a first result, against a bare start of the same Node. */
export async function measureDaemonStart(): Promise<DaemonStart> {
  await using stand = await Stand.make();
  const take = {
    firstResult: async () => {
      await stand.stopDaemon();
      return [await firstResult(stand)];
    },
    secondResult: async () => {
      await sleep(READY_AFTER_MS);
      return [await firstResult(stand)];
    },
    node: () => node(''),
    nodeWithLibrary: () => node(`import ${JSON.stringify(import.meta.resolve('cofferdam'))}`),
  };
  const turns = Object.entries(take).map(([name, taken]) => ({ name, take: taken }));
  for (const turn of turns) await turn.take();
  await firstResult(stand, CACHED_AFTER_MS);
  return (await inRounds(ROUNDS, turns)) as unknown as DaemonStart;
}

async function firstResult(stand: Stand, stayMs = 0): Promise<number> {
  const began = performance.now();
  const host = await stand.openHost();
  const runtime = await host.createRuntime();
  const value = await runtime.eval('export default 6 * 7');
  const took = performance.now() - began;
  await sleep(stayMs);
  await host.close();
  if (value !== 42) throw new Error(`a runtime answered ${String(value)} and not 42`);
  return took;
}

async function node(script: string): Promise<number[]> {
  const args = ['--input-type=module', '-e', script];
  const bare = ['-e', ''];
  const work = () => ended(spawn(process.execPath, script ? args : bare, { stdio: 'ignore' }));
  return [await timed(work)];
}
