import { expect, it } from 'vitest';
import { ExpectationList } from '../e2e/wpt/expectations.ts';

const expectations = new ExpectationList({
  reasons: {
    page: { kind: 'outOfScope', why: 'no page' },
    later: { kind: 'gap', why: 'not yet' },
  },
  files: { 'a/*.window.js': 'page' },
  messages: { 'document is not defined': 'page' },
  subtests: { 'b/*.any.js': { 'reads *': 'later' } },
});
const failed = (name: string, message = 'no') => ({ name, message });

it('leaves out the files that have a reason', () => {
  expect(expectations.leftOut('a/x.window.js')).toBe('page');
  expect(expectations.leftOut('a/x.any.js')).toBeUndefined();
});

it('explains failures by their name or message, and no others', () => {
  const verdict = expectations.judge('b/x.any.js', {
    name: 'b/x.any.js?1',
    passed: ['writes'],
    failed: [failed('reads (1)'), failed('shows', 'document is not defined'), failed('closes')],
  });
  expect(verdict.passed).toBe(1);
  expect(Object.fromEntries(verdict.explained)).toEqual({ later: 1, page: 1 });
  expect(verdict.unexpected.map(({ name }) => name)).toEqual(['closes']);
});

it('says what passes against expectation', () => {
  const result = { name: 'b/x.any.js', passed: ['reads (1)', 'preads 1'], failed: [] };
  expect(expectations.judge('b/x.any.js', result).surprises).toEqual(['reads (1)']);
});

it('refuses a reason that is not there, and has one for each of our own', () => {
  const empty = { reasons: {}, files: { a: 'gone' }, messages: {}, subtests: {} };
  expect(() => new ExpectationList(empty)).toThrow("no reason 'gone'");
  expect(() => ExpectationList.read()).not.toThrow();
});
