import { failedResult } from '@cofferdam/protocol';
import { expect, it } from 'vitest';
import type { RunArtifact } from './artifacts.ts';
import type { RunStart } from './records.ts';
import { openSqliteRecords } from './sqlite-records.ts';

let next = 0;
const start = (tenant = 'home', history = 10): RunStart => ({
  ...{ runId: `r-${String(next++).padStart(26, '0')}`, traceId: 'a'.repeat(32) },
  ...{ trigger: 'http', engine: 'isolate', preset: 'web', name: 'check', startedAt: 1 },
  tenant,
  script: { uid: `uid-${tenant}`, namespace: tenant, name: 'check', generation: 1, history },
});
const image = (bytes: number, name = 'screenshot-1.png'): RunArtifact => ({
  ...{ name, contentType: 'image/png', bytes: Buffer.alloc(bytes, 7) },
});
const end = (artifacts: RunArtifact[]) => ({
  ...{ durationMs: 1, queuedMs: 1, spans: [], artifacts },
  result: failedResult('Exception', { name: 'Error', message: 'x' }),
});

it('artifacts are listed in their order, read by name, and go with their run’s record', async () => {
  const records = await openSqliteRecords({ path: ':memory:' });
  const [first, second] = [start('home', 1), start('home', 1)];
  records.finish(first, end([image(3, 'b.png'), { ...image(4, 'a.png'), about: 'http://x/' }]));
  expect(records.artifacts(first.runId)).toEqual([
    { name: 'b.png', contentType: 'image/png', size: 3 },
    { name: 'a.png', contentType: 'image/png', size: 4, about: 'http://x/' },
  ]);
  expect(records.artifact(first.runId, 'b.png')?.bytes).toEqual(Buffer.alloc(3, 7));
  expect(records.artifact(first.runId, 'c.png')).toBeUndefined();
  expect(records.artifact(second.runId, 'b.png')).toBeUndefined();
  records.finish(second, end([]));
  expect(records.get(first.runId)).toBeUndefined();
  expect(records.artifacts(first.runId)).toEqual([]);
  records.close();
});

it('beyond their bound the oldest go of the tenant that has most, and no record', async () => {
  const records = await openSqliteRecords({ path: ':memory:', maxArtifactBytes: 1_000 });
  const quiet = start('quiet');
  records.finish(quiet, end([image(300)]));
  const loud = [start('loud'), start('loud'), start('loud')];
  for (const run of loud) {
    records.finish(run, end([image(300)]));
    records.flush();
  }
  const kept = [quiet, ...loud].map(({ runId }) => records.artifacts(runId).length);
  expect(kept).toEqual([1, 0, 1, 1]);
  expect(records.get(loud[0]!.runId)).toBeDefined();
  records.close();
});
