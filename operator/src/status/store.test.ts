import { DatabaseSync } from 'node:sqlite';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOfJson } from './digest.ts';
import { StatusStore } from './store.ts';
import { uidOf } from './uid.ts';

let folder: string;
let database: DatabaseSync;

const open = () => {
  database = new DatabaseSync(join(folder, 'status.db'));
  // Nothing here is about a machine that loses its power.
  database.exec('PRAGMA synchronous = OFF');
  return new StatusStore(database, () => now);
};
let now = 1_000;

const STATUS = { observedGeneration: 1, conditions: [], recentRuns: [] };

describe('the status store', () => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cofferdam-store-'));
    now = 1_000;
  });
  afterEach(async () => {
    database.close();
    await rm(folder, { recursive: true });
  });

  it('counts a generation for each change of the spec, across restarts', () => {
    let store = open();
    expect(store.observe('a', 'one').generation).toBe(1);
    expect(store.observe('a', 'one').generation).toBe(1);
    expect(store.observe('a', 'two').generation).toBe(2);
    database.close();
    store = open();
    expect(store.observe('a', 'two').generation).toBe(2);
    expect(store.observe('a', 'one').generation).toBe(3);
    expect(store.observe('b', 'one').generation).toBe(1);
  });

  it('keeps status, decided times and verdicts across restarts', () => {
    let store = open();
    store.observe('a', 'one');
    store.writeStatus('a', STATUS);
    store.writeDecided('a', 1_777_000_000_000);
    store.rememberVerdict('x', { valid: true });
    store.rememberVerdict('y', { valid: false, error: { name: 'E', message: 'm' } });
    expect(store.verdict('y')).toEqual({ valid: false, error: { name: 'E', message: 'm' } });
    database.close();
    store = open();
    expect(store.read('a')).toEqual({ generation: 1, status: STATUS, decided: 1_777_000_000_000 });
    expect(store.verdict('x')).toEqual({ valid: true });
    // A refusal is asked for again: a compiler killed for want of memory refuses, too.
    expect(store.verdict('y')).toBeUndefined();
    expect(store.read('b')).toBeUndefined();
  });

  it('has a higher epoch after every restart', () => {
    const first = open().nextEpoch();
    database.close();
    expect(open().nextEpoch()).toBeGreaterThan(first);
  });

  it('forgets scripts that nobody has seen for a month', () => {
    let store = open();
    store.observe('old', 'one');
    now += 20 * 86_400_000;
    store.observe('new', 'one');
    database.close();
    now += 20 * 86_400_000;
    store = open();
    expect([store.read('old'), store.read('new')?.generation]).toEqual([undefined, 1]);
  });

  it('bounds its verdicts, the least recently used first to go', () => {
    const store = open();
    for (let i = 0; i < 2_100; i++) {
      now++;
      store.rememberVerdict(`k${i}`, { valid: true });
    }
    now++;
    store.verdict('k0');
    database.close();
    const again = open();
    expect([again.verdict('k0'), again.verdict('k1'), again.verdict('k2099')]).toEqual([
      { valid: true },
      undefined,
      { valid: true },
    ]);
  });
});

it('gives a script one uid for ever', () => {
  const uid = uidOf({ namespace: 'default', name: 'job' });
  expect(uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(uidOf({ namespace: 'default', name: 'job' })).toBe(uid);
  expect(uidOf({ namespace: 'other', name: 'job' })).not.toBe(uid);
});

it('digests JSON whatever the order of its fields', () => {
  expect(digestOfJson({ a: 1, b: { c: [1, 2], d: 3 } })).toBe(
    digestOfJson({ b: { d: 3, c: [1, 2] }, a: 1 }),
  );
  expect(digestOfJson({ a: [1, 2] })).not.toBe(digestOfJson({ a: [2, 1] }));
});
