import { describe, expect, it } from 'vitest';
import { Inflow, Outflow, STREAM_WINDOW_BYTES } from './flow.ts';

async function chunksOf(inflow: Inflow): Promise<number[]> {
  const sizes: number[] = [];
  for await (const chunk of inflow) sizes.push(chunk.byteLength);
  return sizes;
}

describe('Inflow', () => {
  it('holds nothing for empty chunks', async () => {
    const inflow = new Inflow(() => {});
    for (let i = 0; i < 5000; i++) inflow.push(Buffer.alloc(0));
    inflow.end();
    await expect(chunksOf(inflow)).resolves.toEqual([]);
  });

  it('gives back the credit of what was read, in steps, and never more', async () => {
    const credits: number[] = [];
    const inflow = new Inflow((bytes) => credits.push(bytes));
    const reading = chunksOf(inflow);
    const chunk = Buffer.alloc(1000);
    let sent = 0;
    for (let i = 0; i < 1000; i++) {
      inflow.push(chunk);
      sent += chunk.byteLength;
      // eslint-disable-next-line no-await-in-loop -- lets the reader take it
      await new Promise(setImmediate);
    }
    inflow.end();
    await reading;
    const given = credits.reduce((sum, bytes) => sum + bytes, 0);
    expect(given).toBeLessThanOrEqual(sent);
    expect(given).toBeGreaterThan(sent - STREAM_WINDOW_BYTES);
    expect(credits.length).toBeLessThan(sent / (STREAM_WINDOW_BYTES / 4) + 1);
  });

  it('can be had whole when it has come to its good end, and not before', () => {
    const inflow = new Inflow(() => {});
    inflow.push(Buffer.from('ab'));
    inflow.push(Buffer.from('c'));
    expect(inflow.whole()).toBeUndefined();
    inflow.end();
    expect(inflow.whole()?.toString()).toBe('abc');
    expect(inflow.whole()?.byteLength).toBe(0);
    const broken = new Inflow(() => {});
    broken.push(Buffer.from('a'));
    broken.fail(() => new Error('broke'));
    expect(broken.whole()).toBeUndefined();
  });

  it('is whole once it has ended, whatever becomes of its call', async () => {
    const inflow = new Inflow(() => {});
    inflow.push(Buffer.from('abc'));
    inflow.end();
    inflow.fail(() => new Error('too late'));
    await expect(chunksOf(inflow)).resolves.toEqual([3]);
  });
});

describe('Outflow', () => {
  it('lets every waiting writer go when there is credit', async () => {
    const outflow = new Outflow();
    expect(outflow.take(Number.MAX_SAFE_INTEGER)).toBe(STREAM_WINDOW_BYTES);
    expect(outflow.take(1)).toBe(0);
    const waiting = [outflow.ready(), outflow.ready()];
    outflow.grant(2);
    await Promise.all(waiting);
    expect([outflow.take(1), outflow.take(1), outflow.take(1)]).toEqual([1, 1, 0]);
  });
});
