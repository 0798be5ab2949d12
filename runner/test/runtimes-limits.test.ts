import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Compiler } from '../src/compiler/client.ts';
import { COMPILE_DEADLINE_MS } from '../src/compiler/deadline.ts';
import { RuntimeKeeper } from '../src/runtimes/keeper.ts';
import { embedder } from './runtime-embedder.ts';

/** For all of them: a busy machine starts a process in seconds. */
const compiler = new Compiler();
const keeper = new RuntimeKeeper({ compiler });
beforeAll(() => keeper.warm());
afterAll(async () => {
  await keeper.close();
  await compiler.close();
});

/** Nothing but a hang takes so long, on whatever machine. */
const TEST_MS = 60_000;

const MiB = 1024 * 1024;
const busy = (message: unknown[]) => message[2] === 'busy';

/** Swallows termination: its thread never stops. */
const FOREVER = 'const s = "[" + "[1,2,3],".repeat(2e5) + "1]"; for (;;) JSON.parse(s)';

describe("a runtime's limits", { timeout: TEST_MS }, () => {
  it.each([
    ['a loop', 'while (true) {}'],
    ['a loop that swallows what ends it', FOREVER],
    [
      'microtasks without end',
      'const next = () => Promise.resolve().then(next); next(); await new Promise(() => {})',
    ],
    ['nothing at all', 'await new Promise(() => {})'],
  ])('end an eval at its time: %s', async (_name, code) => {
    const runtime = await (await embedder({ keeper })).open();
    const outcome = await runtime.eval(code, { timeMs: 200 });
    expect(outcome).toMatchObject({ exitReason: 'WallTime', ended: true });
    // Its own time or what was left of it, and neither that of the runtime's evals nor what it may work.
    const [, ms] = /after its ([\d.]+) ms$/.exec(outcome.error!.message)!;
    expect(Number(ms)).toBeLessThanOrEqual(200);
    expect(await runtime.end).toMatchObject({ exitReason: 'WallTime' });
    await expect(runtime.eval('1')).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
  });

  it('let an eval be cancelled, whatever it does', async () => {
    const runtime = await (await embedder({ keeper })).open();
    const cancel = new AbortController();
    const running = runtime.eval('console.log("busy"); while (true) {}', { signal: cancel.signal });
    running.catch(() => {});
    await runtime.message(busy);
    const other = runtime.eval('export default 1');
    cancel.abort();
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await runtime.end).toMatchObject({ exitReason: 'Cancelled' });
    expect(await other).toMatchObject({ exitReason: 'Cancelled', ended: true });
  });

  it('end an eval whose modules do not come', async () => {
    const host = await embedder({ keeper, resolve: () => new Promise(() => {}) });
    const runtime = await host.open();
    const outcome = await runtime.eval("import './a.js'", { timeMs: 100 });
    expect(outcome).toMatchObject({ exitReason: 'WallTime', ended: true });
  });

  it('end an eval whose compiler does not come to it', async () => {
    const stopped = new Compiler();
    const own = new RuntimeKeeper({ compiler: stopped });
    onTestFinished(async () => {
      await own.close();
      await stopped.close();
    });
    const runtime = await (await embedder({ keeper: own })).open();
    expect(await runtime.value('export default 1')).toBe(1);
    process.kill(stopped.pid!, 'SIGSTOP');
    const outcome = await Promise.race([
      runtime.eval('export default 2', { timeMs: 100 }),
      new Promise((late) => setTimeout(late, COMPILE_DEADLINE_MS - 1_000, 'late')),
    ]);
    expect(outcome).toMatchObject({ exitReason: 'WallTime', ended: true });
  });

  it('end a guest that works on behind its answer', async () => {
    const runtime = await (await embedder({ keeper })).open({ stretchTimeMs: 150 });
    expect(await runtime.value('setTimeout(() => { while (true) {} }, 10); export default 1')).toBe(
      1,
    );
    expect(await runtime.end).toMatchObject({ exitReason: 'CpuTime' });
  });

  it('let a guest work longer in all than at a stretch', async () => {
    const runtime = await (await embedder({ keeper })).open({ stretchTimeMs: 1_000 });
    // Far less than a stretch each: while a piece lasts, waiting for a processor counts as work.
    const code = `for (let i = 0; i < 12; i++) {
      const end = Date.now() + 100; while (Date.now() < end);
      await new Promise((next) => setTimeout(next, 5));
    } export default 'done'`;
    expect(await runtime.value(code)).toBe('done');
  });

  it('end a guest that uses up its memory, and nobody else', async () => {
    const host = await embedder({ keeper });
    const [hog, other] = await Promise.all([host.open({ memoryBytes: 32 * MiB }), host.open()]);
    await other.value('globalThis.kept = 1');
    const outcome = await hog.eval(
      'const all = []; while (true) all.push(new Array(10000).fill(all.length))',
    );
    expect(outcome).toMatchObject({ exitReason: 'Memory', ended: true });
    expect(await hog.end).toMatchObject({ exitReason: 'Memory' });
    expect(await other.value('export default kept')).toBe(1);
  });

  it('may be as low as the specification allows', async () => {
    const runtime = await (await embedder({ keeper })).open({ memoryBytes: 16 * MiB });
    expect(await runtime.value('export default typeof new URL("a:b").href')).toBe('string');
  });

  it('hold for array buffers too', async () => {
    const runtime = await (await embedder({ keeper })).open({ memoryBytes: 32 * MiB });
    const code =
      'const all = []; for (let i = 0; i < 1000; i++) all.push(new Uint8Array(4 * 1024 * 1024).fill(1))';
    const outcome = await runtime.eval(code);
    expect(outcome.exitReason).not.toBe('Completed');
  });

  it('end the process of a guest that does not stop, and tell its neighbours', async () => {
    const own = new RuntimeKeeper({ compiler });
    const host = await embedder({ keeper: own });
    // By what it works, not by a clock: that may have run out before it has begun.
    const [stuck, other] = await Promise.all([host.open({ stretchTimeMs: 200 }), host.open()]);
    const [pid] = own.pids;
    const outcome = await stuck.eval(FOREVER, { timeMs: TEST_MS });
    expect(outcome).toMatchObject({ exitReason: 'CpuTime', ended: true });
    expect(await stuck.end).toMatchObject({ exitReason: 'CpuTime' });
    expect(await other.end).toMatchObject({ exitReason: 'Neighbour' });
    expect(own.pids).not.toContain(pid);
    await own.close();
  });

  it('end nobody because the machine had no time for a process', async () => {
    const own = new RuntimeKeeper({ compiler });
    const runtime = await (await embedder({ keeper: own })).open();
    const code = 'console.log("busy"); await new Promise((done) => setTimeout(done, 500));';
    const running = runtime.eval(`${code} export default 1`, { timeMs: 60_000 });
    await runtime.message(busy);
    const [pid] = own.pids;
    process.kill(pid!, 'SIGSTOP');
    // Longer than an event loop may be silent that does work.
    await new Promise((done) => setTimeout(done, 4_000));
    process.kill(pid!, 'SIGCONT');
    expect(await running).toMatchObject({ exitReason: 'Completed', ended: false });
    await own.close();
  });

  it('tell every runtime of a process that dies', async () => {
    const own = new RuntimeKeeper({ compiler });
    const host = await embedder({ keeper: own });
    const [one, other] = await Promise.all([host.open(), host.open()]);
    const [pid] = own.pids;
    await one.value('globalThis.hang = new Promise(() => {})');
    const hanging = one.eval('await hang');
    process.kill(pid!, 'SIGKILL');
    expect(await hanging).toMatchObject({ exitReason: 'Neighbour', ended: true });
    expect(await other.end).toMatchObject({ exitReason: 'Neighbour' });
    const next = await host.open();
    expect(await next.value('export default 1')).toBe(1);
    await own.close();
  });

  it('name the one runtime of a process that dies as what ended it', async () => {
    const own = new RuntimeKeeper({ compiler });
    const runtime = await (await embedder({ keeper: own })).open();
    process.kill(own.pids[0]!, 'SIGKILL');
    expect(await runtime.end).toMatchObject({ exitReason: 'EngineCrash' });
    await own.close();
  });
});
