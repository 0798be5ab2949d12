import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { intent, ok, rig, tempDir } from './peer.ts';

const dir = await tempDir();
afterAll(() => rm(dir, { recursive: true }));

const script = { uid: 'uid-1', namespace: 'home', name: 'disk', generation: 1, history: 10 };
const scheduled = (scheduledAt: number, epoch = 1) =>
  intent({ trigger: 'schedule', name: 'disk', script, scheduledAt, epoch });

const open = () => rig({ dataDir: dir, recordsPath: join(dir, 'runs.sqlite') });

describe('a scheduled run', () => {
  it('starts once, however often and from wherever it is asked for', async () => {
    {
      await using gateway = await open();
      const peer = await gateway.join();
      const { runs } = gateway.core;
      const asked = await Promise.allSettled([
        runs.execute(scheduled(1)),
        runs.execute(scheduled(1)),
      ]);
      const refused = asked.filter((answer) => answer.status === 'rejected');
      expect(refused.map(({ reason }) => reason.code)).toEqual(['DUPLICATE_RUN']);
      expect(peer.calls.filter(({ method }) => method === 'run')).toHaveLength(1);
      await runs.execute(scheduled(2));
    }
    await using gateway = await open();
    const peer = await gateway.join();
    for (const at of [1, 2]) {
      const again = gateway.core.runs.execute(scheduled(at));
      await expect(again).rejects.toMatchObject({ code: 'DUPLICATE_RUN' });
    }
    expect(peer.calls).toEqual([]);
    await gateway.core.runs.execute(scheduled(3));
    const listed = gateway.core.records.list({ namespace: 'home', name: 'disk' });
    expect(listed.map((entry) => entry.scheduledAt)).toEqual([3, 2, 1]);
  });

  it('of an older leader is refused before it runs', async () => {
    await using gateway = await open();
    const peer = await gateway.join();
    await gateway.core.runs.execute(scheduled(10, 5));
    const late = gateway.core.runs.execute(scheduled(11, 4));
    await expect(late).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    expect(peer.calls.filter(({ method }) => method === 'run')).toHaveLength(1);
  });

  it('that comes too late is refused, and so is one that waits too long', async () => {
    await using gateway = await open();
    const late = { ...scheduled(20, 5), notAfter: Date.now() - 1 };
    await expect(gateway.core.runs.execute(late)).rejects.toMatchObject({ code: 'EXPIRED' });
    // It has not begun, so the same time may still be started by somebody else.
    await gateway.join();
    await gateway.core.runs.execute(scheduled(20, 5));
  });
});

describe('the queue', () => {
  it('lets a waiting run go when its caller goes', async () => {
    await using gateway = await rig({ admission: { maxConcurrent: 1, maxQueue: 1 } });
    const release = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const peer = await gateway.join({
      run: async () => {
        begun.resolve();
        await release.promise;
        return ok();
      },
    });
    const { runs } = gateway.core;
    const first = runs.execute(intent());
    await begun.promise;
    const abort = new AbortController();
    const second = runs.execute(intent({ signal: abort.signal }));
    await expect(runs.execute(intent())).rejects.toMatchObject({
      code: 'QUEUE_FULL',
      details: { retryAfterSeconds: expect.any(Number) },
    });
    abort.abort();
    await expect(second).rejects.toMatchObject({ code: 'CANCELLED' });
    const third = runs.execute(intent());
    release.resolve();
    const outcome = await third;
    expect((await first).result.exitReason).toBe('Completed');
    expect(outcome.queuedMs).toBeGreaterThan(0);
    expect(peer.calls.filter(({ method }) => method === 'run')).toHaveLength(2);
  });
});
