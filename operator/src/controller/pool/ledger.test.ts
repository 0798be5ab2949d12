import { expect, it } from 'vitest';
import type { Pod } from '../../kubernetes/index.ts';
import { CONFIRM_AFTER_MS, Ledger } from './ledger.ts';

const at = 1_000;
const pod = (name: string, over: object = {}): Pod => ({
  metadata: { name, uid: `uid-${name}`, ...over },
  spec: { containers: [] },
});
const made = (name: string): Ledger => {
  const ledger = new Ledger();
  ledger.creating({ pool: 'p', name, at });
  ledger.created(name, pod(name));
  return ledger;
};
const names = (ledger: Ledger, pool = 'p') =>
  ledger.pods(pool).map(({ metadata }) => metadata.name);

it('counts a pod from its answer until the cache shows it', () => {
  const ledger = made('a');
  expect(names(ledger)).toEqual(['a']);
  expect(names(ledger, 'other')).toEqual([]);
  expect(ledger.pod('a')?.metadata.uid).toBe('uid-a');
  expect(ledger.seen('a', pod('a'))).toBe(false);
  expect(names(ledger)).toEqual([]);
});

it('does not count a pod that the cache showed before the answer came', () => {
  const ledger = new Ledger();
  ledger.creating({ pool: 'p', name: 'a', at });
  ledger.seen('a', pod('a'));
  ledger.created('a', pod('a'));
  expect(names(ledger)).toEqual([]);
});

it('forgets a pod that came and went', () => {
  const ledger = made('a');
  ledger.seen('a', undefined);
  expect(names(ledger)).toEqual([]);
});

it('counts a creation without an answer, and tells when it turns out to have happened', () => {
  const ledger = new Ledger();
  ledger.creating({ pool: 'p', name: 'a', at });
  expect(ledger.unanswered('a')).toBe(false);
  expect([ledger.unknown('p'), ledger.unknown('other')]).toEqual([1, 0]);
  expect(ledger.seen('a', pod('a'))).toBe(true);
  expect(ledger.unknown('p')).toBe(0);
});

it('tells at once when the cache showed it before the call failed', () => {
  const ledger = new Ledger();
  ledger.creating({ pool: 'p', name: 'a', at });
  ledger.seen('a', pod('a'));
  expect(ledger.unanswered('a')).toBe(true);
  expect(ledger.unknown('p')).toBe(0);
});

it('counts a deletion until the cache shows that the pod goes or is gone', () => {
  const leaving = pod('a', { deletionTimestamp: '2026-05-01T10:00:00Z' });
  for (const [shown, still] of [
    [pod('a'), true],
    [leaving, false],
    [undefined, false],
    [pod('a', { uid: 'another' }), false],
  ] as const) {
    const ledger = new Ledger();
    ledger.deleted('uid-a', { pool: 'p', name: 'a', at });
    ledger.seen('a', shown);
    expect(ledger.isDeleted('uid-a')).toBe(still);
  }
});

it('keeps a deletion of a pod that the cache has not even shown', () => {
  const ledger = made('a');
  ledger.deleted('uid-a', { pool: 'p', name: 'a', at });
  expect(names(ledger)).toEqual([]);
  ledger.seen('a', pod('a'));
  expect(ledger.isDeleted('uid-a')).toBe(true);
});

it('never forgets by itself: it asks to be confirmed, or dropped', () => {
  const ledger = made('a');
  ledger.created('a', pod('a'));
  ledger.deleted('uid-b', { pool: 'p', name: 'b', at });
  expect(ledger.dueAt('p')).toBe(at + CONFIRM_AFTER_MS);
  expect(ledger.overdue('p', at + CONFIRM_AFTER_MS - 1)).toEqual({ creations: [], deletions: [] });
  const late = at + CONFIRM_AFTER_MS;
  expect(ledger.overdue('p', late)).toEqual({ creations: ['a'], deletions: [['uid-b', 'b']] });
  expect(names(ledger)).toEqual(['a']);
  ledger.confirm('a', late);
  ledger.confirm('b', late);
  expect(ledger.overdue('p', late)).toEqual({ creations: [], deletions: [] });
  ledger.drop('a');
  ledger.drop('b');
  expect([names(ledger), ledger.isDeleted('uid-b'), ledger.dueAt('p')]).toEqual([
    [],
    false,
    Infinity,
  ]);
});
