import {
  API_VERSION,
  MAX_CODE_BYTES,
  MAX_FRAME_BYTES,
  MAX_INPUT_BYTES,
  resolvePool,
  type CatalogueChange,
  type PublishedScript,
} from '@cofferdam/protocol';
import { describe, expect, it } from 'vitest';
import { Catalogue } from './catalogue.ts';

function script(
  name: string,
  inline = 'return 1',
  over: Partial<PublishedScript> = {},
): PublishedScript {
  const status = { observedGeneration: 1, conditions: [], recentRuns: [] };
  return { namespace: 'home', name, generation: 1, spec: { source: { inline } }, status, ...over };
}
const pool = resolvePool({
  ...{ apiVersion: API_VERSION, kind: 'SandboxPool', metadata: { name: 'p' }, spec: {} },
} as const);
const names = ({ put }: CatalogueChange) => put.map(({ name }) => name);
const bytes = (change: CatalogueChange) => Buffer.byteLength(JSON.stringify(change));

describe('changes', () => {
  it('are what is new since the last time, each thing as it is now', () => {
    const catalogue = new Catalogue();
    expect(catalogue.changes()).toEqual([]);
    catalogue.put('home/a', script('a', 'old'));
    catalogue.put('home/a', script('a', 'new'));
    catalogue.put('home/b', script('b'));
    catalogue.drop('home/b');
    catalogue.drop('home/never');
    const changes = catalogue.changes();
    expect(changes).toEqual([{ put: [script('a', 'new')], drop: ['home/b'] }]);
    expect(catalogue.changes()).toEqual([]);
  });

  it('say pools where those are other, also none', () => {
    const catalogue = new Catalogue();
    catalogue.setPools([pool]);
    expect(catalogue.changes()).toEqual([{ pools: [pool], put: [], drop: [] }]);
    catalogue.put('home/a', script('a'));
    expect(catalogue.changes()[0]).not.toHaveProperty('pools');
    catalogue.setPools([]);
    expect(catalogue.changes()).toEqual([{ pools: [], put: [], drop: [] }]);
  });

  it('drop a script, and put it when it is back', () => {
    const catalogue = new Catalogue();
    catalogue.put('home/a', script('a'));
    catalogue.changes();
    catalogue.drop('home/a');
    catalogue.put('home/a', script('a'));
    expect(catalogue.changes()).toEqual([{ put: [script('a')], drop: [] }]);
  });

  it('come in messages of bounded size, pools and what is dropped with the first', () => {
    const catalogue = new Catalogue();
    catalogue.put('home/old', script('old'));
    catalogue.changes();
    catalogue.setPools([pool]);
    catalogue.drop('home/old');
    const large = 'x'.repeat(400_000);
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      catalogue.put(`home/${name}`, script(name, large));
    const changes = catalogue.changes();
    expect(changes.map(names)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(changes.map(({ drop }) => drop)).toEqual([['home/old'], [], []]);
    expect(changes.map(({ pools }) => pools?.length)).toEqual([1, undefined, undefined]);
  });

  it('fit a frame, whatever tenants write: sources that do not run, and characters that take six', () => {
    const catalogue = new Catalogue();
    const worst = '\u0001'.repeat(MAX_CODE_BYTES / 2);
    for (let n = 0; n < 40; n++) catalogue.put(`home/s${n}`, script(`s${n}`, worst));
    const input = 'é'.repeat(MAX_INPUT_BYTES / 2);
    catalogue.put('home/in', script('in', 'return 1', { spec: { source: { inline: '' }, input } }));
    for (const changes of [catalogue.changes(), [...catalogue.all()]]) {
      expect(changes.flatMap(names)).toHaveLength(41);
      expect(Math.max(...changes.map(bytes))).toBeLessThan(MAX_FRAME_BYTES / 2);
    }
  });
});

describe('everything', () => {
  it('begins with the pools and what there is, and goes on with scripts', () => {
    const catalogue = new Catalogue();
    catalogue.setPools([pool]);
    catalogue.put('home/a', script('a'));
    catalogue.changes();
    const all = [...catalogue.all()];
    expect(all[0]).toEqual({ pools: [pool], put: [], drop: [], only: ['home/a'] });
    expect(all.slice(1)).toEqual([{ put: [script('a')], drop: [] }]);
    expect([...catalogue.all()]).toEqual(all);
    expect(catalogue.changes()).toEqual([]);
  });

  it('says nothing older than a change that was made meanwhile', () => {
    const catalogue = new Catalogue();
    const large = 'x'.repeat(700_000);
    for (const name of ['a', 'b', 'c']) catalogue.put(`home/${name}`, script(name, large));
    catalogue.changes();
    const all = catalogue.all();
    all.next();
    expect(names(all.next().value as CatalogueChange)).toEqual(['a']);
    catalogue.put('home/b', script('b', 'new'));
    catalogue.drop('home/c');
    catalogue.put('home/d', script('d'));
    expect(all.next().value).toEqual({ put: [script('b', 'new')], drop: [] });
    expect(all.next().value).toEqual({ put: [], drop: [] });
    expect(all.next().done).toBe(true);
    // And what it does not say the changes do.
    expect(catalogue.changes()).toMatchObject([
      { put: [{ name: 'b' }, { name: 'd' }], drop: ['home/c'] },
    ]);
  });

  it('of nothing says that there is nothing', () => {
    expect([...new Catalogue().all()]).toEqual([
      { pools: [], put: [], drop: [], only: [] },
      { put: [], drop: [] },
    ]);
  });
});
