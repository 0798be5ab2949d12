import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RuntimeKeeper } from '../src/runtimes/keeper.ts';
import { embedder } from './runtime-embedder.ts';
import { acquire, dispose, type TestSession } from './session-embedder.ts';

const keeper = new RuntimeKeeper();
beforeAll(() => keeper.warm());
afterAll(() => keeper.close());

const connect = async (files?: Record<string, string>) =>
  embedder({ keeper, ...(files && { files }) });
const IN_USE = { code: 'SESSION_IN_USE' };
const LOST = { code: 'SESSION_LOST' };
const GONE = { code: 'RUNTIME_ENDED' };

/** Waits until something is so that has no event. */
async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; !isSo(); i++) {
    if (i > 1_000) throw new Error('it did not come to be in time');
    // eslint-disable-next-line no-await-in-loop
    await sleep(10);
  }
}

/** Answers the calls of a session's guest. */
function answering(session: TestSession, value: string): void {
  void (async () => {
    for (let seen = 0; ; seen++) {
      // eslint-disable-next-line no-await-in-loop
      const message = await session.message(
        (each) =>
          each[0] === 'call' &&
          session.messages.filter((m) => m[0] === 'call').indexOf(each) === seen,
      );
      // eslint-disable-next-line no-await-in-loop
      await session.send(['ok', message[1], value]);
    }
  })();
}

