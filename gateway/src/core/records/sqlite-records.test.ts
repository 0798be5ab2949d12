import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { failedResult, type RunResult } from '@cofferdam/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunEnd, RunRecords, RunStart } from './records.ts';
import { openSqliteRecords, type SqliteRecordsOptions } from './sqlite-records.ts';

let dir: string;
let path: string;
let records: RunRecords;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cofferdam-'));
  path = join(dir, 'runs.sqlite');
  records = await open();
});
afterEach(async () => {
  records.close();
  await rm(dir, { recursive: true });
});

const open = (options: Partial<SqliteRecordsOptions> = {}) =>
  openSqliteRecords({ path, ...options });

async function reopen(options: Partial<SqliteRecordsOptions> = {}): Promise<void> {
  records.close();
  records = await open(options);
}

let next = 0;
const run = (fields: Partial<RunStart> = {}): RunStart => ({
  runId: `r-${String(next++).padStart(26, '0')}`,
  traceId: 'a'.repeat(32),
  tenant: 'home',
  trigger: 'http',
  engine: 'isolate',
  preset: 'compute',
  name: 'inline',
  startedAt: 1_700_000_000_000,
  ...fields,
});

const SCRIPT = { uid: 'uid-1', namespace: 'home', name: 'disk', generation: 1, history: 3 };
const scheduled = (scheduledAt: number, uid = SCRIPT.uid) =>
  run({ trigger: 'schedule', name: 'disk', script: { ...SCRIPT, uid }, scheduledAt });

const ended = (result: Partial<RunResult> = {}): RunEnd => ({
  durationMs: 5,
  queuedMs: 1,
  spans: [],
  result: { ...failedResult('Exception', { name: 'Error', message: 'no' }), ...result },
});

const completed = (value: string, rest: Partial<RunResult> = {}): RunEnd => {
  const end = ended({ exitReason: 'Completed', value, ...rest });
  delete end.result.error;
  return end;
};

describe('records', () => {
  it('are read as they were written, at once and after a restart', async () => {
    const start = run();
    const logs = [{ level: 'warn' as const, message: 'hot', time: 1 }];
    const span = { spanId: 'b'.repeat(16), name: 'run' as const, start: 1, end: 2 };
    records.finish(start, { ...completed('{"a":1}', { logs }), spans: [span] });
    const expected = {
      ...start,
      exitReason: 'Completed',
      value: '{"a":1}',
      valueCut: false,
      durationMs: 5,
      logs,
      logsCut: false,
      spans: [span],
    };
    expect(records.get(start.runId)).toMatchObject(expected);
    await reopen();
    expect(records.get(start.runId)).toMatchObject(expected);
    expect(records.get('r-unknown')).toBeUndefined();
  });

  it('keep of a long console its end, and of a long result nothing', () => {
    const start = run();
    const logs = Array.from({ length: 100 }, (_, line) => ({
      level: 'log' as const,
      message: `${line} ${'x'.repeat(1000)}`,
      time: 0,
    }));
    records.finish(start, completed(JSON.stringify('x'.repeat(40_000)), { logs }));
    const record = records.get(start.runId)!;
    expect(record.value).toBeUndefined();
    expect(record.valueCut).toBe(true);
    expect(record.logsCut).toBe(true);
    expect(record.logs.at(-1)!.message).toMatch(/^99 /);
    expect(JSON.stringify(record.logs).length).toBeLessThan(20_000);
  });

  it('list a script from the newest, in pages', () => {
    for (let at = 1; at <= 3; at++) {
      const start = scheduled(at);
      records.claim(start, undefined);
      records.finish(start, completed(String(at)));
    }
    records.finish(run(), completed('0'));
    const [first, second] = records.list({ namespace: 'home', name: 'disk', limit: 2 });
    expect([first!.preview, second!.preview]).toEqual(['3', '2']);
    const rest = records.list({ namespace: 'home', name: 'disk', before: second!.seq });
    expect(rest.map((entry) => entry.preview)).toEqual(['1']);
    expect(records.list({ namespace: 'home', name: 'other' })).toEqual([]);
    // What is a name in SQL elsewhere is text here.
    expect(records.list({ namespace: "home' OR 1=1 --", name: 'disk' })).toEqual([]);
  });
});

