import { DEFAULT_LIMITS } from '@cofferdam/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { IsolateEngine } from '../src/engines/isolate/engine.ts';
import { runOn, valueOf, type RunOptions } from './engine-harness.ts';

const engines: IsolateEngine[] = [];

/** One process for everybody, so that a culprit's neighbours are known. */
function crowded(runsPerProcess = 8, entry?: URL): IsolateEngine {
  const engine = new IsolateEngine({
    processes: 1,
    maxProcesses: 1,
    runsPerProcess,
    sparesPerProfile: 1,
    expected: [{ preset: 'compute', limits: DEFAULT_LIMITS }],
    ...(entry && { entry }),
  });
  engines.push(engine);
  return engine;
}

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

/** What ends the process itself, and not only its isolate. */
const KILLERS: [name: string, code: string, exitReasons: string[]][] = [
  // V8 ends its process for it, or the watcher does so before, for the memory: on a busy machine either comes first.
  ['an invalid size', "return 'a'.repeat(2e8).split('').length", ['EngineCrash', 'Memory']],
  ['a heap used up at once', 'const m = new Map(); for (let i = 0; ; i++) m.set(i, i)', ['Memory']],
  [
    'a loop that swallows termination',
    "const s = '[' + '[1,2,3],'.repeat(2e5) + '1]'; for (;;) JSON.parse(s)",
    ['CpuTime'],
  ],
];

const WAITS: RunOptions = { request: { preset: 'web' }, limits: { wallTimeMs: 60_000 } };

/** Nothing but a hang takes so long, on whatever machine. */
const TEST_MS = 60_000;

describe('neighbours in one process', { timeout: TEST_MS }, () => {
  it.each(KILLERS)('of %s are run again and never notice', async (_name, code, exitReasons) => {
    const engine = crowded();
    const cpuTimeMs = exitReasons.includes('CpuTime') ? 500 : 20_000;
    const limits = { cpuTimeMs, wallTimeMs: 30_000, memoryBytes: 32 * 2 ** 20 };
    const neighbours = [1, 2, 3].map((n) =>
      runOn(engine, `await new Promise((done) => setTimeout(done, 1500)); return ${n}`, WAITS),
    );
    const culprit = await runOn(engine, code, { limits });
    expect(exitReasons).toContain(culprit.exitReason);
    const outcomes = await Promise.all(neighbours);
    expect(outcomes.map(valueOf)).toEqual([1, 2, 3]);
    // Once or again, but all alike: a heap may also end without its process.
    const [attempts] = outcomes.map((outcome) => outcome.attempts);
    expect(outcomes.map((outcome) => outcome.attempts)).toEqual([attempts, attempts, attempts]);
    expect(valueOf(await runOn(engine, 'return "alive"'))).toBe('alive');
  });

  it('are told so when somebody has heard them', async () => {
    const engine = crowded();
    const heard = Promise.withResolvers<void>();
    const neighbour = runOn(engine, 'console.log("heard"); await new Promise(() => {})', {
      ...WAITS,
      onLog: () => heard.resolve(),
    });
    await heard.promise;
    // The one that takes its process with it however busy the machine is: a heap may end without.
    const [, killer] = KILLERS[2]!;
    const culprit = await runOn(engine, killer, { limits: { cpuTimeMs: 500 } });
    expect(culprit.exitReason).toBe('CpuTime');
    const outcome = await neighbour;
    expect(outcome.exitReason).toBe('Neighbour');
    expect(outcome.logs.map((line) => line.message)).toEqual(['heard']);
  });

  it('are not ended because the machine had no time for their process', async () => {
    const engine = crowded();
    const heard = Promise.withResolvers<void>();
    const run = runOn(
      engine,
      'console.log("up"); await new Promise((done) => setTimeout(done, 500)); return "well"',
      { ...WAITS, onLog: () => heard.resolve() },
    );
    await heard.promise;
    const pid = engine.stats().processes[0]!.pid;
    process.kill(pid, 'SIGSTOP');
    // Longer than an event loop may be silent that does work.
    await new Promise((done) => setTimeout(done, 4_000));
    process.kill(pid, 'SIGCONT');
    const outcome = await run;
    expect([outcome.exitReason, outcome.attempts]).toEqual(['Completed', 1]);
  });

  it('are not ended because nobody had time to listen to their process', async () => {
    const engine = crowded();
    const heard = Promise.withResolvers<void>();
    const code = 'console.log("up"); const end = Date.now() + 4000; while (Date.now() < end);';
    const limits = { cpuTimeMs: 20_000 };
    const run = runOn(engine, code, { ...WAITS, limits, onLog: () => heard.resolve() });
    await heard.promise;
    // Its answers wait at this thread's door, which looks at the time first when it is back.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_500);
    const outcome = await run;
    expect([outcome.exitReason, outcome.attempts]).toEqual(['Completed', 1]);
  });

  it('are not ended for how long their process took to start, nor for what it had by then', async () => {
    const entry = new URL('./fixtures/slow-start.ts', import.meta.url);
    const engine = crowded(8, entry);
    const outcomes = await Promise.all([runOn(engine, 'return 1'), runOn(engine, 'return 1')]);
    expect(outcomes.map(valueOf)).toEqual([1, 1]);
    expect(engine.stats().killed).toBe(0);
  });

  it('do not exist with one run to a process', async () => {
    const engine = crowded(1);
    const [first, second] = await Promise.all([
      runOn(engine, KILLERS[1]![1], {
        limits: { memoryBytes: 32 * 2 ** 20, cpuTimeMs: 20_000, wallTimeMs: 30_000 },
      }),
      runOn(engine, 'return 1'),
    ]);
    expect(first.exitReason).toBe('Memory');
    expect([valueOf(second), second.attempts]).toEqual([1, 1]);
  });
});

describe('reuse: script', () => {
  const request = { reuse: 'script' } as const;

  it('gives every run a fresh context of a warm isolate', async () => {
    const engine = crowded();
    const code =
      'globalThis.count = (globalThis.count ?? 0) + 1; Array.prototype.x = 1; return count';
    for (let run = 0; run < 20; run++) {
      // eslint-disable-next-line no-await-in-loop -- one run after the other, in the same isolate
      expect(valueOf(await runOn(engine, code, { request: { ...request, preset: 'web' } }))).toBe(
        1,
      );
    }
  });

  it('limits each run by itself', async () => {
    const engine = crowded();
    const code = 'const end = Date.now() + 60; while (Date.now() < end); return input.n';
    for (let n = 0; n < 5; n++) {
      const options = { request: { ...request, input: `{"n":${n}}` }, limits: { cpuTimeMs: 200 } };
      // eslint-disable-next-line no-await-in-loop -- CPU time adds up over runs of one isolate
      expect(valueOf(await runOn(engine, code, options))).toBe(n);
    }
    const loop = await runOn(engine, 'for (;;) {}', { request, limits: { cpuTimeMs: 100 } });
    expect(loop.exitReason).toBe('CpuTime');
    expect(valueOf(await runOn(engine, 'return 1', { request }))).toBe(1);
  });
});
