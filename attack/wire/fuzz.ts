import { parseArgs } from 'node:util';
import { CofferdamError, collectGarbage } from '@cofferdam/protocol';
import { Random } from '../src/random.ts';
import { FRAME_SUBJECTS } from './frame-subjects.ts';
import { PAYLOAD_SUBJECTS } from './payload-subjects.ts';
import { shrunk } from './shrink.ts';
import type { Subject } from './subject.ts';

/**
 * Feeds what reads a peer's bytes: `node attack/wire/fuzz.ts --seed 1 --inputs 100000 [--subject name] [--input n]`. The n-th
 * input is the same for the same seed. The last line is JSON; it ends with 1 when an input did what none may.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    inputs: { type: 'string', default: '100000' },
    subject: { type: 'string' },
    /** This one alone: of a failure that was printed. */
    input: { type: 'string' },
  },
});
const seed = Number(values.seed);
const inputs = Number(values.inputs);

/** An input may take so long, whatever its size, and so long for each byte of it. */
const BASE_MS = 25;
const MS_PER_BYTE = 0.002;
/** Growth of the heap after all inputs, beside what 5,000 of them had cost. */
const MAX_GROWTH_BYTES = 32 * 1024 * 1024;
const WARM_UP = 20_000;
const TURN = 256;
const MAX_FAILURES = 5;

const SUBJECTS = [...FRAME_SUBJECTS, ...PAYLOAD_SUBJECTS].filter(
  ({ name }) => values.subject === undefined || name === values.subject,
);
const WEIGHTED = SUBJECTS.flatMap((subject) => Array<Subject>(subject.weight).fill(subject));

interface Figures {
  refused: number;
  slowestMs: number;
  bytes: number;
}
const figures: Figures = { refused: 0, slowestMs: 0, bytes: 0 };
const failures: string[] = [];
let stray: unknown;
process.on('unhandledRejection', (error) => (stray = error));
process.on('uncaughtException', (error) => (stray = error));
// A stack costs as much as reading the input: a fault gets its own when it is fed again.
Error.stackTraceLimit = 0;

try {
  await main();
} catch (error) {
  process.stderr.write(`the fuzzer itself failed: ${String((error as Error).stack)}\n`);
  process.exit(2);
}

async function main(): Promise<void> {
  const started = performance.now();
  const known = builtIns();
  const first = Number(values.input ?? 0);
  const end = values.input === undefined ? inputs : first + 1;
  const growth = await feedAll(first, end);
  if (growth > MAX_GROWTH_BYTES) failures.push(`the heap has grown by ${growth} bytes`);
  if (builtIns() !== known) failures.push('a prototype of the language was changed');
  for (const failure of failures) process.stderr.write(`${failure}\n`);
  const seconds = (performance.now() - started) / 1_000;
  const count = { seed, inputs: end - first, subjects: SUBJECTS.length };
  const summary = { ...count, ...figures, growth, seconds, failures: failures.length };
  process.stdout.write(`${JSON.stringify(summary)}\n`);
  // What is left open, as a timer that nobody stopped, would keep this process: that is seen by who waits for it.
  process.exitCode = failures.length > 0 ? 1 : 0;
}

/** Answers by how much the heap has grown since it was warm. */
async function feedAll(first: number, end: number): Promise<number> {
  const warm = first + Math.min(WARM_UP, (end - first) >> 1);
  let heap = 0;
  for (let at = first; at < end && failures.length < MAX_FAILURES; at++) {
    // eslint-disable-next-line no-await-in-loop -- one after another
    await tryInput(at);
    // eslint-disable-next-line no-await-in-loop -- what the collector frees is forgotten in a turn of its own
    if (at % TURN === 0) await new Promise(setImmediate);
    // eslint-disable-next-line no-await-in-loop
    if (at === warm) heap = await settledHeap();
  }
  return (await settledHeap()) - heap;
}

async function tryInput(at: number): Promise<void> {
  const random = new Random(seed, at);
  const subject = random.pick(WEIGHTED);
  const bytes = subject.make(random);
  const way = random.next();
  const fault = await faultOf(subject, bytes, way);
  figures.bytes += bytes.byteLength;
  if (fault === undefined) return;
  const small = await shrunk(
    bytes,
    async (part) => (await faultOf(subject, part, way)) !== undefined,
  );
  const again = `node attack/wire/fuzz.ts --seed ${seed} --input ${at}${values.subject ? ` --subject '${values.subject}'` : ''}`;
  failures.push(
    `${subject.name}: ${fault}\n  again: ${again}\n  smallest (${small.byteLength} bytes): ${JSON.stringify(small.toString('latin1').slice(0, 2_000))}`,
  );
}

/** What an input did that none may: another error than a typed one, or more time than its size allows. */
async function faultOf(subject: Subject, bytes: Buffer, way: number): Promise<string | undefined> {
  const [fault, ms] = await fed(subject, bytes, way);
  if (fault !== undefined) return withStack(() => fed(subject, bytes, way), fault);
  const allowed = BASE_MS + bytes.byteLength * MS_PER_BYTE;
  if (ms <= allowed) {
    figures.slowestMs = Math.max(figures.slowestMs, ms);
    return undefined;
  }
  // A busy machine is no fault of the input's: the best of some tries counts, by the processor's time.
  let best = ms;
  for (let left = 4; left > 0; left--) {
    // eslint-disable-next-line no-await-in-loop -- side by side they would disturb each other
    best = Math.min(best, await processorMs(() => fed(subject, bytes, way)));
  }
  figures.slowestMs = Math.max(figures.slowestMs, best);
  return best > allowed ? `took ${best.toFixed(1)} ms for ${bytes.byteLength} bytes` : undefined;
}

async function processorMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

async function withStack(
  again: () => Promise<[string | undefined, number]>,
  fault: string,
): Promise<string> {
  Error.stackTraceLimit = 10;
  const [second = fault] = await again();
  Error.stackTraceLimit = 0;
  return second;
}

async function fed(
  subject: Subject,
  bytes: Buffer,
  way: number,
): Promise<[string | undefined, number]> {
  const start = performance.now();
  let fault: unknown;
  try {
    const pending = subject.feed(bytes, new Random(way));
    if (pending) await pending;
  } catch (error) {
    if (error instanceof CofferdamError) figures.refused++;
    else fault = error;
  }
  const ms = performance.now() - start;
  fault ??= stray;
  stray = undefined;
  return [fault === undefined ? undefined : String((fault as Error).stack ?? fault), ms];
}

async function settledHeap(): Promise<number> {
  for (let left = 3; left > 0; left--) {
    collectGarbage();
    // eslint-disable-next-line no-await-in-loop -- the next frees what this turn forgot
    await new Promise(setImmediate);
  }
  const { heapUsed, arrayBuffers, external } = process.memoryUsage();
  return heapUsed + arrayBuffers + external;
}

/** What a key `__proto__` of somebody's would have changed. */
function builtIns(): string {
  const all = [
    Object.prototype,
    Array.prototype,
    Function.prototype,
    String.prototype,
    Promise.prototype,
  ];
  return all.map((each) => Reflect.ownKeys(each).map(String).join()).join(';');
}
