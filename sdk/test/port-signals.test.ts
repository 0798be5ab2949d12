import { afterEach, describe, expect, it, vi } from 'vitest';
import type { GuestFunction } from '../src/port/foreign.ts';
import type { HostCallContext, ToolHandler } from '../src/types.ts';
import { openPair, type Pair, type PairOptions } from './port-realm.ts';

const open = new Set<Pair>();

async function pairOf(tools: Record<string, ToolHandler>, options: PairOptions = {}) {
  const pair = await openPair({ ...options, tools });
  open.add(pair);
  return pair;
}

/** A pair, and the function that its guest handed over. */
async function taking(body: string): Promise<[Pair, GuestFunction]> {
  let got: unknown;
  const pair = await pairOf({ give: (value: unknown) => void (got = value) });
  await pair.run(body);
  return [pair, got as GuestFunction];
}

afterEach(() => {
  for (const pair of open) pair[Symbol.dispose]();
  open.clear();
});

describe('signals', () => {
  it('of the guest reach a tool, which may reject by them', async () => {
    const pair = await pairOf({
      wait: (_n: number, options: { signal: AbortSignal }, context: HostCallContext) =>
        new Promise((_, reject) => {
          options.signal.addEventListener('abort', () => reject(options.signal.reason as Error));
          context.signal.addEventListener('abort', () => order.push('context'));
        }),
    });
    const order: string[] = [];
    const running = pair.run(
      `const c = new AbortController(); const p = wait(1, { signal: c.signal }); await null; c.abort(); return p.catch((e) => [e.name, e instanceof DOMException])`,
    );
    expect(await running).toEqual(['AbortError', true]);
    expect(order).toEqual(['context']);
  });

  it('that were aborted before come aborted, with their reason', async () => {
    const pair = await pairOf({
      look: (signal: AbortSignal, context: HostCallContext) => [
        signal.aborted,
        (signal.reason as Error).message,
        context.signal.aborted,
      ],
    });
    const body = `return await look(AbortSignal.abort(new RangeError('gone')))`;
    expect(await pair.run(body)).toEqual([true, 'gone', true]);
  });

  it('of the host reach a function of the guest', async () => {
    const [pair, f] = await taking(`await give((signal) => new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve([signal instanceof AbortSignal, signal.reason])) }))`);
    const abort = new AbortController();
    const waiting = f(abort.signal);
    await vi.waitFor(() => expect(pair.deliveries.at(-1)).toContain('$g'));
    abort.abort('enough');
    expect(await waiting).toEqual([true, 'enough']);
  });

  it('are the same over there each time, and cost no listener each', async () => {
    const seen = new Set<unknown>();
    const pair = await pairOf({ look: (signal: AbortSignal) => void seen.add(signal) });
    const body = `const { signal } = new AbortController(); for (let i = 0; i < 100; i++) await look(signal)`;
    await pair.run(body);
    expect(seen.size).toBe(1);
  });

  it('that no call uses are let go of beyond a thousand', async () => {
    const pair = await pairOf({ look: () => 1, hold: () => new Promise(() => {}) });
    const body = `globalThis.kept = new AbortController(); hold(kept.signal); const all = [];
      for (let i = 0; i < 1500; i++) { const c = new AbortController(); all.push(c); await look(c.signal) }
      kept.abort(); return 1`;
    expect(await pair.run(body)).toBe(1);
    const gone = pair.posts.join('').match(/\["gone",\d+\]/g);
    // The last one leaves with the next turn.
    expect(gone?.length).toBeGreaterThanOrEqual(499);
    await vi.waitFor(() => expect(pair.contexts[0]!.signal.aborted).toBe(true));
  });

  it('of the host that no call uses are let go of as well', async () => {
    const [pair, f] = await taking('await give(() => 1)');
    for (let i = 0; i < 1200; i++) await f(new AbortController().signal);
    const gone = pair.deliveries.join('').match(/\["gone",\d+\]/g);
    expect(gone?.length).toBeGreaterThanOrEqual(199);
  });
});

describe('posts', () => {
  it('pass both ways, values and references alike', async () => {
    const posts: [string, unknown][] = [];
    const pair = await pairOf(
      { done: () => 1 },
      { exposed: true, onPost: (event, value) => posts.push([event, value]) },
    );
    pair.peer.post('early', 1);
    await pair.script(
      `port.on('greet', (value) => { port.post('got', value); port.post('f', () => 7) }); undefined`,
    );
    pair.peer.post('greet', { a: [1n] });
    pair.peer.post('odd', undefined);
    expect(() => pair.peer.post('bad', Symbol('s'))).toThrow('value is a symbol');
    await vi.waitFor(() => expect(posts).toHaveLength(2));
    expect(posts[0]).toEqual(['got', { a: [1n] }]);
    expect(await (posts[1]![1] as GuestFunction)()).toBe(7);
    expect(
      await pair.run(`try { port.post('x', Symbol('s')) } catch (e) { return e.message }`),
    ).toBe('value is a symbol');
  });

  it('are neither sent nor heard when the guest has ended, and calls are refused', async () => {
    const pair = await pairOf({ hang: () => new Promise(() => {}) }, { exposed: true });
    const body = `const waiting = hang().catch((e) => [e.code, e.message]); await null; port.end('it was enough'); port.post('x', 1);
      return [await waiting, await hang().catch((e) => e.code)]`;
    expect(await pair.run(body)).toEqual([['RUNTIME_ENDED', 'it was enough'], 'RUNTIME_ENDED']);
  });
});
