import { expect, it } from 'vitest';
import { valueOf } from '../../../test/isolate-harness.ts';

const AsyncFunction = (async () => {}).constructor as FunctionConstructor;

it.each([
  `const p = performance; p.mark('b', { startTime: 7, detail: { x: 1 } }); p.mark('a', { startTime: 3 }); const m = p.measure('m', 'a', 'b'); const n = p.measure('n', { start: 2, duration: 4, detail: 'd' }); const o = p.measure('o', { end: 9, duration: 4 });
   const out = [[m, n, o].map((e) => [e.name, e.entryType, e.startTime, e.duration, e.detail]), p.getEntriesByType('mark').map((e) => e.name), p.getEntriesByName('m').length, p.getEntriesByName('m', 'mark').length]; p.clearMarks('a'); p.clearMeasures(); return [...out, p.getEntriesByType('mark').map((e) => [e.name, e.detail]), p.getEntriesByType('measure').length]`,
  `const p = performance; return [() => p.mark(), () => p.mark('x', { startTime: -1 }), () => p.measure('x', 'none'), () => p.measure('x', {}, 'y'), () => p.measure('x', { start: 1, end: 2, duration: 1 }), () => p.mark('x', { detail: () => {} })].map((r) => { try { r() } catch (e) { return e.name } })`,
])('as in Node: %s', async (code) => {
  const outside: unknown = await new AsyncFunction(code)();
  expect(await valueOf(code)).toEqual(JSON.parse(JSON.stringify(outside)));
});

it('counts from when it was made, in whole milliseconds', async () => {
  const code = `const a = performance.now(); const m = performance.mark('a'); return [a, m.startTime, performance.timeOrigin].every(Number.isInteger) && Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 5`;
  expect(await valueOf(code)).toBe(true);
});
