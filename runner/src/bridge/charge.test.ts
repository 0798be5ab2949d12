import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runOn, type RunOptions } from '../../test/engine-harness.ts';
import { runGuest } from '../../test/isolate-harness.ts';
import { IsolateEngine } from '../engines/isolate/engine.ts';

/** Processes and isolates as a runner has them: the limit is the watcher's. */
let engine: IsolateEngine;

beforeAll(() => {
  engine = new IsolateEngine({
    processes: 1,
    maxProcesses: 1,
    runsPerProcess: 8,
    sparesPerProfile: 0,
    expected: [],
  });
});
afterAll(() => engine.close());

const KEY = `const key = await crypto.subtle.importKey('raw', new Uint8Array(8), 'PBKDF2', false, ['deriveBits']);
  const derive = (iterations) => crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(8), iterations }, key, 256);`;

function run(code: string, limits: RunOptions['limits']) {
  return runOn(engine, code, {
    request: { preset: 'web' },
    limits: { wallTimeMs: 15_000, ...limits },
  });
}

describe("work of the host on a guest's account", () => {
  it.each([
    ['derivations', `${KEY} for (;;) await derive(200_000)`],
    [
      'keys',
      `for (;;) await crypto.subtle.generateKey({ name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }, false, ['sign', 'verify'])`,
    ],
    [
      'compression',
      `const part = crypto.getRandomValues(new Uint8Array(65_536)); const c = new CompressionStream('gzip'); const w = c.writable.getWriter();
        c.readable.pipeTo(new WritableStream()); for (;;) await w.write(part)`,
    ],
  ])('ends a run by its CPU limit: %s without end', async (_what, code) => {
    const limits = { cpuTimeMs: 400, bridgeCalls: 100_000 };
    const outcome = await run(code, limits);
    expect(outcome.exitReason).toBe('CpuTime');
    expect(outcome.cpuTimeMs).toBeGreaterThan(400);
  });

  it('is in the figures of a run that is within its limit', async () => {
    const outcome = await run(`${KEY} await derive(1_000_000); return 1`, { cpuTimeMs: 20_000 });
    expect(outcome.exitReason).toBe('Completed');
    // The guest's own part is a tenth of it at most.
    expect(outcome.cpuTimeMs).toBeGreaterThan(50);
  });
});

describe('a charge', () => {
  it('is small for small work, however long it waits', async () => {
    const code = `for (let i = 0; i < 50; i++) await crypto.subtle.digest('SHA-256', new Uint8Array(100));
      await new Promise((f) => setTimeout(f, 50)); return 1`;
    const { charged, exitReason } = await runGuest(code);
    expect(exitReason).toBe('Completed');
    // 50 times what a call may be taken to cost at most.
    expect(charged).toBeGreaterThan(0);
    expect(charged).toBeLessThan(50 * 0.3);
  });

  it('counts what the host parses for the guest', async () => {
    const long = `'http://a.example/' + 'ä/../'.repeat(2000)`;
    const none = await runGuest(`return 1`);
    const some = await runGuest(`for (let i = 0; i < 3000; i++) new URL(${long}); return 1`);
    expect(none.charged).toBe(0);
    expect(some.charged).toBeGreaterThan(1);
  });

  it('counts what the host packs', async () => {
    const code = `const part = crypto.getRandomValues(new Uint8Array(65_536)); const c = new CompressionStream('gzip'); const w = c.writable.getWriter();
      const done = c.readable.pipeTo(new WritableStream()); for (let i = 0; i < 32; i++) await w.write(part); await w.close(); await done; return 1`;
    const { charged, exitReason } = await runGuest(code);
    expect(exitReason).toBe('Completed');
    // 2 MiB take 90 ms on a fast machine; no piece may be taken for more than 20.
    expect(charged).toBeGreaterThan(20);
    expect(charged).toBeLessThan(70 * 20);
  });

  it('is nothing for waiting', async () => {
    const { charged } = await runGuest(`await new Promise((f) => setTimeout(f, 200)); return 1`);
    expect(charged).toBe(0);
  });
});
