import { expect, it } from 'vitest';
import { runGuest, valueOf } from '../../../test/isolate-harness.ts';

it('tells observers of marks and measures in a task of their own', async () => {
  const code = `const heard = []; performance.mark('before');
    const observer = new PerformanceObserver((list, self) => heard.push([self === observer, list.getEntries().map((e) => e.name)]));
    observer.observe({ type: 'mark', buffered: true }); observer.observe({ type: 'measure' });
    performance.mark('a'); performance.measure('m', 'before'); const atOnce = heard.length;
    await new Promise((done) => setTimeout(done, 5)); observer.disconnect(); performance.mark('late');
    await new Promise((done) => setTimeout(done, 5));
    return [atOnce, heard.flatMap(([, names]) => names).toSorted(), heard.every(([self]) => self), observer.takeRecords()]`;
  expect(await valueOf(code)).toEqual([0, ['a', 'before', 'm'], true, []]);
});

it('refuses options that say two things or none', async () => {
  const code = `return [{}, { type: 'mark', entryTypes: ['mark'] }, { entryTypes: 1 }].map((init) => {
      try { new PerformanceObserver(() => {}).observe(init); return 'done' } catch (e) { return e.name } })
    .concat(PerformanceObserver.supportedEntryTypes, Object.isFrozen(PerformanceObserver.supportedEntryTypes))`;
  const expected = ['TypeError', 'TypeError', 'TypeError', 'mark', 'measure', true];
  expect(await valueOf(code)).toEqual(expected);
});

it('ends the run with what an observer throws', async () => {
  const code = `new PerformanceObserver(() => { throw new RangeError('late') }).observe({ type: 'mark' });
    performance.mark('a'); await new Promise(() => {})`;
  expect((await runGuest(code)).error).toMatchObject({ name: 'RangeError', message: 'late' });
});

it('makes marks by their class, and measures of options that are null', async () => {
  const code = `const mark = new PerformanceMark('a', { startTime: 5, detail: { b: 1 } });
    return [mark.toJSON(), performance.getEntries().length, performance.measure('m', null).startTime, performance.now() > 0]`;
  const mark = { name: 'a', entryType: 'mark', startTime: 5, duration: 0, detail: { b: 1 } };
  expect(await valueOf(code)).toEqual([mark, 0, 0, true]);
});
