import { setTimeout as sleep } from 'node:timers/promises';
import { compare, type Comparison } from '../compare.ts';
import { machine } from '../machine.ts';
import { keepResults } from '../results.ts';
import { breakdown, type Breakdown } from './breakdown.ts';
import { boundFirstResults, unboundFirstResults, type FirstResults } from './first-result.ts';
import { freshRunContenders } from './fresh-run.ts';
import { manyScripts, type ManyScripts } from './many-scripts.ts';
import { podMemories, type PodMemory } from './pod-memory.ts';
import { podStarts, type PodStarts } from './pod-start.ts';
import { printKubernetesReport } from './report.ts';
import { HOME, startStand, type Stand } from './stand.ts';

export interface KubernetesFigures {
  fresh?: { comparison: Comparison; breakdown: Breakdown };
  first?: { bound: FirstResults; unbound: FirstResults };
  start?: PodStarts;
  many?: ManyScripts[];
  memory?: PodMemory[];
  single?: PodMemory[];
}

type Part = keyof KubernetesFigures;
/** What is measured on one installation; `single` has its own. */
const PARTS: readonly Part[] = ['memory', 'fresh', 'first', 'start', 'many'];

const BOUND_SAMPLES = 100;
/** Each takes a pod of its own, which takes seconds. */
const UNBOUND_SAMPLES = 20;
const START_SAMPLES = 10;
const COUNTS = [100, 300, 1_000];
/** Long enough after the last run for V8's own idle work and for isolates to be let go. */
const SETTLE_MS = 10_000;

/** What only Kubernetes has, measured on a cluster of its own that is gone afterwards. */
export async function benchKubernetes(options: {
  seconds: number;
  /** Absent: all. */
  only: readonly string[] | undefined;
}): Promise<void> {
  const figures: KubernetesFigures = {};
  const report = { at: new Date().toISOString(), machine: machine(), figures };
  const measure = async <K extends Part>(what: K, work: () => Promise<KubernetesFigures[K]>) => {
    if (!wants(what)) return;
    process.stderr.write(`${what}…\n`);
    figures[what] = await work();
    await keepResults('kubernetes', report);
  };
  const wants = (what: Part) => options.only?.includes(what) ?? true;
  if (PARTS.some(wants)) {
    await on(await startStand(), async (stand) => {
      // Before the others leave anything behind.
      await measure('memory', () => afterSomeRuns(stand));
      await measure('fresh', () => freshRuns(stand, options.seconds));
      await measure('first', () => firstResults(stand));
      await measure('start', () => podStarts(stand, START_SAMPLES));
      await measure('many', () => scriptsByCount(stand));
    });
  }
  if (wants('single')) {
    const stand = await startStand('mode=single', 'pools.default.warm.spare=0');
    await on(stand, (only) => measure('single', () => afterSomeRuns(only)));
  }
  printKubernetesReport(report);
}

async function on(stand: Stand, measure: (stand: Stand) => Promise<void>): Promise<void> {
  try {
    await Promise.all([stand.scripts, stand.runs, stand.pods].map((each) => each.synced()));
    await measure(stand);
  } finally {
    await stand.stop();
  }
}

async function freshRuns(stand: Stand, seconds: number) {
  const contenders = await freshRunContenders(stand);
  const comparison = await compare(contenders, seconds);
  const parts = await breakdown(stand);
  await stand.installation.kubectl('delete', 'namespace', 'bench', '--wait=false');
  return { comparison, breakdown: parts };
}

async function firstResults(stand: Stand) {
  const bound = await boundFirstResults(stand, BOUND_SAMPLES);
  return { bound, unbound: await unboundFirstResults(stand, UNBOUND_SAMPLES) };
}

async function scriptsByCount(stand: Stand): Promise<ManyScripts[]> {
  const many: ManyScripts[] = [];
  for (const count of COUNTS) many.push(await manyScripts(stand, count));
  return many;
}

/** One tenant in use, none of whose scripts wants Deno. */
async function afterSomeRuns(stand: Stand): Promise<PodMemory[]> {
  for (let count = 0; count < 20; count++) {
    await stand.post(HOME, '/execute', { code: 'return input * 2', input: count });
  }
  await sleep(SETTLE_MS);
  return podMemories(stand);
}
