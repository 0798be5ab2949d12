import { expect, it } from 'vitest';
import { SCRIPT_ENGINES, type Client, type ScriptEngine } from './client.ts';

/** The way out. */
export function egressTests(on: () => Client): void {
  const run = (engine: ScriptEngine, code: string, net: object[]) => {
    const preset = engine === 'isolate' ? { preset: 'agent' } : {};
    return on().run(engine, { ...preset, code, permissions: { net } });
  };
  const named = () => {
    const { hostname, port } = new URL(on().instance.target);
    return { host: hostname, ports: [Number(port || 80)] };
  };

  it.each(SCRIPT_ENGINES)('leads from %s to a host that the run names', async (engine) => {
    const url = JSON.stringify(`${on().instance.target}/there?n=1`);
    const code = `const answer = await fetch(${url}, { method: 'POST', body: 'x'.repeat(100_000) });
      const { method, path, body } = await answer.json();
      return [answer.status, method, path, body.length]`;
    const { body } = await run(engine, code, [named()]);
    expect(body.error).toBeUndefined();
    expect(body.result).toEqual([200, 'POST', '/there?n=1', 100_000]);
  });

  it.each(SCRIPT_ENGINES)('leads from %s nowhere else', async (engine) => {
    const url = JSON.stringify(on().instance.target);
    const code = `return fetch(${url}).then(() => 'reached', (error) => error.message)`;
    const { body } = await run(engine, code, [{ host: 'elsewhere.example' }]);
    expect(body.result).toMatch(/EGRESS_DENIED/);
  });

  it('is open after a runner was killed', async () => {
    await on().expectServed();
    await on().killRunner();
    const code = `return (await fetch(${JSON.stringify(on().instance.target)})).status`;
    expect((await run('isolate', code, [named()])).body.result).toBe(200);
  });
}
