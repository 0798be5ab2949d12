import { afterEach, describe, expect, it, vi } from 'vitest';
import { collectGarbage } from '@cofferdam/protocol';
import type { GuestFunction, GuestIterable } from '../src/port/foreign.ts';
import type { HostCallContext, ToolHandler } from '../src/types.ts';
import { openPair, type Pair, type PairOptions } from './port-realm.ts';

const open = new Set<Pair>();

async function pairOf(tools: Record<string, ToolHandler>, options: PairOptions = {}) {
  const pair = await openPair({ ...options, tools });
  open.add(pair);
  return pair;
}

/** A pair, and what its guest handed over. */
async function taking<T>(
  body: string,
  tools: Record<string, ToolHandler> = {},
): Promise<[Pair, T]> {
  let got: unknown;
  const pair = await pairOf({ ...tools, give: (value: unknown) => void (got = value) });
  await pair.run(body);
  return [pair, got as T];
}

afterEach(() => {
  for (const pair of open) pair[Symbol.dispose]();
  open.clear();
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Lets both sides collect their garbage, until what is awaited is so. */
async function collectUntil(isSo: () => boolean, pair: Pair, rounds = 200): Promise<void> {
  for (let i = 0; i < rounds && !isSo(); i++) {
    collectGarbage();
    await pair.script(
      'for (let i = 0, kept = []; i < 3e5; i++) { kept.push({ i }); if (kept.length > 1e4) kept = [] } undefined',
    );
    await turn();
  }
}

describe('a function that a tool answers', () => {
  it('can be called, is the same each time, and goes back as itself', async () => {
    let n = 0;
    const inc = (by: number) => (n += by);
    const back: unknown[] = [];
    const pair = await pairOf({
      counter: async () => ({ inc, nested: [inc] }),
      give: (value: unknown) => void back.push(value),
    });
    const body = `const c = await counter(); const d = await counter(); await give(c.inc);
      return [await c.inc(2), await c.nested[0](3), c.inc === c.nested[0], c.inc === d.inc, c.inc() instanceof Promise]`;
    expect(await pair.run(body)).toEqual([2, 5, true, true, true]);
    expect(back[0]).toBe(inc);
  });

  it('is told of its call, and aborted when the runtime ends', async () => {
    let told: HostCallContext | undefined;
    const work = (context: HostCallContext) => {
      told = context;
      return new Promise(() => {});
    };
    const pair = await pairOf({ get: () => work });
    await pair.script('get().then((work) => work()); undefined');
    await vi.waitFor(() => expect(told).toBeDefined());
    pair.peer.end(new Error('over'));
    expect(told!.signal.aborted).toBe(true);
  });

  it('can be given back, and called no more afterwards', async () => {
    const pair = await pairOf({ get: () => () => 1 });
    const body = `const f = await get(); const first = await f(); f[Symbol.dispose](); f[Symbol.dispose]();
      const again = await f().catch((e) => e.code);
      const sent = await get(f).catch((e) => e.message);
      return [first, again, sent, await (await get())()]`;
    const sent = 'arguments[0] is a reference that was given back';
    expect(await pair.run(body)).toEqual([1, 'REFERENCE_GONE', sent, 1]);
  });

  it('is given back when the guest holds it no more', async () => {
    const pair = await pairOf({ get: () => () => 1 });
    await pair.run('for (let i = 0; i < 500; i++) await get()');
    const drops = () => pair.posts.join('').match(/\["drop",/g)?.length ?? 0;
    await collectUntil(() => drops() >= 490, pair);
    expect(drops()).toBeGreaterThanOrEqual(490);
    expect(await pair.run('return await (await get())()')).toBe(1);
  });

  it('is one of 10,000 at most that are held', async () => {
    const pair = await pairOf({ many: (n: number) => Array.from({ length: n }, () => () => 1) });
    const body = `const kept = await many(10_000); const code = await many(1).catch((e) => e.code); kept[0][Symbol.dispose]();
      return [code, await (await many(1))[0]()]`;
    expect(await pair.run(body)).toEqual(['TOO_MANY', 1]);
  });

  it('is taken back where the rest of the answer cannot be sent', async () => {
    const pair = await pairOf({
      bad: () => [...Array.from({ length: 9_000 }, () => () => 1), Symbol('s')],
    });
    const body = `const codes = []; for (let i = 0; i < 3; i++) await bad().catch((e) => codes.push(e.code)); return codes`;
    expect(await pair.run(body)).toEqual(['NOT_PLAIN', 'NOT_PLAIN', 'NOT_PLAIN']);
  });
});

describe('a function of the guest', () => {
  it('can be called, throws what the guest throws, and goes back as itself', async () => {
    const [pair, api] = await taking<Record<string, GuestFunction>>(`
      const f = async (a, b) => ({ sum: a + b });
      await give({ f, bad: () => { throw new RangeError('mine') }, is: (other) => other === f, five: () => { throw 5 } })`);
    expect(await api.f!(1, 2)).toEqual({ sum: 3 });
    await expect(api.bad!()).rejects.toThrow(RangeError);
    await expect(api.bad!()).rejects.toMatchObject({
      message: 'mine',
      stack: expect.stringContaining('RangeError: mine\n') as string,
    });
    await expect(api.five!()).rejects.toBe(5);
    expect(await api.is!(api.f)).toBe(true);
    expect(pair.broken).toBeUndefined();
  });

  it('rejects what it cannot send, and lives on', async () => {
    const [, f] = await taking<GuestFunction>(
      `await give((what) => what === 1 ? Symbol('s') : what)`,
    );
    await expect(f(1)).rejects.toMatchObject({ code: 'NOT_PLAIN', message: 'result is a symbol' });
    expect(await f(2)).toBe(2);
  });

  it('can be given back; a call is then refused here', async () => {
    const [pair, f] = await taking<GuestFunction>('await give(() => 1)');
    expect(await f()).toBe(1);
    f[Symbol.dispose]();
    await expect(f()).rejects.toMatchObject({ code: 'REFERENCE_GONE' });
    expect(pair.peer.pending.references).toBe(0);
    await vi.waitFor(() => expect(pair.deliveries.at(-1)).toMatch(/^\[\["drop",\d+,1\]\]$/));
  });

  it('is void when the runtime is over, also for calls under way', async () => {
    const [pair, f] = await taking<GuestFunction>('await give(() => new Promise(() => {}))');
    const waiting = f();
    pair.peer.end(new Error('the runtime has ended'));
    await expect(waiting).rejects.toThrow('has ended');
    await expect(f()).rejects.toThrow('has ended');
  });

  it('is held by the host as long as the host holds it', async () => {
    const [pair] = await taking<GuestFunction>(`
      globalThis.seen = []; globalThis.registry = new FinalizationRegistry((n) => seen.push(n));
      for (let i = 0; i < 50; i++) { const f = () => i; registry.register(f, i); await give(f) }`);
    await collectUntil(() => pair.peer.pending.references <= 2, pair);
    expect(pair.peer.pending.references).toBeLessThanOrEqual(2);
    let count = 0;
    for (let i = 0; i < 50 && count < 40; i++) {
      await collectUntil(() => false, pair, 5);
      count = (await pair.run('return seen.length')) as number;
    }
    expect(count).toBeGreaterThanOrEqual(40);
  });

  it('may not be sent beyond 10,000', async () => {
    const pair = await pairOf({ give: () => 1 });
    const body = `const all = Array.from({ length: 10_000 }, (_, i) => () => i);
      await give(all); return await give(() => 1).catch((e) => e.code)`;
    expect(await pair.run(body)).toBe('TOO_MANY');
    expect(pair.broken).toBeUndefined();
  });
});

describe('iterating what a tool answers', () => {
  function counting() {
    const log: string[] = [];
    async function* numbers(to: number, context: HostCallContext) {
      try {
        for (let i = 0; i < to; i++) yield i;
        log.push('through');
        return 'end';
      } catch (error) {
        log.push(`caught ${(error as Error).message}`);
        throw error;
      } finally {
        log.push(`finally ${context.signal.aborted}`);
      }
    }
    return { log, numbers };
  }

  it('works on the promise and on what it comes to', async () => {
    const { log, numbers } = counting();
    const pair = await pairOf({ numbers });
    const body = `const got = []; for await (const n of numbers(3)) got.push(n);
      for await (const n of await numbers(2)) got.push(n);
      const it = await numbers(1); got.push(await it.next(), await it.next(), await it.next(), await it.return(7)); return got`;
    const ends = [
      { done: false, value: 0 },
      { done: true, value: 'end' },
      { done: true },
      { done: true, value: 7 },
    ];
    expect(await pair.run(body)).toEqual([0, 1, 2, 0, 1, ...ends]);
    expect(log).toEqual([
      'through',
      'finally false',
      'through',
      'finally false',
      'through',
      'finally false',
    ]);
    expect(pair.disposed).toHaveLength(3);
  });

  it.each([
    ['break', `for await (const n of numbers(9)) break; return 1`, ['finally false']],
    [
      'return',
      `return await (async () => { for await (const n of numbers(9)) return 1 })()`,
      ['finally false'],
    ],
    [
      'an exception',
      `try { for await (const n of numbers(9)) throw 5 } catch { return 1 }`,
      ['finally false'],
    ],
    [
      'throw',
      `const it = await numbers(9); await it.next(); return await it.throw(new Error('x')).catch((e) => e.message === 'x' ? 1 : e)`,
      ['caught x', 'finally false'],
    ],
    ['return before it began', `const it = await numbers(9); await it.return(); return 1`, []],
    [
      'giving it back',
      `const it = await numbers(9); await it.next(); it[Symbol.dispose](); await numbers(0); return 1`,
      ['finally false'],
    ],
  ])('ends by %s, and the generator cleans up', async (_, body, expected) => {
    const { log, numbers } = counting();
    const pair = await pairOf({ numbers });
    expect(await pair.run(body)).toBe(1);
    await vi.waitFor(() => expect(log).toEqual(expected));
    await vi.waitFor(() => expect(pair.disposed.length).toBeGreaterThanOrEqual(1));
  });

  it('ends with the runtime, and a step that waits is aborted', async () => {
    const ended: unknown[] = [];
    const pair = await pairOf({
      slow: async function* (context: HostCallContext) {
        try {
          yield 1;
          await new Promise((_, reject) => {
            context.signal.addEventListener('abort', () => reject(new Error('hurried')));
          });
        } catch (error) {
          ended.push((error as Error).message);
        } finally {
          ended.push('finally');
        }
      },
    });
    await pair.script('(async () => { for await (const n of slow()); })(); undefined');
    await vi.waitFor(() => expect(pair.posts.join('').match(/"iter"/g)).toHaveLength(2));
    pair.peer.end(new Error('over'));
    await vi.waitFor(() => expect(ended).toEqual(['hurried', 'finally']));
  });

  it('returns from a generator whose step waits, by its signal', async () => {
    const pair = await pairOf({
      slow: async function* (context: HostCallContext) {
        await new Promise((_, reject) => {
          context.signal.addEventListener('abort', () => reject(context.signal.reason as Error));
        });
        yield 1;
      },
    });
    const body = `const it = await slow(); const step = it.next().catch((e) => e.name); return [(await it.return(3)).value, await step]`;
    expect(await pair.run(body)).toEqual([3, 'AbortError']);
  });

  it.each([
    ['a generator', () => [1, 2][Symbol.iterator](), [1, 2]],
    ['a stream', () => ReadableStream.from(['a', 'b']), ['a', 'b']],
    [
      'an iterable without return',
      () => ({
        [Symbol.asyncIterator]: () => {
          let n = 0;
          return { next: async () => ({ done: n > 1, value: n++ }) };
        },
      }),
      [0, 1],
    ],
  ])('works for %s', async (_, make, expected) => {
    const pair = await pairOf({ make });
    const body = `const got = []; for await (const v of make()) got.push(v); for await (const v of make()) break; return got`;
    expect(await pair.run(body)).toEqual(expected);
  });

  it('is refused for what cannot be iterated', async () => {
    const pair = await pairOf({
      one: () => 1,
      list: () => [1],
      bad: () => {
        throw new RangeError('x');
      },
    });
    const body = `const names = []; for (const f of [one, list, bad]) try { for await (const v of f()); } catch (e) { names.push(e.name) } return names`;
    expect(await pair.run(body)).toEqual(['TypeError', 'TypeError', 'RangeError']);
  });

  it('is an error when a step throws, or answers what cannot be sent', async () => {
    const pair = await pairOf({
      bad: async function* () {
        yield 1;
        throw new RangeError('broke');
      },
      odd: async function* () {
        yield Symbol('s');
      },
    });
    const body = `const got = []; for (const f of [bad, odd]) try { for await (const v of f()) got.push(v) } catch (e) { got.push(e.name) } return got`;
    expect(await pair.run(body)).toEqual([1, 'RangeError', 'TypeError']);
  });
});

describe('an iterator of the guest', () => {
  it('is iterated here, and returns when it is left', async () => {
    const [pair, iterable] = await taking<GuestIterable>(`
      globalThis.log = []; await give((async function* () { try { for (let i = 0; ; i++) yield i } finally { log.push('finally') } })())`);
    const got: unknown[] = [];
    for await (const value of iterable) {
      got.push(value);
      if (got.length === 3) break;
    }
    expect(got).toEqual([0, 1, 2]);
    expect(await pair.run('return log')).toEqual(['finally']);
    expect(pair.peer.pending.references).toBe(0);
    expect(await iterable.next()).toEqual({ done: true, value: undefined });
  });

  it('is told when it is given back', async () => {
    const [pair, iterable] = await taking<GuestIterable>(`
      globalThis.log = []; await give((async function* () { try { yield 1 } finally { log.push('finally') } })())`);
    await iterable.next();
    iterable[Symbol.dispose]();
    await vi.waitFor(async () => expect(await pair.run('return log')).toEqual(['finally']));
  });
});
