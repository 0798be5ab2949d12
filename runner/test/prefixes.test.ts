import {
  LASTING,
  PREFIX_METHODS,
  type Channel,
  type PrefixEnd,
  type PrefixOutcome,
  type PrefixRun,
  type PrefixSpec,
} from '@cofferdam/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RuntimeKeeper } from '../src/runtimes/keeper.ts';
import { embedder } from './runtime-embedder.ts';

const MiB = 1024 * 1024;
const shared = new RuntimeKeeper();
beforeAll(() => shared.warm());
afterAll(() => shared.close());

const SPEC: Omit<PrefixSpec, 'codeBytes'> = {
  preset: 'web',
  memoryBytes: 64 * MiB,
  fetch: false,
  functions: [],
};
const LIMITS = { cpuTimeMs: 10_000, wallTimeMs: 10_000, memoryBytes: 64 * MiB };

interface TestPrefix {
  id: string;
  run(code: string, rest?: Partial<PrefixRun>): Promise<PrefixOutcome>;
  dispose(): void;
  end: Promise<PrefixEnd>;
}

/** Opens a prefix as the smallest embedder does. */
async function open(channel: Channel, code: string, spec: object = {}): Promise<TestPrefix> {
  const over = new AbortController();
  const opened = Promise.withResolvers<string>();
  const codeBytes = Buffer.byteLength(code);
  const call = channel.call(
    PREFIX_METHODS.open,
    { ...SPEC, codeBytes, ...spec },
    {
      deadlineMs: LASTING,
      signal: over.signal,
      onEvent: (event) => opened.resolve((event as { prefixId: string }).prefixId),
    },
  );
  call.write(Buffer.from(code)).catch(() => {});
  call.end();
  const end = call.reply as Promise<PrefixEnd>;
  end.then((value) => opened.reject(new Error(JSON.stringify(value))), opened.reject);
  const id = await opened.promise;
  return {
    id,
    run: (text, rest) => run(channel, { prefixId: id, code: text, ...LIMITS, ...rest }),
    dispose: () => over.abort(),
    end,
  };
}

async function run(channel: Channel, request: PrefixRun): Promise<PrefixOutcome> {
  const call = channel.call(PREFIX_METHODS.run, request, { deadlineMs: LASTING });
  return (await call.reply) as PrefixOutcome;
}

describe('spares', () => {
  it('are there for the first run, are made anew after it, and more when there were too few', async () => {
    const { channel } = await embedder({ keeper: shared });
    const prefix = await open(channel, 'globalThis.x = 1');
    const burst = (count: number) =>
      Promise.all(Array.from({ length: count }, () => prefix.run('export default x')));
    const spares = (outcomes: PrefixOutcome[]) => outcomes.filter(({ isSpare }) => isSpare).length;
    const first = await burst(4);
    expect(first.map(({ value }) => value)).toEqual(['1', '1', '1', '1']);
    expect([1, 2]).toContain(spares(first));
    await expect
      .poll(async () => spares(await burst(4)), { interval: 300, timeout: 10_000 })
      .toBe(4);
  });

  it('of the prefix that was used longest ago go first when there is no room', async () => {
    const keeper = new RuntimeKeeper({ spareBytes: 66 * MiB });
    const { channel } = await embedder({ keeper });
    // 24 MB, and 4 to 8 for the isolate, as much as its last collection left: two fit, and three do not.
    const code = 'globalThis.bytes = new Uint8Array(24e6)';
    const prefixes = [];
    for (let i = 0; i < 3; i++) prefixes.push(await open(channel, code));
    const [first, , last] = prefixes;
    expect((await last!.run('1')).isSpare).toBe(true);
    expect((await first!.run('1')).isSpare).toBe(false);
    await keeper.close();
  });

  it('go with their prefix', async () => {
    const { channel } = await embedder({ keeper: shared });
    const prefix = await open(channel, '1');
    prefix.dispose();
    await channel.ping();
    await expect(prefix.run('1')).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
  });
});

describe('what an embedder sends', () => {
  it.each([
    ['a preset that there is none of', { preset: 'all' }],
    ['more memory than there may be', { memoryBytes: 2 ** 40 }],
    ['more code than there may be', { codeBytes: 2 ** 30 }],
    ['an unknown field', { more: 1 }],
  ])('is refused: %s', async (_name, spec) => {
    const { channel } = await embedder({ keeper: shared });
    await expect(open(channel, '1', spec)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('is refused where its code is not as long as was said', async () => {
    const { channel } = await embedder({ keeper: shared });
    await expect(open(channel, '1', { codeBytes: 9 })).rejects.toMatchObject({
      code: 'PROTOCOL_VIOLATION',
    });
  });

  it('is nothing about prefixes of others, or more than a prefix was given', async () => {
    const [one, other] = [await embedder({ keeper: shared }), await embedder({ keeper: shared })];
    const prefix = await open(one.channel, 'globalThis.x = 1');
    const foreign = run(other.channel, { prefixId: prefix.id, code: '1', ...LIMITS });
    await expect(foreign).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
    const more = prefix.run('1', { memoryBytes: 128 * MiB });
    await expect(more).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it.each(['{"a":1}]],"x', '[1]', 'null', '['.repeat(1_000_000)])(
    'is refused as data: %.20s',
    async (data) => {
      const { channel } = await embedder({ keeper: shared });
      await expect(open(channel, '1', { data })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      const prefix = await open(channel, '1', { data: '{"a":1}' });
      expect(await prefix.run('export default a')).toMatchObject({ value: '1' });
      await expect(prefix.run('1', { data })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    },
  );
});

describe('a connection that ends', () => {
  it('leaves no process, also while isolates are being made', async () => {
    const keeper = new RuntimeKeeper();
    const { channel } = await embedder({ keeper });
    const prefix = await open(channel, 'globalThis.x = 1');
    const runs = Array.from({ length: 12 }, () => prefix.run('for (;;);').catch(() => {}));
    channel.close();
    await Promise.all(runs);
    // The one that waits for the next embedder.
    await expect.poll(() => keeper.pids.length, { timeout: 10_000 }).toBeLessThanOrEqual(1);
    await keeper.close();
  });
});
