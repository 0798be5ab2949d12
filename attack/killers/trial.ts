import type { Engine } from '@cofferdam/protocol';
import { expect } from 'vitest';
import type { Killer } from './killer.ts';
import { Neighbours, type Fates, type Kind } from './neighbours.ts';
import type { Surroundings } from './surroundings.ts';
import type { ScriptEngine, Tenant } from './tenant.ts';

/** How long neighbours wait at first; longer where the culprit took longer than they did. */
const FIRST_WAIT_MS = 1_500;
const MAX_WAIT_MS = 24_000;

export interface TrialOptions {
  runsPerProcess: number;
  own: Tenant;
  other: Tenant;
  surroundings: Surroundings;
}

/** What one killer did, as far as anybody could see. */
export interface Finding extends Fates {
  reason: string;
  /** From its end to the answer of the next run, which goes to the process that has fewest: a new one, where one ended. */
  servedMs: number;
  growthBytes?: number;
  togetherBytes?: number;
}

/** Lets a killer loose among neighbours, and fails for anybody else that it harmed. */
export async function tryKiller(killer: Killer, options: TrialOptions): Promise<Finding> {
  const { own, other } = options;
  const { engine = 'isolate' } = killer;
  await Promise.all([own.served(engine), other.served(neighboursOf(engine))]);
  for (let ms = FIRST_WAIT_MS; ms <= MAX_WAIT_MS; ms *= 2) {
    // eslint-disable-next-line no-await-in-loop -- again, with neighbours that have more patience
    const finding = await attempt(killer, { ...options, ms });
    if (finding) return finding;
  }
  throw new Error('neighbours were done before the killer was, however long they waited');
}

interface AttemptOptions extends TrialOptions {
  ms: number;
}

/** Nothing when a neighbour was done before the killer was: then nothing is shown. */
async function attempt(killer: Killer, options: AttemptOptions): Promise<Finding | undefined> {
  const { own, surroundings, runsPerProcess } = options;
  const { engine = 'isolate' } = killer;
  const before = await own.runner();
  const neighbours = await surround(neighboursOf(engine), options);
  if (!neighbours) return undefined;
  const watch = await surroundings.watch();
  const culprit = await own.suffer(killer);
  const waited = neighbours.wait;
  const servedMs = await own.served(engine);
  const fates = await neighbours.fates();
  const seen = await watch.end();
  expect((await own.runner()).runnerId).toBe(before.runnerId);
  // Each process had one of each kind: more cannot have been in the culprit's.
  const shared = engine === 'isolate' && runsPerProcess > 1 ? 1 : 0;
  expect(Math.max(fates.again, fates.told)).toBeLessThanOrEqual(shared);
  // Of those in one process one may have been done just before its end, and the other not.
  if (fates.told !== fates.again || (!waited && fates.told === 0)) return undefined;
  const reason: string = culprit.body.exitReason ?? culprit.body.error.code;
  if (!(killer.ends as readonly string[]).includes(reason)) {
    throw new Error(`it ended as ${reason}: ${culprit.text.slice(0, 500)}`);
  }
  return { reason, servedMs, ...fates, ...seen };
}

/** Neighbours in every process of the runner, where processes are shared; nothing where that went wrong. */
async function surround(
  engine: ScriptEngine,
  { own, other, runsPerProcess, ms }: AttemptOptions,
): Promise<Neighbours | undefined> {
  const isShared = engine === 'isolate' && runsPerProcess > 1;
  const processes = isShared ? await own.settled(engine) : 1;
  const kinds: readonly Kind[] = runsPerProcess > 1 ? ['quiet', 'heard'] : ['heard'];
  const neighbours = await Neighbours.start({ engine, own, other, kinds, processes, ms });
  // One that was idle for half a minute is let go: two of a kind may be in one process then.
  if (!isShared || (await own.processes(engine)) === processes) return neighbours;
  await neighbours?.fates();
  return undefined;
}

function neighboursOf(engine: Engine): ScriptEngine {
  return engine === 'deno' ? 'deno' : 'isolate';
}
