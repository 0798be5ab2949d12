import { describe, expect, it } from 'vitest';
import { Lookups } from './lookups.ts';

const never = new AbortController().signal;
const PLACES = 16;

/** A resolver whose answers come when the test says so. */
function held() {
  const asked = new Map<string, PromiseWithResolvers<readonly string[]>>();
  const resolver = (name: string) => {
    const one = Promise.withResolvers<readonly string[]>();
    asked.set(name, one);
    return one.promise;
  };
  return { asked, resolver, answer: (name: string) => asked.get(name)!.resolve(['192.0.2.1']) };
}

const names = (of: string, count: number) => Array.from({ length: count }, (_, i) => `${i}.${of}`);
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('look-ups of names', () => {
  it('are so many for one tenant, and nobody else waits for them', async () => {
    const slow = held();
    const lookups = new Lookups(slow.resolver, 60_000);
    const [hers, his] = [lookups.of('hers'), lookups.of('his')];
    const asking = names('hers', PLACES + 1).map((name) => hers(name, never));
    await settled();
    expect(slow.asked.size).toBe(PLACES);
    const other = his('his', never);
    await settled();
    slow.answer('his');
    expect(await other).toEqual(['192.0.2.1']);
    slow.answer('3.hers');
    await asking[3];
    await settled();
    expect(slow.asked.has(`${PLACES}.hers`)).toBe(true);
    for (const name of slow.asked.keys()) slow.answer(name);
    await Promise.all(asking);
  });

  it('are given up after a time, waiting included, and keep their place until they end', async () => {
    const slow = held();
    const resolve = new Lookups(slow.resolver, 20).of('hers');
    const late = await Promise.allSettled(
      names('hers', PLACES + 1).map((one) => resolve(one, never)),
    );
    for (const one of late) expect(one).toMatchObject({ reason: { code: 'LOOKUP_TIMEOUT' } });
    expect(slow.asked.size).toBe(PLACES);
    await expect(resolve('next', never)).rejects.toMatchObject({ code: 'LOOKUP_TIMEOUT' });
    expect(slow.asked.has('next')).toBe(false);
    slow.answer('0.hers');
    await settled();
    const next = resolve('next', never);
    await settled();
    slow.answer('next');
    expect(await next).toEqual(['192.0.2.1']);
  });

  it('are not waited for by a run that is over, whether they have begun or not', async () => {
    const slow = held();
    const resolve = new Lookups(slow.resolver, 60_000).of('hers');
    const over = new AbortController();
    const asking = names('hers', PLACES + 1).map((name) => resolve(name, over.signal));
    await settled();
    over.abort(new Error('the run is over'));
    const ended = await Promise.allSettled(asking);
    for (const one of ended) expect(one).toMatchObject({ reason: { message: 'the run is over' } });
    for (const name of slow.asked.keys()) slow.answer(name);
    await settled();
    expect(slow.asked.has(`${PLACES}.hers`)).toBe(false);
  });

  it('fail as the system’s do, and give their place back', async () => {
    const failing = () => Promise.reject(Object.assign(new Error(), { code: 'ENOTFOUND' }));
    const resolve = new Lookups(failing, 60_000).of('hers');
    for (const name of names('hers', 3 * PLACES)) {
      await expect(resolve(name, never)).rejects.toMatchObject({ code: 'ENOTFOUND' });
    }
  });
});
