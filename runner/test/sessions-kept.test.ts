import { LASTING, SESSION_METHODS, type Channel } from '@cofferdam/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RuntimeKeeper } from '../src/runtimes/keeper.ts';
import { embedder } from './runtime-embedder.ts';
import { acquire, dispose } from './session-embedder.ts';

const keeper = new RuntimeKeeper();
beforeAll(() => keeper.warm());
afterAll(() => keeper.close());

function keep(channel: Channel, key: string, signal?: AbortSignal): Promise<unknown> {
  const options = { deadlineMs: LASTING, ...(signal && { signal }) };
  const { reply } = channel.call(SESSION_METHODS.keep, { key }, options);
  reply.catch(() => {});
  return reply;
}

describe('the keeping of a session', () => {
  it('is answered with how the session ended, though nobody has it', async () => {
    const { channel } = await embedder({ keeper });
    const session = await acquire(channel, 'a');
    const kept = keep(channel, 'a');
    await session.release();
    await dispose(channel, 'a', 'enough');
    expect(await kept).toEqual({ exitReason: 'Cancelled', message: 'enough' });
  });

  it('ends the session where it is cancelled', async () => {
    const { channel } = await embedder({ keeper });
    const session = await acquire(channel, 'b');
    const over = new AbortController();
    void keep(channel, 'b', over.signal);
    over.abort();
    expect(await session.end).toMatchObject({ released: false, exitReason: 'Cancelled' });
    expect((await acquire(channel, 'b')).created).toBe(true);
    await dispose(channel, 'b');
  });

  it('ends the session with its connection, whoever has it', async () => {
    const [one, other] = [await embedder({ keeper }), await embedder({ keeper })];
    const session = await acquire(one.channel, 'c');
    void keep(other.channel, 'c');
    await session.value('export default 1');
    other.channel.close();
    expect(await session.end).toMatchObject({ released: false });
  });

  it('is refused of a session that is not there', async () => {
    const { channel } = await embedder({ keeper });
    await expect(keep(channel, 'never')).rejects.toMatchObject({ code: 'SESSION_LOST' });
    await expect(keep(channel, '')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});
