import { expect, it } from 'vitest';
import { readFigures } from './figures.ts';

const stats = { active: 1, spare: 2, completed: 3, killed: 4, processes: [{ rssBytes: 5 }] };

it('reads the figures of engines that there are', () => {
  expect(readFigures({ engines: { isolate: stats }, rssBytes: 6 })).toEqual({
    engines: { isolate: { ...stats, processes: 1, rssBytes: 5 } },
    rssBytes: 6,
  });
});

it.each<[string, string[]]>([
  ['{"mine":null}', []],
  ['{"mine":{}}', []],
  [`{"mine":${JSON.stringify(stats)}}`, []],
  [`{"__proto__":${JSON.stringify(stats)},"wasm":${JSON.stringify(stats)}}`, ['wasm']],
])('takes no figures of another engine: %s', (engines, known) => {
  const read = readFigures({ engines: JSON.parse(engines) as object, rssBytes: 0 });
  expect(Object.keys(read.engines ?? {})).toEqual(known);
});
