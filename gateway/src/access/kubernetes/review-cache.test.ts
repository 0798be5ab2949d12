import { describe, expect, it } from 'vitest';
import { ReviewCache } from './review-cache.ts';

interface Answer {
  text: string;
}

function rig(keepMs: (answer: Answer) => number, max = 10) {
  let now = 1_000;
  const asked: string[] = [];
  const cache = new ReviewCache<Answer>({ max, keepMs, now: () => now });
  const ask = (text: string) => async () => {
    asked.push(text);
    return { text };
  };
  return { cache, asked, ask, advance: (ms: number) => void (now += ms) };
}

describe('answers that are kept', () => {
  it('are used until their time is over, and no longer', async () => {
    const { cache, asked, ask, advance } = rig(() => 60);
    await cache.get('k', ask('first'));
    advance(59);
    expect(await cache.get('k', ask('second'))).toEqual({ text: 'first' });
    advance(2);
    expect(await cache.get('k', ask('third'))).toEqual({ text: 'third' });
    expect(asked).toEqual(['first', 'third']);
  });

  it('are not kept for longer by being used', async () => {
    const { cache, ask, advance } = rig(() => 60);
    await cache.get('k', ask('first'));
    for (let i = 0; i < 6; i++) {
      advance(10);
      await cache.get('k', ask('other'));
    }
    advance(1);
    expect(await cache.get('k', ask('last'))).toEqual({ text: 'last' });
  });

  it('count from when the question was put', async () => {
    const { cache, ask, advance } = rig(() => 60);
    await cache.get('k', async () => {
      advance(50);
      return { text: 'slow' };
    });
    advance(11);
    expect(await cache.get('k', ask('fresh'))).toEqual({ text: 'fresh' });
  });

  it('are kept for as long as each says, and not at all for 0 or less', async () => {
    const { cache, asked, ask, advance } = rig(({ text }) => ({ yes: 60, no: 5 })[text] ?? -1);
    await cache.get('yes', ask('yes'));
    await cache.get('no', ask('no'));
    await cache.get('over', ask('over'));
    advance(6);
    for (const key of ['yes', 'no', 'over']) await cache.get(key, ask(key));
    expect(asked).toEqual(['yes', 'no', 'over', 'no', 'over']);
  });

  it('are of one key alone, and bounded in number', async () => {
    const { cache, asked, ask } = rig(() => 60, 2);
    for (const key of ['a', 'b', 'c', 'c', 'b', 'a']) {
      expect(await cache.get(key, ask(key))).toEqual({ text: key });
    }
    expect(asked).toEqual(['a', 'b', 'c', 'a']);
  });
});

describe('a question under way', () => {
  it('is put once for all who ask it', async () => {
    const { cache } = rig(() => 60);
    const answer = Promise.withResolvers<Answer>();
    let asked = 0;
    const ask = () => {
      asked++;
      return answer.promise;
    };
    const all = Promise.all([cache.get('k', ask), cache.get('k', ask), cache.get('k', ask)]);
    answer.resolve({ text: 'one' });
    expect(await all).toEqual([{ text: 'one' }, { text: 'one' }, { text: 'one' }]);
    expect(asked).toBe(1);
  });

  it('that fails fails for all of them, and is put again by the next', async () => {
    const { cache, ask } = rig(() => 60);
    const fail = async () => {
      throw new Error('away');
    };
    const all = await Promise.allSettled([cache.get('k', fail), cache.get('k', ask('never'))]);
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await cache.get('k', ask('again'))).toEqual({ text: 'again' });
  });
});
