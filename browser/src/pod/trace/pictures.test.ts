import { describe, expect, it } from 'vitest';
import { MAX_PICTURE_BYTES, Pictures } from './pictures.ts';

const NOW = 1_000_000;

function taken(page: string, times: number[], bytes = 1_000) {
  const pictures = new Pictures();
  for (const time of times) pictures.add({ file: `${page}-${time}`, page, time, bytes });
  return pictures;
}

const timesOf = (pictures: Pictures) => pictures.kept.map(({ time }) => time);
const every = (ms: number, count: number, from: number) =>
  Array.from({ length: count }, (_, index) => from + index * ms);

describe('the pictures of a session', () => {
  it('are five a second for ten seconds, and one a second before, however often they are trimmed', () => {
    const pictures = new Pictures();
    const from = NOW - 30_000;
    for (const time of every(20, 1_501, from)) {
      pictures.add({ file: `p-${time}`, page: 'p', time, bytes: 1_000 });
      if (time % 240 === 0) pictures.trim(time);
    }
    pictures.trim(NOW);
    const ages = timesOf(pictures).map((time) => NOW - time);
    expect(ages.filter((age) => age <= 9_000)).toHaveLength(46);
    expect(ages.filter((age) => age > 11_000)).toHaveLength(19);
    expect(pictures.isCut).toBe(false);
    expect(pictures.has(`p-${from}`)).toBe(false);
  });

  it('keep what a page came to rest at, of a burst before', () => {
    const pictures = taken('p', [NOW - 5_000, NOW - 4_950, NOW - 4_900, NOW - 2_000]);
    const gone = pictures.trim(NOW);
    expect(timesOf(pictures)).toEqual([NOW - 4_900 - 100, NOW - 4_900, NOW - 2_000].slice(1));
    expect(gone).toHaveLength(2);
  });

  it('are of the last minute, and of each page the last one', () => {
    const pictures = taken('p', [NOW - 90_000, NOW - 80_000, NOW - 10]);
    pictures.add({ file: 'q-1', page: 'q', time: NOW - 100_000, bytes: 10 });
    pictures.trim(NOW);
    expect(timesOf(pictures)).toEqual([NOW - 100_000, NOW - 10]);
    expect(pictures.isCut).toBe(true);
  });

  it('are within their bytes and a thousand, the last ones', () => {
    const large = taken('p', every(1_000, 30, NOW - 30_000), MAX_PICTURE_BYTES / 4);
    expect(large.trim(NOW)).toHaveLength(26);
    expect(timesOf(large).at(-1)).toBe(NOW - 1_000);
    expect(large.isCut).toBe(true);
    const many = new Pictures();
    for (const time of every(1, 1_500, NOW - 1_500)) {
      many.add({ file: `${time}`, page: `p${time}`, time, bytes: 1 });
    }
    expect(many.trim(NOW)).toHaveLength(500);
    expect(many.kept).toHaveLength(1_000);
  });
});
