import { expect, it } from 'vitest';
import { SCRIPT_ENGINES, type Client, type RunBody } from './client.ts';

const TENANTS = ['ash', 'birch'] as const;

const WAITS: RunBody = {
  preset: 'web',
  code: 'await new Promise((done) => setTimeout(done, 4_000))',
  timeout: 30_000,
};

/** Tenants, who share nothing. */
export function tenantTests(on: () => Client): void {
  const both = () => TENANTS.map((tenant) => on().as(tenant)) as [Client, Client];

  it('have runners of their own', async () => {
    const [ash, birch] = both();
    await Promise.all([ash.expectServed(), birch.expectServed()]);
    const [one, other] = [await ash.runner(), await birch.runner()];
    expect(one?.runnerId).toEqual(expect.any(String));
    expect(other?.runnerId).toEqual(expect.any(String));
    expect(one?.runnerId).not.toBe(other?.runnerId);
    expect((await on().instance.listRunners()).length).toBeGreaterThanOrEqual(2);
  });

  it.each(SCRIPT_ENGINES)('do not learn what another has compiled for %s', async (engine) => {
    const [ash, birch] = both();
    // New to this instance, whatever ran on it before.
    const body = { code: `return globalThis.kept = [globalThis.kept] // ${Math.random()}` };
    await ash.run(engine, body);
    const known = (await ash.run(engine, body)).body;
    expect([known.result, known.stats.compileCached]).toEqual([[null], true]);
    const fresh = (await birch.run(engine, body)).body;
    expect([fresh.result, fresh.stats.compileCached]).toEqual([[null], false]);
  });

  it('notice nothing of the end of another’s runner', async () => {
    const [ash, birch] = both();
    await Promise.all([ash.expectServed(), birch.expectServed()]);
    const kept = await birch.runner();
    const lost = ash.run('isolate', WAITS);
    await ash.whenActive('isolate', 1);
    const beside = birch.run('isolate', WAITS);
    await birch.whenActive('isolate', 1);
    await ash.killRunner();
    expect((await lost).body).toMatchObject({ success: true, stats: { attempts: 2 } });
    expect((await beside).body).toMatchObject({ success: true, stats: { attempts: 1 } });
    expect(await birch.runner()).toEqual(kept);
    await ash.expectServed();
  });
}
