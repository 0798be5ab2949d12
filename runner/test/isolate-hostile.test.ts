import { DEFAULT_LIMITS } from '@cofferdam/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { IsolateEngine, type IsolateEngineOptions } from '../src/engines/isolate/engine.ts';
import { readProc } from '../src/supervisor/proc.ts';
import { runOn, valueOf, type RunOptions } from './engine-harness.ts';

const engines: IsolateEngine[] = [];

function engineOf(options: Partial<IsolateEngineOptions> = {}): IsolateEngine {
  const engine = new IsolateEngine({
    processes: 1,
    maxProcesses: 1,
    runsPerProcess: 8,
    sparesPerProfile: 1,
    expected: [{ preset: 'compute', limits: DEFAULT_LIMITS }],
    ...options,
  });
  engines.push(engine);
  return engine;
}

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

const web = (limits: RunOptions['limits'] = {}): RunOptions => ({
  request: { preset: 'web' },
  limits,
});
const pidsOf = (engine: IsolateEngine) => engine.stats().processes.map(({ pid }) => pid);
const FOREVER = 'const s = "[" + "[1,2,3],".repeat(2e5) + "1]"; for (;;) JSON.parse(s)';
const SLEEP = 'await new Promise((done) => setTimeout(done, 60_000))';
const LONG = { wallTimeMs: 60_000, cpuTimeMs: 30_000 };

describe('floods of host calls', () => {
  it.each([
    [
      'of calls nobody awaits',
      'for (;;) crypto.subtle.digest("SHA-1", new Uint8Array(9)).catch(() => {})',
      ['BridgeCalls'],
    ],
    [
      'of large calls nobody awaits',
      'const b = new Uint8Array(9e5); for (;;) crypto.subtle.digest("SHA-1", b).catch(() => {})',
      ['BridgeCalls', 'Memory', 'CpuTime'],
    ],
    [
      'of timers that overtake each other',
      'let d = 1e9; const f = () => { setTimeout(() => {}, d--); Promise.resolve().then(f) }; f(); await new Promise(() => {})',
      ['CpuTime', 'Exception', 'Memory'],
    ],
    [
      'of requests given up',
      'for (;;) { const c = new AbortController(); fetch("http://a/", { signal: c.signal }).catch(() => {}); c.abort() }',
      ['BridgeCalls', 'CpuTime', 'WallTime'],
    ],
    [
      'of console lines',
      'for (;;) console.log("x".repeat(100))',
      ['CpuTime', 'WallTime', 'Output'],
    ],
    ['of URLs', 'for (;;) new URL("http://a/")', ['CpuTime', 'WallTime']],
    [
      'of random numbers',
      'const b = new Uint8Array(65536); for (;;) crypto.getRandomValues(b)',
      ['CpuTime', 'WallTime', 'Memory'],
    ],
  ])('%s end by a limit of the run, within its memory', async (_name, code, reasons) => {
    const engine = engineOf();
    await runOn(engine, 'return 1');
    let peak = 0;
    const watch = setInterval(() => {
      for (const pid of pidsOf(engine)) peak = Math.max(peak, readProc(pid)?.rssBytes ?? 0);
    }, 10);
    const { exitReason } = await runOn(engine, code, web({ cpuTimeMs: 500, wallTimeMs: 1_200 }));
    clearInterval(watch);
    expect(reasons).toContain(exitReason);
    // A process at rest, the run's memory, and the slack of the wall inside.
    expect(peak).toBeLessThan((100 + 64 + 96 + 200) * 2 ** 20);
    expect(valueOf(await runOn(engine, 'return "alive"'))).toBe('alive');
  });
});

describe('code behind the answer', () => {
  const behind = (code: string) =>
    `await new Promise((r) => setTimeout(r, 5)); (async () => { for (let i = 0; i < 50; i++) await 0; ${code} })(); return 1`;

  it.each([
    ['an endless loop', 'for (;;);', 'none' as const],
    ['an endless chain of promises', 'for (;;) await 0', 'none' as const],
    ['an endless loop in a reused isolate', 'for (;;);', 'script' as const],
  ])("is the run's own: %s", async (_name, code, reuse) => {
    const engine = engineOf();
    const neighbour = runOn(
      engine,
      'await new Promise((r) => setTimeout(r, 700)); return "well"',
      web(),
    );
    const options = { request: { preset: 'web', reuse }, limits: { cpuTimeMs: 300 } } as const;
    expect((await runOn(engine, behind(code), options)).exitReason).toBe('CpuTime');
    expect([valueOf(await neighbour), (await neighbour).attempts]).toEqual(['well', 1]);
  });

  it('that no termination ends takes its process with it', async () => {
    const engine = engineOf();
    await runOn(engine, 'return 1');
    const [pid] = pidsOf(engine);
    expect((await runOn(engine, behind(FOREVER), web({ cpuTimeMs: 300 }))).exitReason).toBe(
      'CpuTime',
    );
    expect(valueOf(await runOn(engine, 'return 1'))).toBe(1);
    expect(pidsOf(engine)).not.toContain(pid);
  });

  it('is not woken by an answer of the host', async () => {
    const engine = engineOf();
    const code =
      'crypto.subtle.digest("SHA-1", new Uint8Array(9e5)).then(() => { for (;;); }); return 1';
    expect(valueOf(await runOn(engine, code, web()))).toBe(1);
    expect(valueOf(await runOn(engine, 'return 2', web()))).toBe(2);
  });
});

