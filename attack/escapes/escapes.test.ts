import { afterAll, beforeAll, expect, it } from 'vitest';
import { figures } from '../src/report.ts';
import { startTarget, type RunBody, type Target } from '../src/target.ts';
import { layCanaries, type Canaries } from './canaries.ts';
import { denoTrials, trials, type Trial } from './plan.ts';
import { sourceOf } from './source.ts';
import { inParallel, Tally } from './tally.ts';

/** A run's own limits and failures; never what it did to its process. */
const OWN_ENDS = [
  ...['Completed', 'Exception', 'ResultNotPlain', 'Output', 'Memory', 'CpuTime'],
  ...['WallTime', 'BridgeCalls', 'BridgePayload'],
];
const LIMITS = { cpuTimeMs: 10_000, requests: 100 };
const BUDGET = { timeout: 20_000, limits: LIMITS };
const WIDTH = 8;

interface Answer {
  result?: unknown;
  exitReason?: string;
}

interface Tried {
  status: number;
  text: string;
  answer: Answer;
}

let canaries: Canaries;
let target: Target;
const over = new AbortController();
let neighbour: Promise<void>;
/** Runs that were made again, as their runner was lost. */
let retried = 0;
const measured: Record<string, unknown> = {};

beforeAll(async () => {
  canaries = await layCanaries();
  const env = { ATTACK_SECRET: canaries.environment };
  target = await startTarget({ env });
  neighbour = keepNeighbour();
  neighbour.catch(() => {});
}, 120_000);

afterAll(async () => {
  over.abort();
  await neighbour;
  await target[Symbol.asyncDispose]();
  await canaries[Symbol.asyncDispose]();
  figures('escapes', measured);
});

/** Another run of the same tenant, and so of the same processes, which has a secret all the time. */
async function keepNeighbour(): Promise<void> {
  const code = `globalThis.secret = env.secret; console.log(env.secret);
    await new Promise((done) => setTimeout(done, 2_000)); return env.secret`;
  const env = { secret: canaries.neighbour };
  while (!over.signal.aborted) {
    // eslint-disable-next-line no-await-in-loop -- one after another
    const { text } = await target.run({ code, preset: 'web', env, timeout: 20_000 });
    if (!text.includes(canaries.neighbour)) throw new Error(`the neighbour: ${text}`);
  }
}

/**
 * A machine at its limit loses runners of itself, and then tells their runs so: these are made again. An attempt
 * that ends its process does that each time.
 */
async function tried(given: RunBody, engine: Trial['engine'], left = 3): Promise<Tried> {
  const { status, body, text } = await target.run(given, { engine });
  const answer = body as Answer;
  const isLost = ['Neighbour', 'EngineCrash'].includes(answer.exitReason ?? '');
  if (!isLost || left === 1) return { status, text, answer };
  retried++;
  return tried(given, engine, left - 1);
}

/** One run of an attempt, judged. */
async function make(trial: Trial, index: number, tally: Tally): Promise<void> {
  const { attempt, engine, preset, form } = trial;
  const own = `mine-${index}-${Math.random().toString(36).slice(2)}`;
  const code = sourceOf(canaries.filled(attempt.code), form, engine);
  const given =
    engine === 'deno'
      ? { code, data: { own }, ...BUDGET }
      : { code, preset, env: { own }, ...BUDGET };
  const { status, text, answer } = await tried(given, engine);
  const realm = `${engine} ${preset} ${form}`;
  tally.add(attempt, { engine, realm }, { value: answer.result, answer, own, engine });
  if (OWN_ENDS.includes(answer.exitReason ?? '')) return;
  throw new Error(`${attempt.name} (${realm}): ${status} ${text.slice(0, 500)}`);
}

async function tryAll(planned: Trial[]): Promise<Tally> {
  const tally = new Tally();
  const runners = await target.instance.processesOf('runner');
  const failures: string[] = [];
  await inParallel(planned, WIDTH, (trial, index) =>
    make(trial, index, tally).catch((error: Error) => void failures.push(error.message)),
  );
  expect(failures).toEqual([]);
  expect(tally.verdicts()).toEqual([]);
  expect(await canaries.touched()).toEqual({ connections: 0, read: false });
  if (retried === 0) expect(await target.instance.processesOf('runner')).toEqual(runners);
  expect((await target.instance.get('/health')).status).toBe(200);
  return tally;
}

it('no attempt leaves an isolate, whatever the preset and the form of its source', async () => {
  await target.run({ code: 'return 1' });
  const tally = await tryAll(trials());
  // Some end their run by what a callback throws, or break what would answer: the others were looked through.
  expect(tally.looked / tally.runs).toBeGreaterThan(0.7);
  const { attempts, runs, looked } = tally;
  measured.isolate = { attempts, runs, looked, retried, categories: tally.categories() };
}, 1_800_000);

it('no attempt leaves Deno with what is not its own', async () => {
  const tally = await tryAll(denoTrials());
  expect(tally.looked).toBeGreaterThan(0);
  const { attempts, runs, looked } = tally;
  measured.deno = { attempts, runs, looked };
}, 1_800_000);
