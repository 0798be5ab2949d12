import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PortLine } from '../src/port/peer.ts';
import type { HostCallContext, ToolHandler } from '../src/types.ts';
import { openPair, type Pair, type PairOptions } from './port-realm.ts';

const open = new Set<Pair>();

async function pairOf(tools: Record<string, ToolHandler>, options: PairOptions = {}) {
  const pair = await openPair({ ...options, tools });
  open.add(pair);
  return pair;
}

afterEach(() => {
  for (const pair of open) pair[Symbol.dispose]();
  open.clear();
});

const turn = () => new Promise((resolve) => setImmediate(resolve));
const FAILURE = `(e) => ({ name: e.name, message: e.message, code: e.code, isError: e instanceof Error })`;

describe('a tool', () => {
  it('is a function of the global object, async or not', async () => {
    const pair = await pairOf({
      greet: async (name: string) => `hello ${name}`,
      add: (a: number, b: number) => a + b,
    });
    const body = `const d = Object.getOwnPropertyDescriptor(globalThis, 'greet');
      return [await greet('isolate'), await add(1, 2), greet.name, d.enumerable, d.writable, d.configurable,
        greet() instanceof Promise, Object.keys(globalThis).includes('greet')]`;
    const expected = ['hello isolate', 3, 'greet', false, true, true, true, false];
    expect(await pair.run(body)).toEqual(expected);
  });

  it('is told of its call by its last argument, also where the guest gives too few', async () => {
    const got: unknown[][] = [];
    const pair = await pairOf({
      pad: (...args: [unknown, unknown, HostCallContext]) => void got.push(args),
      two: (a: unknown, b: unknown, context: HostCallContext) => [a, b, context.resourceId],
    });
    expect(await pair.run('await pad(1); return await two()')).toEqual([
      undefined,
      undefined,
      'tool:2',
    ]);
    expect(got[0]).toEqual([1, pair.contexts[0]]);
    expect(pair.contexts[0]).toMatchObject({ runtimeId: 'r', resourceId: 'tool:1' });
    expect(pair.disposed).toEqual(['tool:1', 'tool:2']);
  });

  it.each([
    ['an error', () => new RangeError('too far'), { name: 'RangeError', message: 'too far' }],
    [
      'an error of its own class',
      () => Object.assign(new Error('mine'), { name: 'MyError', code: 'E1' }),
      { name: 'MyError', message: 'mine', code: 'E1' },
    ],
    ['a text', () => 'just text', { name: 'Error', message: 'just text' }],
    ['a number', () => 5, { name: 'Error', message: 'The binding failed' }],
    ['nothing', () => undefined, { name: 'Error', message: 'The binding failed' }],
    [
      'what throws when it is looked at',
      () =>
        new Proxy(new Error('x'), {
          get: () => {
            throw new Error('/etc/passwd');
          },
        }),
      { name: 'Error', message: 'The binding failed' },
    ],
    [
      'an abort',
      () => new DOMException('stop', 'AbortError'),
      { name: 'AbortError', message: 'stop', code: 20 },
    ],
  ])('may throw %s, at once or later', async (_, make, expected) => {
    const pair = await pairOf({
      now: () => {
        throw make();
      },
      later: async () => {
        throw make();
      },
    });
    for (const name of ['now', 'later']) {
      const got = await pair.run(`return ${name}().catch(${FAILURE})`);
      expect(got).toEqual({ code: undefined, ...expected, isError: true });
    }
    expect(pair.disposed).toHaveLength(2);
  });

  it('shows no stack and no path of the host', async () => {
    const pair = await pairOf({
      read: () => readFile('/nowhere/secret-folder/a.txt'),
      load: () => import('/nowhere/secret-folder/module.mjs' as string),
      own: () => {
        throw new Error(`cannot open ${process.cwd()}/config/secrets.json now`);
      },
      plain: () => {
        throw new Error('no route /api/v1/users');
      },
    });
    const body = `const all = []; for (const f of [read, load, own, plain]) await f().catch((e) => all.push([e.message, e.stack])); return all`;
    const all = (await pair.run(body)) as [string, string][];
    const text = JSON.stringify(all) + pair.deliveries.join('');
    expect(text).not.toMatch(/secret|node:|\.ts:|at /);
    expect(all[0]![0]).toBe(`ENOENT: no such file or directory, open '(a path of the host)'`);
    expect(all[2]![0]).toBe('cannot open (a path of the host) now');
    expect(all[3]).toEqual(['no route /api/v1/users', 'Error: no route /api/v1/users']);
  });

  it.each([
    [
      'a cycle',
      () =>
        Object.assign(
          {},
          {
            get self() {
              return this;
            },
          },
        ),
      'NOT_PLAIN',
    ],
    [
      'a cycle of an array',
      () => {
        const a: unknown[] = [];
        a.push(a);
        return a;
      },
      'NOT_PLAIN',
    ],
    ['a symbol', () => ({ a: Symbol('x') }), 'NOT_PLAIN'],
    ['a promise within', () => ({ a: Promise.resolve() }), 'NOT_PLAIN'],
    ['100 MB of bytes', () => new Uint8Array(100_000_000), 'TOO_LARGE'],
    ['100 MB of text', () => 'x'.repeat(100_000_000), 'TOO_LARGE'],
    [
      '100 MB of pieces',
      () => Array.from({ length: 100 }, () => 'x'.repeat(1_000_000)),
      'TOO_LARGE',
    ],
    [
      'a proxy that throws',
      () =>
        new Proxy(
          {},
          {
            ownKeys: () => {
              throw new RangeError('trap');
            },
          },
        ),
      undefined,
    ],
    [
      'a getter that throws',
      () => ({
        get a() {
          throw new RangeError('trap');
        },
      }),
      undefined,
    ],
  ])('that answers %s is an error to the guest, and nothing else', async (_, make, code) => {
    const pair = await pairOf({ odd: make, later: async () => make(), greet: () => 'still here' });
    for (const name of ['odd', 'later']) {
      const got = await pair.run(`return ${name}().then(() => 'sent', ${FAILURE})`);
      expect(got).toMatchObject({ isError: true, code });
      if (code === undefined) expect(got).toMatchObject({ name: 'RangeError', message: 'trap' });
    }
    expect(await pair.run('return await greet()')).toBe('still here');
    expect(pair.disposed).toHaveLength(3);
  });

  it('that hangs is aborted when the runtime ends, and its guest told nothing more', async () => {
    const pair = await pairOf({ hang: () => new Promise(() => {}) });
    await pair.script('hang(); undefined');
    await vi.waitFor(() => expect(pair.contexts).toHaveLength(1));
    expect(pair.peer.pending.calls).toBe(1);
    const frames = pair.deliveries.length;
    pair.peer.end(new Error('over'));
    expect(pair.contexts[0]!.signal.reason).toMatchObject({ message: 'over' });
    expect(pair.peer.pending).toEqual({ calls: 0, references: 0 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(pair.deliveries).toHaveLength(frames);
  });

  it('is not there under another name, nor what objects inherit', async () => {
    const pair = await pairOf({ greet: () => 1 }, { names: ['greet', 'other', 'valueOf_'] });
    expect(await pair.run(`return await other().catch((e) => e.message)`)).toContain("'other'");
    expect(await pair.run(`return typeof constructor_`)).toBe('undefined');
  });

  it.each(['Object', 'undefined', 'console', 'fetch', 'toString', '__proto__', 'globalThis'])(
    'cannot be named %s',
    async (name) => {
      await expect(openPair({ names: [name] })).rejects.toThrow('cannot be named');
    },
  );

  it('takes a thousand arguments and no more', async () => {
    const pair = await pairOf({ count: (...args: unknown[]) => args.length - 1 });
    const body = `return [await count(...new Array(1000).fill(0)), await count(...new Array(1001).fill(0)).catch((e) => e.name)]`;
    expect(await pair.run(body)).toEqual([1000, 'TypeError']);
  });
});

describe('many calls', () => {
  it('of one turn cross together, there and back', async () => {
    const pair = await pairOf({ twice: async (n: number) => n * 2 });
    const body = `const all = await Promise.all(Array.from({ length: 1000 }, (_, i) => twice(i))); return [all.length, all[999]]`;
    expect(await pair.run(body)).toEqual([1000, 1998]);
    expect(pair.posts).toHaveLength(1);
    expect(pair.deliveries).toHaveLength(1);
  });

  it('that follow one another stay together', async () => {
    const pair = await pairOf({ twice: (n: number) => n * 2 });
    const body = `const one = async (n) => await twice(await twice(await twice(n)));
      return (await Promise.all(Array.from({ length: 500 }, (_, i) => one(i)))).at(-1)`;
    expect(await pair.run(body)).toBe(499 * 8);
    expect(pair.posts.length).toBeLessThanOrEqual(6);
  });

  it('are 10,000 at most; more are refused, and the guest goes on', async () => {
    const held: (() => void)[] = [];
    const pair = await pairOf({ hold: () => new Promise<void>((resolve) => held.push(resolve)) });
    const running = pair.run(`let refused = 0; const all = [];
      for (let i = 0; i < 10_100; i++) all.push(hold().catch((e) => { if (e.code === 'TOO_MANY') refused++; else throw e }));
      await Promise.all(all); return refused`);
    await vi.waitFor(() => expect(held).toHaveLength(10_000));
    for (const resolve of held) resolve();
    expect(await running).toBe(100);
    expect(pair.broken).toBeUndefined();
  });
});

describe('the console', () => {
  it('comes line by line, in order, with calls between', async () => {
    const lines: PortLine[] = [];
    const order: string[] = [];
    const pair = await pairOf(
      { mark: () => void order.push('call') },
      {
        onLine: (line) => {
          lines.push(line);
          order.push(line.text);
        },
      },
    );
    await pair.run(
      `console.log('a'); mark(); console.group('g'); console.error('b'); await mark(); console.log('c')`,
    );
    await vi.waitFor(() => expect(lines).toHaveLength(4));
    expect(order).toEqual(['a', 'call', 'g', 'b', 'call', 'c']);
    expect(lines[2]).toEqual({ level: 'error', text: 'b', groupDepth: 1 });
  });

  it('comes before a loop that never ends', async () => {
    const lines: string[] = [];
    const pair = await pairOf({}, { onLine: ({ text }) => lines.push(text) });
    await expect(
      pair.script('console.log("one"); console.log("two"); while (true) {}', 200),
    ).rejects.toThrow('timed out');
    expect(lines).toEqual(['one', 'two']);
  });

  it('is cut, with one line that says so, when nobody takes it', async () => {
    const lines: string[] = [];
    const pair = await pairOf({}, { onLine: ({ text }) => lines.push(text) });
    pair.acknowledge(0);
    const flood = `for (let i = 0; i < 20_000; i++) console.log('x'.repeat(1000)); undefined`;
    await pair.script(flood);
    await turn();
    const units = pair.posts.reduce((sum, text) => sum + text.length, 0);
    expect(units).toBeGreaterThan(3 * 1024 * 1024);
    expect(units).toBeLessThan(6 * 1024 * 1024);
    pair.acknowledge(units);
    await vi.waitFor(() => expect(lines.at(-1)).toContain('dropped'));
    await pair.script('console.log("again")');
    await vi.waitFor(() => expect(lines.at(-1)).toBe('again'));
    expect(lines.filter((line) => line.includes('dropped'))).toHaveLength(1);
  });

  it('may have a listener that throws or rejects: one warning', async () => {
    const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    let count = 0;
    const onLine = (): unknown => {
      count++;
      if (count % 2) throw new Error('listener');
      return Promise.reject(new Error('listener'));
    };
    const pair = await pairOf({ done: () => 1 }, { onLine: onLine as () => void });
    await pair.run(`for (let i = 0; i < 10; i++) console.log(i); await done()`);
    expect(count).toBe(10);
    expect(warnings.mock.calls.length).toBe(1);
  });
});

it('refuses calls that would fill the memory of a host that takes nothing', async () => {
  const pair = await pairOf({ take: () => 1 }, { memoryLimit: 256 });
  pair.acknowledge(0);
  const body = `let refused = 0; const text = 'x'.repeat(1 << 20);
    for (let i = 0; i < 100; i++) take(text).catch((e) => { if (e.code === 'TOO_MANY') refused++ });
    await null; await null; await null; return refused`;
  expect(await pair.run(body)).toBeGreaterThan(20);
  expect(pair.posts.reduce((sum, text) => sum + text.length, 0)).toBeLessThan(6 * 1024 * 1024);
});
