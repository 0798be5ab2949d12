import { describe, expect, it } from 'vitest';
import { runGuest } from '../../test/isolate-harness.ts';

async function lines(code: string): Promise<string[]> {
  const { logs, exitReason, error } = await runGuest(code, { preset: 'compute' });
  expect(error.message ?? exitReason).toBe('Completed');
  return logs.map(({ message }) => message);
}

describe('console', () => {
  it.each([
    ['console.log("a", 1, -0, 2n, null, undefined, true)', 'a 1 -0 2n null undefined true'],
    [
      'console.log("%s is %d, %i, %f, %j %% %o", "x", "4", 4.7, "1.5", { a: 1 }, [1])',
      'x is 4, 4, 1.5, {"a":1} % [ 1 ]',
    ],
    ['console.log("%c styled", "color: red")', ' styled'],
    ['console.log({ a: { b: { c: { d: 1 } } } })', '{ a: { b: { c: [Object] } } }'],
    ['const a = {}; a.a = a; console.log(a)', '{ a: [Circular] }'],
    [
      'console.log(new Map([[{ a: 1 }, "x"]]), new Set([1]))',
      "Map(1) { { a: 1 } => 'x' } Set(1) { 1 }",
    ],
    ['console.log([, 1, , ,])', '[ <1 empty item>, 1, <2 empty items> ]'],
    [
      'console.log({ get a() { throw 1 }, set b(v) {}, [Symbol("s")]: 1 })',
      '{ a: [Getter], b: [Setter], [Symbol(s)]: 1 }',
    ],
    [
      'console.log(new Uint8Array(3), new (class Foo { x = 1 })())',
      'Uint8Array(3) [ 0, 0, 0 ] Foo { x: 1 }',
    ],
    [
      'console.log(class A {}, function f() {}, () => {})',
      '[class A] [Function: f] [Function (anonymous)]',
    ],
    [
      'console.log(new Date(0), /a/g, new Date(NaN), [new Number(3)])',
      '1970-01-01T00:00:00.000Z /a/g Invalid Date [ [Number: 3] ]',
    ],
    ['console.log(new Proxy({}, { ownKeys() { throw 1 } }))', '[unreadable]'],
    ['console.assert(1, "no"); console.assert(0, "yes", 1)', 'Assertion failed: yes 1'],
  ])('%s', async (code, expected) => {
    expect(await lines(code)).toEqual([expected]);
  });

  it('has levels, groups, counts and tables', async () => {
    const { logs } = await runGuest(
      `console.debug('d'); console.info('i'); console.warn('w'); console.error('e');
       console.group('g'); console.log('in\\nside'); console.groupEnd(); console.count(); console.count();
       console.timeEnd('none'); console.table([{ a: 1, b: 'x' }, { a: 2 }])`,
      { preset: 'compute' },
    );
    expect(logs.map(({ level, message }) => `${level} ${message}`)).toEqual([
      '0 d',
      '2 i',
      '3 w',
      '4 e',
      '1 g',
      '1   in\n  side',
      '2 default: 1',
      '2 default: 2',
      "3 Timer 'none' does not exist",
      `1 ┌─────────┬───┬─────┐\n│ (index) │ a │ b   │\n├─────────┼───┼─────┤\n│ 0       │ 1 │ 'x' │\n│ 1       │ 2 │     │\n└─────────┴───┴─────┘`,
    ]);
  });

  it('is cut at the output limit, with a marker, and calls the host no more', async () => {
    const { logs } = await runGuest('for (let i = 0; i < 1e6; i++) console.log("é".repeat(50))', {
      limits: { outputBytes: 1050 },
    });
    expect(logs.at(-1)).toEqual({ level: 3, message: '[output cut at 1050 bytes]' });
    expect(logs).toHaveLength(12);
    const sent = logs
      .slice(0, -1)
      .map(({ message }) => message)
      .join('');
    expect(Buffer.byteLength(sent)).toBe(1050);
  });

  it('is cut at 10,000 lines, however short', async () => {
    const { logs } = await runGuest('for (let i = 0; i < 1e5; i++) console.log("")');
    expect(logs).toHaveLength(10_001);
  });

  it('never throws and never runs away with one line', async () => {
    const [line, ...rest] = await lines(
      `let deep = {}; for (let i = 0; i < 1e5; i++) deep = { deep, i };
       const wide = Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => ['k' + i, 'v'.repeat(100)]));
       console.log(wide, deep, 'x'.repeat(1e6));
       Array.from({ length: 3 }, (_, i) => console.log(new Array(4e9 + i).fill === 1));
       class Bad { constructor() { throw 1 } } console.log(Bad.prototype, Object.create(Map.prototype));
       console.log(Object.create({ get constructor() { throw 1 } }))`,
    );
    expect(line!.length).toBeLessThanOrEqual(16 * 1024);
    expect(rest).toHaveLength(5);
  });
});
