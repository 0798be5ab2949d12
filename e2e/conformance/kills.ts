import type { ErrorCode } from '@cofferdam/protocol';
import { expect, it } from 'vitest';
import { SCRIPT_ENGINES, type Client, type RunBody, type ScriptEngine } from './client.ts';

const MiB = 1024 * 1024;
const LONG_MS = 30_000;
const PATIENCE = { timeout: 20_000 };
/** What a run is told whose surroundings ended. */
const LOST = { code: 'UNAVAILABLE', blame: 'system', retry: true };

const KILLERS: [engine: ScriptEngine, body: RunBody, codes: ErrorCode[]][] = [
  [
    'isolate',
    // V8 ends its process for it; where memory is short, the runner does so before.
    { code: 'return "a".repeat(2e8).split("").length', limits: { memoryBytes: 512 * MiB } },
    ['ENGINE_CRASH', 'MEMORY_EXCEEDED'],
  ],
  ['deno', { code: 'process.kill(process.pid, 9)' }, ['ENGINE_CRASH']],
  ['deno', { code: 'Deno.exit(0)' }, ['ENGINE_CRASH']],
  ['deno', { code: 'process.kill(process.ppid, 9)' }, ['EXCEPTION']],
];

const waits = (engine: ScriptEngine, code: string): RunBody => ({
  ...(engine === 'isolate' ? { preset: 'web' } : {}),
  code: `${code}; return new Promise((done) => setTimeout(done, 4_000, 'waited'))`,
  timeout: LONG_MS,
});

/** Ends of processes from inside and from outside. */
export function killTests(on: () => Client): void {
  it.each(KILLERS)('%s: %j ends no more than itself', async (engine, body, codes) => {
    await on().expectServed(engine);
    const before = await on().runner();
    const answer = await on().run(engine, { timeout: LONG_MS, ...body });
    expect(codes).toContain(answer.body.error.code);
    expect(answer.body.error.blame).toBe('script');
    await on().expectServed(engine);
    expect(await on().runner()).toEqual(before);
  });

  it.each(SCRIPT_ENGINES)('a run in %s whose runner is killed runs again', async (engine) => {
    await on().expectServed(engine);
    const run = on().run(engine, waits(engine, ''));
    await on().whenActive(engine, 1);
    const killed = await on().killRunner();
    const { body } = await run;
    expect(body).toMatchObject({ success: true, result: 'waited', stats: { attempts: 2 } });
    expect((await on().runner())?.runnerId).not.toBe(killed.runnerId);
  });

  it.each(SCRIPT_ENGINES)('but not one in %s of which somebody has read lines', async (engine) => {
    await on().expectServed(engine);
    const events = on().events(engine, waits(engine, `console.log('begun')`));
    expect((await events.next()).value).toMatchObject({ event: 'log' });
    await on().killRunner();
    const { value } = await events.next();
    expect(value).toMatchObject({ event: 'result', data: { error: LOST } });
    await on().expectServed(engine);
  });

  it('runners that are killed one after another, with nothing in them', async () => {
    for (let round = 0; round < 3; round++) {
      await on().expectServed();
      const before = await on().instance.listRunners();
      const killed = await on().killRunner();
      const gone = async () => {
        const now = await on().instance.listRunners();
        return before.filter((each) => !now.includes(each)).length;
      };
      // Not exactly one: idle runners of other tenants may be let go meanwhile.
      await expect.poll(gone, PATIENCE).toBeGreaterThanOrEqual(1);
      expect((await on().runner())?.runnerId).not.toBe(killed.runnerId);
    }
    await on().expectServed();
  });

  it.each(SCRIPT_ENGINES)('a client that goes away ends its run in %s', async (engine) => {
    await on().expectServed(engine);
    const before = await on().runner();
    const leave = on().begin(engine, { code: 'for (;;);', timeout: LONG_MS });
    await on().whenActive(engine, 1);
    await leave();
    await on().whenActive(engine, 0);
    await on().expectServed(engine);
    expect(await on().runner()).toEqual(before);
  });
}
