import { expect, it } from 'vitest';
import * as bounds from '../src/port/bounds.ts';
import { isReservedName } from '../src/port/reserved-names.ts';
import { openPair } from './port-realm.ts';

const GUEST_BOUNDS = new URL('../../runner/src/bridge/port/guest/bounds.ts', import.meta.url).href;

it('has the same bounds at both ends', async () => {
  const guestBounds = (await import(GUEST_BOUNDS)) as Record<string, number>;
  const shared = Object.entries(bounds).filter(([name]) => name in guestBounds);
  expect(shared.map(([name]) => name).sort()).toEqual([
    'BATCH_LENGTH',
    'BATCH_VALUES',
    'MAX_BIGINT_DIGITS',
    'MAX_DEPTH',
    'MAX_IDLE_SIGNALS',
    'MAX_MESSAGE_BYTES',
    'MAX_PENDING_CALLS',
    'MAX_REFERENCES',
    'MAX_VALUES',
  ]);
  for (const [name, bound] of shared) {
    expect(guestBounds[name]).toBe(bound);
  }
});

it('refuses every name that a guest has, before it is asked', async () => {
  using pair = await openPair();
  const names = (await pair.run(
    `const all = []; for (let o = globalThis; o; o = Object.getPrototypeOf(o)) all.push(...Object.getOwnPropertyNames(o)); return all`,
  )) as string[];
  expect(names.length).toBeGreaterThan(100);
  expect(names.filter((name) => !isReservedName(name))).toEqual([]);
  for (const name of ['greet', 'process', 'require', 'NETWORK', 'then']) {
    expect(isReservedName(name)).toBe(false);
  }
});

it.each(['minimal', 'compute', 'data', 'agent'])(
  'works in the frozen realm of preset %s, which may lack signals',
  async (preset) => {
    const tools = {
      fail: () => {
        throw new DOMException('stop', 'AbortError');
      },
      signal: () => AbortSignal.abort(new Error('gone')),
      numbers: async function* () {
        yield 1;
        yield 2;
      },
    };
    using pair = await openPair({ preset, tools });
    const body = `const got = []; for await (const n of numbers()) got.push(n);
      const s = await signal(); got.push(s.aborted, s.reason.message);
      await fail().catch((e) => got.push(e.name)); return got`;
    expect(await pair.run(body)).toEqual([1, 2, true, 'gone', 'AbortError']);
  },
);
