import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSandbox, type Sandbox } from 'cofferdam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Instance } from './instance.ts';

interface Place {
  sandbox: Sandbox;
  end(): Promise<void>;
}

/** The two ways to a keeper of prefixes: the tests below do not know which they are on. */
const PLACES: Record<string, () => Promise<Place>> = {
  async 'a daemon'() {
    const folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
    const sandbox = await createSandbox({ daemon: { socketPath: join(folder, 'd.sock') } });
    return { sandbox, end: () => rm(folder, { recursive: true, force: true }) };
  },
  async 'a gateway'() {
    const up = await Instance.start();
    const sandbox = await createSandbox({ gateway: { url: up.url } });
    return { sandbox, end: () => up[Symbol.asyncDispose]() };
  },
};

describe.each(Object.entries(PLACES))('a sandbox of %s', (_name, start) => {
  let place: Place;
  beforeAll(async () => {
    place = await start();
  }, 60_000);
  afterAll(async () => {
    await place.sandbox.dispose();
    await place.end();
  });

  it('runs code behind a prefix, with functions, fetch and data of its embedder', async () => {
    const prefix = await place.sandbox.precompile({
      code: 'globalThis.twice = (n) => add(n, n); console.log("not shown");',
      globals: {
        add: (a: number, b: number) => a + b,
        limit: 5,
        fetch: async (request: Request) => new Response(`of ${request.url}`),
      },
    });
    const code = `console.log('hello'); const text = await (await fetch('http://a.test/x')).text();
      export default [await twice(limit), text];`;
    const results = await Promise.all([
      prefix.run({ code, globals: { limit: 7 } }),
      prefix.run({ code }),
    ]);
    expect(results).toMatchObject([
      { ok: true, exports: { default: [14, 'of http://a.test/x'] }, stdout: ['hello'] },
      { ok: true, exports: { default: [10, 'of http://a.test/x'] }, stdout: ['hello'] },
    ]);
    await prefix.dispose();
    await expect(prefix.run({ code })).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
  });

  it('tells of limits, and of what a prefix may not do', async () => {
    const { sandbox } = place;
    const prefix = await sandbox.precompile({ globals: { add: () => 1 } });
    const looped = await prefix.run({ code: 'for (;;);', limits: { cpuTimeMs: 50 } });
    expect(looped).toMatchObject({ ok: false, error: { code: 'CPU_TIME_EXCEEDED' } });
    const called = await prefix.run({
      code: 'for (;;) await add()',
      limits: { maxBridgeCalls: 5 },
    });
    expect(called).toMatchObject({ ok: false, error: { code: 'BRIDGE_CALLS_EXCEEDED' } });
    const calling = sandbox.precompile({ code: 'add()', globals: { add: () => 1 } });
    await expect(calling).rejects.toThrow("The prefix called 'add'");
  });
});
