import type { Condition, ScriptStatus } from '@cofferdam/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, settled } from '../../test/fake-clock.ts';
import type { CustomResource } from '../kubernetes/index.ts';
import { compileKeyOf } from '../status/digest.ts';
import { ScriptStatusStore } from './script-status-store.ts';

const KEY = 'home/one';
const START = '2026-01-01T00:00:00.000Z';

let clock: FakeClock;
let objects: Map<string, CustomResource>;
let writes: ScriptStatus[];
let errors: unknown[];
let write: () => Promise<void>;
let store: ScriptStatusStore;

function object(over: { uid?: string; status?: unknown; generation?: number } = {}) {
  const { uid = 'u1', generation = 1, status } = over;
  const metadata = { name: 'one', namespace: 'home', uid, generation };
  const spec = { source: { inline: 'return 1' } };
  return { metadata, spec, ...(status === undefined ? {} : { status }) } as CustomResource;
}

function statusOf(ready: Condition['status'], runs: string[] = []): ScriptStatus {
  const condition = { type: 'Ready', status: ready, reason: 'Compiled', message: '' } as const;
  return {
    observedGeneration: 1,
    conditions: [{ ...condition, lastTransitionTime: START, observedGeneration: 1 }],
    recentRuns: runs.map((runId) => ({
      ...{ runId, startedAt: START, durationMs: 1, exitReason: 'Completed', trigger: 'http' },
      summary: '',
    })),
  } as ScriptStatus;
}

beforeEach(() => {
  clock = new FakeClock(START);
  objects = new Map([[KEY, object()]]);
  writes = [];
  errors = [];
  write = () => Promise.resolve();
  store = new ScriptStatusStore({
    objects: { get: (key) => objects.get(key), keys: () => [...objects.keys()] },
    write: (_, status) => {
      writes.push(status);
      return write();
    },
    clock,
    onError: (error) => errors.push(error),
  });
});

const uid = () => store.uidOf(KEY)!;
const runIds = () => writes.at(-1)?.recentRuns.map(({ runId }) => runId);