describe('a session', () => {
  it('keeps its globals while handles and connections come and go', async () => {
    const one = await connect();
    const first = await acquire(one.channel, 'a');
    expect(first).toMatchObject({ created: true, layers: ['isolate', 'process'] });
    await first.value('globalThis.n = 1');
    await first.release();
    expect(await first.end).toEqual({ released: true });
    const again = await acquire(one.channel, 'a');
    expect(again).toMatchObject({ created: false, runtimeId: first.runtimeId });
    expect(await again.value('export default ++n')).toBe(2);
    one.channel.close();
    const other = await connect();
    await until(() => keeper.runtimes === 1);
    const third = await retry(() => acquire(other.channel, 'a'));
    expect(await third.value('export default ++n')).toBe(3);
    await dispose(other.channel, 'a');
  });

  it('has one handle at a time', async () => {
    const [one, other] = [await connect(), await connect()];
    const held = await acquire(one.channel, 'b');
    await expect(acquire(one.channel, 'b')).rejects.toMatchObject(IN_USE);
    await expect(acquire(other.channel, 'b')).rejects.toMatchObject(IN_USE);
    await held.release();
    const races = await Promise.allSettled([
      acquire(one.channel, 'b'),
      acquire(other.channel, 'b'),
      acquire(one.channel, 'b'),
    ]);
    expect(races.map(({ status }) => status).toSorted()).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    await dispose(one.channel, 'b');
  });

  it('is used by the connection that has it, and by no other, and not after its release', async () => {
    const [one, other] = [await connect(), await connect()];
    const held = await acquire(one.channel, 'c');
    const stolen = other.channel.call(
      'runtime.eval',
      { runtimeId: held.runtimeId, code: '1' },
      { deadlineMs: 5_000 },
    );
    await expect(stolen.reply).rejects.toMatchObject(GONE);
    await held.release();
    await expect(held.eval('1')).rejects.toMatchObject(GONE);
    await expect(held.figures()).rejects.toMatchObject(GONE);
    expect(await held.release()).toEqual({});
    await dispose(one.channel, 'c');
  });

  it('keeps its modules, and asks the new embedder for others', async () => {
    const files = { '/app/count.js': 'export let n = 0; export const up = () => ++n;' };
    const one = await connect(files);
    const first = await acquire(one.channel, 'd');
    expect(await first.value('import { up } from "./count.js"; export default up()')).toBe(1);
    await first.release();
    const other = await connect({
      '/app/count.js': 'export const up = () => "another one";',
      '/app/more.js': 'export default "more"',
    });
    const second = await acquire(other.channel, 'd');
    expect(await second.value('import { up } from "./count.js"; export default up()')).toBe(2);
    expect(await second.value('import more from "./more.js"; export default more')).toBe('more');
    expect(one.queries).toHaveLength(1);
    expect(other.sourced).toHaveLength(1);
    await dispose(other.channel, 'd');
  });

  it('has the tools, the console and the fetch of whoever has it', async () => {
    const { channel } = await connect();
    const first = await acquire(channel, 'e', { bindings: { tools: ['here', 'only'] } });
    answering(first, 'first');
    expect(await first.value('globalThis.kept = here; export default await here()')).toBe('first');
    await first.release();
    const second = await acquire(channel, 'e', {
      bindings: { tools: ['here', 'more'], console: false },
    });
    answering(second, 'second');
    const code = `const refused = await kept().catch(({ code }) => code);
      console.log('nobody hears this');
      export default [await here(), refused, typeof only, typeof more]`;
    expect(await second.value(code)).toEqual(['second', 'REFERENCE_GONE', 'undefined', 'function']);
    expect(second.messages.filter(([kind]) => kind === 'log')).toEqual([]);
    await second.release();
    const third = await acquire(channel, 'e', { bindings: { console: true } });
    await third.value('console.log("heard", typeof here)');
    await third.message(([kind, , text]) => kind === 'log' && text === 'heard undefined');
    const refusal = await third.eval('await fetch("http://a.test/")');
    expect(refusal.error?.message).toContain('no fetch binding');
    await dispose(channel, 'e');
  });

  it('ends with an answer to its handle, and its key is free then', async () => {
    const { channel } = await connect();
    const first = await acquire(channel, 'f');
    expect(await dispose(channel, 'f', 'enough')).toEqual({ existed: true });
    expect(await first.end).toEqual({
      released: false,
      exitReason: 'Cancelled',
      message: 'enough',
    });
    expect(await dispose(channel, 'f')).toEqual({ existed: false });
    const second = await acquire(channel, 'f');
    expect(second.created).toBe(true);
    const outcome = await second.eval('for (;;);', { timeMs: 100 });
    expect(outcome).toMatchObject({ exitReason: 'WallTime', ended: true });
    expect(await second.end).toMatchObject({ released: false, exitReason: 'WallTime' });
    expect((await acquire(channel, 'f')).created).toBe(true);
    await dispose(channel, 'f');
  });

  it('ends when it is given back in the middle of an eval', async () => {
    const { channel } = await connect();
    const first = await acquire(channel, 'g');
    const running = first.eval('await new Promise(() => {})');
    await first.value('1');
    await first.release();
    expect(await first.end).toMatchObject({ released: false, exitReason: 'Cancelled' });
    expect(await running).toMatchObject({ exitReason: 'Cancelled', ended: true });
    const second = await acquire(channel, 'g');
    expect(second.created).toBe(true);
    const going = second.eval('await new Promise(() => {})');
    await second.value('1');
    second.cancel();
    expect(await going).toMatchObject({ exitReason: 'Cancelled' });
    await until(() => keeper.runtimes === 0);
    expect((await acquire(channel, 'g')).created).toBe(true);
    await dispose(channel, 'g');
  });

  it('is lost, and says so, when its connection was in the middle of an eval', async () => {
    const [one, other] = [await connect(), await connect()];
    const first = await acquire(one.channel, 'h');
    first.eval('await new Promise(() => {})').catch(() => {});
    await first.value('1');
    one.channel.close();
    await until(() => keeper.runtimes === 0);
    await expect(acquire(other.channel, 'h')).rejects.toMatchObject(LOST);
    await expect(acquire(other.channel, 'h')).rejects.toMatchObject(LOST);
    await dispose(other.channel, 'h');
    expect((await acquire(other.channel, 'h')).created).toBe(true);
    await dispose(other.channel, 'h');
  });

  it('is evicted when nobody had it for its idle time', async () => {
    const { channel } = await connect();
    const first = await acquire(channel, 'i', { idleMs: 1_000 });
    await first.release();
    await until(() => keeper.runtimes === 0);
    await expect(acquire(channel, 'i')).rejects.toMatchObject({
      code: 'SESSION_EXPIRED',
      message: expect.stringContaining('1000 ms'),
    });
    await dispose(channel, 'i');
    expect((await acquire(channel, 'i')).created).toBe(true);
    await dispose(channel, 'i');
  });

  it('is lost, and says how, when it ends while nobody has it', async () => {
    const { channel } = await connect();
    const keys = ['memory', 'loop'];
    const codes = {
      memory: `const all = []; setTimeout(() => { for (;;) all.push(new Array(1e4).fill(all.length)) }, 50)`,
      loop: `setTimeout(() => { for (;;); }, 50)`,
    };
    for (const [key, code] of Object.entries(codes)) {
      const session = await acquire(channel, key, {
        memoryBytes: 32 * 1024 * 1024,
        stretchTimeMs: key === 'loop' ? 300 : 60_000,
      });
      await session.value(code);
      await session.release();
    }
    await until(() => keeper.runtimes === 0);
    const errors = await Promise.all(keys.map((key) => acquire(channel, key).catch(String)));
    expect(errors).toEqual([
      expect.stringMatching(/SESSION_LOST|the session was lost: Memory/),
      expect.stringMatching(/the session was lost: CpuTime/),
    ]);
    await Promise.all(keys.map((key) => dispose(channel, key)));
  });
});

/** A connection that has just ended is still being let go of. */
async function retry<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      // eslint-disable-next-line no-await-in-loop
      return await work();
    } catch (error) {
      if ((error as { code?: string }).code !== 'SESSION_IN_USE') throw error;
      // eslint-disable-next-line no-await-in-loop
      await sleep(10);
    }
  }
}
