import { expect, it } from 'vitest';
import { Expectations } from './expectations.ts';

const known = { suite: 'clocks', attempt: 'worker counter', engine: 'deno', reason: 'threads' };

it('a wall that falls fails, unless it is known to', () => {
  const { verdict } = bound([known]);
  expect(() => verdict({ suite: 'clocks', attempt: 'date' }, false, 'was 1')).toThrow(
    'clocks / date got through: was 1',
  );
  expect(() =>
    verdict({ suite: 'clocks', attempt: 'worker counter', engine: 'deno' }, false),
  ).not.toThrow();
  expect(() => verdict({ ...known, engine: 'isolate' }, false)).toThrow('got through');
});

it('a wall that holds again has to leave the list', () => {
  const { verdict } = bound([known]);
  expect(() => verdict({ suite: 'clocks', attempt: 'date' }, true)).not.toThrow();
  expect(() => verdict({ ...known, target: 'gvisor' }, true)).toThrow('unexpected success');
});

it('nothing is expected without a reason', () => {
  expect(() => bound([{ ...known, reason: ' ' }])).toThrow('nothing says why');
});

function bound(entries: ConstructorParameters<typeof Expectations>[0]) {
  const expectations = new Expectations(entries);
  return { verdict: expectations.verdict.bind(expectations) };
}