describe('a status', () => {
  it('is known at once, and written at once when something turned', async () => {
    store.writeStatus(uid(), statusOf('Unknown'));
    expect(store.read(uid())?.status).toEqual(statusOf('Unknown'));
    await settled();
    store.writeStatus(uid(), statusOf('True'));
    await settled();
    expect(writes).toEqual([statusOf('Unknown'), statusOf('True')]);
  });

  it('is written with runs alone only 30 s after the last time', async () => {
    store.writeStatus(uid(), statusOf('True'));
    await settled();
    for (const n of [1, 2, 3]) {
      store.writeStatus(uid(), statusOf('True', [`run-${n}`]));
      await clock.advance(9_000);
    }
    expect(writes).toHaveLength(1);
    await clock.advance(3_000);
    expect(writes).toHaveLength(2);
    expect(runIds()).toEqual(['run-3']);
    await clock.advance(600_000);
    expect(writes).toHaveLength(2);
  });

  it('that turns meanwhile takes the runs along', async () => {
    store.writeStatus(uid(), statusOf('True'));
    await settled();
    store.writeStatus(uid(), statusOf('True', ['run-1']));
    store.writeStatus(uid(), statusOf('False', ['run-1']));
    await settled();
    expect(writes).toHaveLength(2);
    expect(runIds()).toEqual(['run-1']);
    await clock.advance(60_000);
    expect(writes).toHaveLength(2);
  });

  it('is written again until it could be', async () => {
    write = () => Promise.reject(new Error('away'));
    store.writeStatus(uid(), statusOf('True'));
    await clock.advance(400);
    expect([writes.length, errors.length]).toEqual([1, 1]);
    await clock.advance(200);
    expect(writes).toHaveLength(2);
    write = () => Promise.resolve();
    await clock.advance(2_000);
    expect(writes).toHaveLength(3);
    await clock.advance(600_000);
    expect(writes).toHaveLength(3);
  });

  it('that the cluster has already is not written again', async () => {
    // As an API server answers it: with its fields in another order.
    const { conditions, ...rest } = statusOf('True', ['run-1']);
    objects.set(KEY, object({ status: { ...rest, conditions } }));
    store.writeStatus(uid(), statusOf('True', ['run-1']));
    await clock.advance(60_000);
    await store.close();
    expect(writes).toEqual([]);
  });

  it('that turned and turned back is written, though the cluster is read as it was', async () => {
    objects.set(KEY, object({ status: statusOf('True') }));
    store.writeStatus(uid(), statusOf('False'));
    await settled();
    store.writeStatus(uid(), statusOf('True'));
    await settled();
    expect(writes).toEqual([statusOf('False'), statusOf('True')]);
  });

  it('that turned back while it was written is written at once', async () => {
    objects.set(KEY, object({ status: statusOf('True') }));
    const { promise, resolve } = Promise.withResolvers<void>();
    write = () => promise;
    store.writeStatus(uid(), statusOf('False'));
    await settled();
    store.writeStatus(uid(), statusOf('True'));
    await settled();
    expect(writes).toHaveLength(1);
    resolve();
    await settled();
    expect(writes).toEqual([statusOf('False'), statusOf('True')]);
  });

  it('that waits is written at the end, and nothing else is', async () => {
    objects.set('home/two', { ...object({ uid: 'u2' }), metadata: { name: 'two', uid: 'u2' } });
    const two = store.uidOf('home/two')!;
    store.writeStatus(uid(), statusOf('True'));
    store.writeStatus(two, statusOf('True'));
    await settled();
    store.writeStatus(uid(), statusOf('True', ['run-1']));
    await store.close();
    expect(writes).toHaveLength(3);
    expect(runIds()).toEqual(['run-1']);
  });

  it('holds the time that was decided on last', async () => {
    store.writeStatus(uid(), statusOf('True'));
    await settled();
    const at = Date.parse(START) + 5_000;
    store.writeDecided(uid(), at);
    expect(store.read(uid())?.decided).toBe(at);
    await clock.advance(30_000);
    expect(writes.at(-1)?.lastScheduleTime).toBe('2026-01-01T00:00:05.000Z');
  });

  it('of a script that is made anew is not that of the old one', async () => {
    const old = uid();
    store.writeStatus(old, statusOf('True', ['run-1']));
    await settled();
    objects.set(KEY, object({ uid: 'u2' }));
    expect(uid()).toBe('u2');
    expect(store.read('u2')?.status).toBeUndefined();
    expect(store.read(old)).toBeUndefined();
    store.writeStatus(old, statusOf('False'));
    await clock.advance(60_000);
    expect(writes).toHaveLength(1);
  });

  it('is forgotten with its script, also while it waits', async () => {
    const old = uid();
    store.writeStatus(old, statusOf('True'));
    await settled();
    store.writeStatus(old, statusOf('True', ['run-1']));
    objects.delete(KEY);
    expect(store.uidOf(KEY)).toBeUndefined();
    await clock.advance(60_000);
    objects.set(KEY, object());
    expect(store.read(uid())?.status).toBeUndefined();
    expect(writes).toHaveLength(1);
  });
});

describe('an earlier operator’s word', () => {
  const verdictOf = (digest: string) =>
    store.verdict(compileKeyOf({ engine: 'isolate', language: 'auto', digest }));
  const compiled = { ...statusOf('True'), digest: 'd'.repeat(64) };

  it('is taken for what compiles', () => {
    objects.set(KEY, object({ status: compiled }));
    store.trustEarlier();
    expect(verdictOf(compiled.digest)).toEqual({ valid: true });
    expect(verdictOf('e'.repeat(64))).toBeUndefined();
  });

  it('is not taken for another generation, another reason or no digest', () => {
    const [condition] = compiled.conditions;
    const failed = { ...compiled, conditions: [{ ...condition!, reason: 'CompileError' }] };
    const { digest: _, ...without } = compiled;
    for (const over of [
      { status: compiled, generation: 2 },
      { status: failed },
      { status: without },
    ]) {
      objects.set(KEY, object(over));
      store.trustEarlier();
      expect(verdictOf(compiled.digest)).toBeUndefined();
    }
  });

  it('is kept for 10,000 sources, those used last', () => {
    for (let n = 0; n < 10_000; n++) store.rememberVerdict(`key-${n}`, { valid: true });
    store.verdict('key-0');
    store.rememberVerdict('one-more', { valid: true });
    expect(store.verdict('key-1')).toBeUndefined();
    expect(store.verdict('key-0')).toEqual({ valid: true });
  });
});
