import { describe, expect, it } from 'vitest';
import { Admission } from './admission.ts';

const LONG = 60_000;

/** Enters and notes in `order` when it was let in. */
function enter(admission: Admission, tenant: string, order: string[], name = tenant) {
  return admission.enter(tenant, { waitMs: LONG }).then(() => void order.push(name));
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('admission', () => {
  it('lets in as many as it may and queues the rest in order', async () => {
    const admission = new Admission({ maxConcurrent: 2 });
    const order: string[] = [];
    for (const name of ['1', '2', '3', '4']) void enter(admission, 'a', order, name);
    await settled();
    expect(order).toEqual(['1', '2']);
    expect([admission.active, admission.queued]).toEqual([2, 2]);
    admission.leave(1);
    await settled();
    admission.leave(1);
    await settled();
    expect(order).toEqual(['1', '2', '3', '4']);
    expect([admission.active, admission.queued]).toEqual([2, 0]);
  });

  it('serves tenants in turn, so that a flood delays another by one run', async () => {
    const admission = new Admission({ maxConcurrent: 1 });
    const order: string[] = [];
    await enter(admission, 'flood', []);
    for (let run = 0; run < 50; run++) void enter(admission, 'flood', order);
    void enter(admission, 'small', order);
    void enter(admission, 'tiny', order);
    for (let run = 0; run < 4; run++) {
      admission.leave(1);
      await settled();
    }
    expect(order).toEqual(['flood', 'small', 'tiny', 'flood']);
  });

  it('refuses beyond the queue, and says when to come again', async () => {
    const admission = new Admission({ maxConcurrent: 1, maxQueue: 1 });
    await admission.enter('a', { waitMs: LONG });
    void admission.enter('a', { waitMs: LONG });
    await expect(admission.enter('b', { waitMs: LONG })).rejects.toMatchObject({
      code: 'QUEUE_FULL',
      details: { retryAfterSeconds: 2 },
    });
  });

  it('makes room for a tenant when another fills the queue', async () => {
    const admission = new Admission({ maxConcurrent: 1, maxQueue: 3 });
    const order: string[] = [];
    await admission.enter('flood', { waitMs: LONG });
    const flood = ['1', '2', '3'].map((name) => enter(admission, 'flood', order, name));
    const small = enter(admission, 'small', order);
    // The newest of the flood gave way; now both are near enough to even.
    await expect(flood[2]).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    const more = admission.enter('small', { waitMs: LONG });
    await expect(more).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    for (let run = 0; run < 3; run++) {
      admission.leave(1);
      await settled();
    }
    await Promise.all([flood[0], flood[1], small]);
    expect(order).toEqual(['1', 'small', '2']);
  });

  it('forgets who is cancelled while waiting', async () => {
    const admission = new Admission({ maxConcurrent: 1 });
    await admission.enter('a', { waitMs: LONG });
    const abort = new AbortController();
    const waiting = admission.enter('a', { waitMs: LONG, signal: abort.signal });
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(admission.queued).toBe(0);
    admission.leave(1);
    expect(admission.active).toBe(0);
  });

  it('does not queue who is cancelled already', async () => {
    const admission = new Admission({ maxConcurrent: 1 });
    await admission.enter('a', { waitMs: LONG });
    const options = { waitMs: LONG, signal: AbortSignal.abort() };
    await expect(admission.enter('a', options)).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(admission.queued).toBe(0);
  });

  it('forgets who waited too long', async () => {
    const admission = new Admission({ maxConcurrent: 1 });
    await admission.enter('a', { waitMs: LONG });
    await expect(admission.enter('a', { waitMs: 1 })).rejects.toMatchObject({ code: 'EXPIRED' });
    expect(admission.queued).toBe(0);
  });

  it('refuses who waits and who comes when it is closed, and waits for who is in', async () => {
    const admission = new Admission({ maxConcurrent: 1 });
    await admission.enter('a', { waitMs: LONG });
    const waiting = admission.enter('a', { waitMs: LONG });
    let closed = false;
    const closing = admission.close().then(() => (closed = true));
    await expect(waiting).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    expect(() => admission.tryEnter()).toThrow(expect.objectContaining({ code: 'SHUTTING_DOWN' }));
    expect(closed).toBe(false);
    admission.leave(1);
    await closing;
  });
});
