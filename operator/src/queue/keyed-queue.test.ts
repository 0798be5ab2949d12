import { describe, expect, it } from 'vitest';
import { FakeClock, settled } from '../../test/fake-clock.ts';
import { KeyedQueue } from './keyed-queue.ts';

function setup(options: { concurrency?: number; fail?: Set<string> } = {}) {
  const clock = new FakeClock(0);
  const started: string[] = [];
  const failures: [string, number][] = [];
  const gates = new Map<string, () => void>();
  const queue = new KeyedQueue({
    clock,
    concurrency: options.concurrency ?? 2,
    onFailure: (key, _error, delay) => failures.push([key, delay]),
    handle: async (key) => {
      started.push(key);
      if (options.fail?.has(key)) throw new Error('no');
      await new Promise<void>((open) => gates.set(key, open));
    },
  });
  const open = async (key: string) => {
    gates.get(key)?.();
    await settled();
  };
  return { clock, queue, started, failures, open };
}

describe('the queue', () => {
  it('works on a key once, however often it is added', async () => {
    const { queue, started } = setup({ concurrency: 1 });
    for (const key of ['a', 'b', 'b', 'b']) queue.add(key);
    expect(started).toEqual(['a']);
  });

  it('never works on one key twice at a time, and once more for what came meanwhile', async () => {
    const { queue, started, open } = setup();
    queue.add('a');
    queue.add('a');
    queue.add('a');
    expect(started).toEqual(['a']);
    await open('a');
    expect(started).toEqual(['a', 'a']);
    await open('a');
    await queue.idle();
    expect(started).toHaveLength(2);
  });

  it('works on as many keys at once as it may', async () => {
    const { queue, started, open } = setup();
    for (const key of ['a', 'b', 'c']) queue.add(key);
    expect(started).toEqual(['a', 'b']);
    await open('b');
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('tries again later and later, and at once when there is news', async () => {
    const fail = new Set(['a']);
    const { clock, queue, started, failures } = setup({ fail });
    queue.add('a');
    await clock.advance(3_400);
    expect(failures).toEqual([
      ['a', 500],
      ['a', 1_000],
      ['a', 2_000],
    ]);
    fail.clear();
    queue.add('a');
    await settled();
    expect(started).toHaveLength(4);
    expect(clock.waiting).toBe(0);
  });

  it('does not wait longer than its longest wait', async () => {
    const { clock, queue, failures } = setup({ fail: new Set(['a']) });
    queue.add('a');
    await clock.advance(3_600_000);
    expect(Math.max(...failures.map(([, delay]) => delay))).toBe(60_000);
  });

  it('closes when the work under way is done, and starts nothing more', async () => {
    const { queue, started, open } = setup({ concurrency: 1 });
    queue.add('a');
    queue.add('b');
    const closing = queue.close();
    queue.add('c');
    await open('a');
    await closing;
    expect(started).toEqual(['a']);
  });
});
