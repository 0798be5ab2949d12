import { describe, expect, it } from 'vitest';
import { formatTypecheckErrors } from './format.ts';
import { Places } from './inside/places.ts';

describe('formatTypecheckErrors', () => {
  it('has a line for each error, as compilers write them', () => {
    const place = { line: 2, column: 7, endLine: 2, endColumn: 8 };
    const errors = [
      { ...place, code: 2322, message: 'No.\n  Because.' },
      { ...place, code: 1005, message: 'What?', library: 'zod' },
    ];
    expect(formatTypecheckErrors(errors, { fileName: 'a.ts' })).toBe(
      'a.ts:2:7 - error TS2322: No.\n  Because.\nzod.d.ts:2:7 - error TS1005: What?',
    );
    expect(formatTypecheckErrors([])).toBe('');
  });
});

describe('places', () => {
  it.each([
    ['', 0, 1, 1],
    ['ab', 1, 1, 2],
    ['a\nb', 2, 2, 1],
    ['a\r\nb', 3, 2, 1],
    ['a\rb\u2028c', 4, 3, 1],
    ['😀x', 2, 1, 3],
    ['ab', 9, 1, 3],
    ['ab', -9, 1, 1],
  ])('of %j at %i', (text, offset, line, column) => {
    expect(new Places(text).at(offset)).toEqual({ line, column });
  });
});