describe('cancelling', () => {
  it('before it began', async () => {
    const engine = engineOf();
    const signal = AbortSignal.abort();
    expect((await runOn(engine, 'return 1', { signal })).exitReason).toBe('Cancelled');
  });

  it('while it waits for a place, which it never takes', async () => {
    const engine = engineOf({ runsPerProcess: 1 });
    const first = new AbortController();
    const heard = Promise.withResolvers<void>();
    const busy = runOn(engine, `console.log("up"); ${SLEEP}`, {
      ...web(LONG),
      signal: first.signal,
      onLog: () => heard.resolve(),
    });
    await heard.promise;
    const second = new AbortController();
    const waiting = runOn(engine, 'return 1', { signal: second.signal });
    second.abort();
    expect((await waiting).exitReason).toBe('Cancelled');
    first.abort();
    expect((await busy).exitReason).toBe('Cancelled');
    expect(valueOf(await runOn(engine, 'return 2'))).toBe(2);
  });

  it('ends a thread that nothing else ends, with its process', async () => {
    const engine = engineOf();
    await runOn(engine, 'return 1');
    const [pid] = pidsOf(engine);
    const caller = new AbortController();
    const run = runOn(engine, `console.log("up"); ${FOREVER}`, {
      ...web(LONG),
      signal: caller.signal,
      onLog: () => caller.abort(),
    });
    expect((await run).exitReason).toBe('Cancelled');
    expect(valueOf(await runOn(engine, 'return 1'))).toBe(1);
    expect(pidsOf(engine)).not.toContain(pid);
  });
});

describe('one run after the other', () => {
  it('is each measured by itself', async () => {
    const engine = engineOf();
    // Together 3.6 s of CPU time, with no moment between them: more than one may use.
    for (let i = 0; i < 12; i++) {
      const code = 'const end = Date.now() + 300; while (Date.now() < end); return 1';
      // eslint-disable-next-line no-await-in-loop -- one after the other
      const outcome = await runOn(engine, code, { limits: { cpuTimeMs: 600, wallTimeMs: 30_000 } });
      expect(outcome.exitReason).toBe('Completed');
    }
  });
});

describe('closing', () => {
  it('ends runs and those that wait, and starts no process', async () => {
    const engine = engineOf({ runsPerProcess: 2 });
    const runs = [1, 2, 3, 4].map(() =>
      runOn(engine, SLEEP, web(LONG)).then(
        ({ exitReason }) => exitReason as string,
        (error: { code: string }) => error.code,
      ),
    );
    await runOn(engine, 'return 1', { signal: AbortSignal.timeout(500) }).catch(() => {});
    await engine.close();
    expect(await Promise.all(runs)).toEqual([
      'Cancelled',
      'Cancelled',
      'SHUTTING_DOWN',
      'SHUTTING_DOWN',
    ]);
    expect(pidsOf(engine)).toEqual([]);
    await expect(runOn(engine, 'return 1')).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });
});

describe('many at once', () => {
  it('get one true outcome each, killers among them', async () => {
    const engine = engineOf({ processes: 2, maxProcesses: 4 });
    const limits = { cpuTimeMs: 5_000, wallTimeMs: 60_000, memoryBytes: 32 * 2 ** 20 };
    const isKiller = (n: number) => n % 7 === 3;
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, n) => {
        const code = isKiller(n) ? "return 'a'.repeat(2e8).split('')" : `await 0; return ${n}`;
        return runOn(engine, code, { limits });
      }),
    );
    for (const [n, outcome] of outcomes.entries()) {
      // A second process may end under a run as the first did: it is told so, and blamed for neither.
      if (isKiller(n)) expect(['EngineCrash', 'Memory', 'Neighbour']).toContain(outcome.exitReason);
      else if (outcome.exitReason !== 'Neighbour') expect(valueOf(outcome)).toBe(n);
    }
    expect(outcomes.filter(({ exitReason }) => exitReason === 'Completed').length).toBeGreaterThan(
      30,
    );
    expect(valueOf(await runOn(engine, 'return "alive"'))).toBe('alive');
  }, 60_000);
});

describe('a process that its guest has taken over', () => {
  const entry = new URL('./fixtures/taken-over.ts', import.meta.url);

  it.each(['nothing', 'text', 'shape', 'reason', 'event', 'logs', 'foreign', 'figures', 'silence'])(
    'is ended for what it says: %s',
    async (lie) => {
      const engine = engineOf({ entry, execArgv: [`--title=${lie}`] });
      const outcome = await runOn(engine, 'return 1', { limits: { wallTimeMs: 1_000 } });
      expect(['EngineCrash', 'WallTime']).toContain(outcome.exitReason);
    },
  );

  it('and one that never comes up is no fault of a run', async () => {
    const none = new URL('./fixtures/no-such-module.ts', import.meta.url);
    const engine = engineOf({ entry: none });
    await expect(runOn(engine, 'return 1')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(engine.stats().killed).toBeLessThan(20);
  });
});