describe('a claim', () => {
  const duplicate = expect.objectContaining({ code: 'DUPLICATE_RUN' });

  it('is taken once for a script and a time', () => {
    records.claim(scheduled(1), undefined);
    expect(() => records.claim(scheduled(1), undefined)).toThrow(duplicate);
    records.claim(scheduled(2), undefined);
    records.claim(scheduled(1, 'uid-2'), undefined);
  });

  it('survives a restart, and what it stood for is Unavailable then', async () => {
    const start = scheduled(1);
    records.claim(start, undefined);
    expect(records.get(start.runId)!.exitReason).toBeUndefined();
    await reopen();
    expect(() => records.claim(scheduled(1), undefined)).toThrow(duplicate);
    expect(records.get(start.runId)).toMatchObject({
      exitReason: 'Unavailable',
      error: { message: 'The gateway ended while the run went on' },
    });
  });

  it('is refused for a time whose record was pruned', async () => {
    for (let at = 1; at <= 5; at++) {
      const start = scheduled(at);
      records.claim(start, undefined);
      records.finish(start, completed('1'));
    }
    await reopen();
    expect(records.list({ namespace: 'home', name: 'disk' })).toHaveLength(SCRIPT.history);
    expect(() => records.claim(scheduled(1), undefined)).toThrow(duplicate);
    records.claim(scheduled(6), undefined);
  });

  it('is refused up to the latest time that was pruned, in whatever order that went', () => {
    const of = (at: number) => {
      const start = scheduled(at);
      return { ...start, script: { ...start.script!, history: 1 } };
    };
    const [late, early, last] = [of(5), of(3), of(7)];
    for (const start of [late, early]) records.claim(start, undefined);
    for (const start of [late, early, last]) {
      if (start === last) records.claim(last, undefined);
      records.finish(start, completed('1'));
      records.flush();
    }
    expect(records.list({ namespace: 'home', name: 'disk' })).toHaveLength(1);
    expect(() => records.claim(of(5), undefined)).toThrow(duplicate);
    records.claim(of(6), undefined);
  });

  it('of an older leader is refused, also after a restart', async () => {
    records.claim(scheduled(1), 7);
    expect(() => records.claim(scheduled(2), 6)).toThrow(
      expect.objectContaining({ code: 'STALE_EPOCH' }),
    );
    await reopen();
    expect(() => records.claim(scheduled(2), 6)).toThrow(
      expect.objectContaining({ code: 'STALE_EPOCH' }),
    );
    records.claim(scheduled(2), 7);
    records.claim(scheduled(3), 8);
  });
});

describe('pruning', () => {
  it('keeps the newest runs without a script, and all unfinished ones', async () => {
    await reopen({ maxInline: 3 });
    const claimed = scheduled(1);
    records.claim(claimed, undefined);
    const runs = Array.from({ length: 10 }, () => run());
    for (const start of runs) records.finish(start, completed('1'));
    const kept = runs.filter(({ runId }) => records.get(runId));
    expect(kept).toEqual(runs.slice(-3));
    expect(records.get(claimed.runId)).toBeDefined();
  });

  it('keeps the bytes bounded', async () => {
    await reopen({ maxBytes: 1_000_000, maxInline: 100_000 });
    const start = run();
    records.finish(start, completed('1'));
    for (let count = 0; count < 150; count++) {
      records.finish(run(), completed(JSON.stringify('x'.repeat(16_000))));
      if (count % 50 === 49) records.flush();
    }
    expect(records.get(start.runId)).toBeUndefined();
    records.close();
    const database = new DatabaseSync(path);
    const { bytes, count } = database
      .prepare('SELECT total(bytes) AS bytes, count(*) AS count FROM runs')
      .get() as { bytes: number; count: number };
    database.close();
    expect(bytes).toBeLessThanOrEqual(1_000_000);
    expect(count).toBeGreaterThan(0);
    records = await open();
  });

  it('refuses records of a newer version', async () => {
    records.close();
    const database = new DatabaseSync(path);
    database.exec("INSERT INTO migrations VALUES (99, 'later')");
    database.close();
    await expect(open()).rejects.toThrow(/newer than this program/);
    const repair = new DatabaseSync(path);
    repair.exec('DELETE FROM migrations WHERE version = 99');
    repair.close();
    records = await open();
  });
});
