import type { PoolStatus } from '@cofferdam/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { KubernetesError, type CustomResource } from '../../kubernetes/index.ts';
import { NOW } from './gathered-fixtures.ts';
import { StatusWriter } from './status-writer.ts';

const POOL = { metadata: { name: 'home', uid: 'u1' }, spec: {} } as CustomResource;

let sent: PoolStatus[];
let told: string[];
let failure: Error | undefined;
let writer: StatusWriter;

function statusOf(over: Partial<PoolStatus> = {}, ready: 'True' | 'False' = 'True'): PoolStatus {
  const condition = { type: 'Ready', status: ready, reason: 'RunnersReady', message: '' } as const;
  return {
    observedGeneration: 1,
    ...{ replicas: 3, ready: 2, bound: 1 },
    conditions: [{ ...condition, lastTransitionTime: '2026-05-01T10:00:00Z' }],
    ...over,
  } as PoolStatus;
}

beforeEach(() => {
  [sent, told, failure] = [[], [], undefined];
  writer = new StatusWriter({
    client: {
      applyServerSide: (_resource: unknown, { status }: { status: PoolStatus }) => {
        sent.push(status);
        return failure ? Promise.reject(failure) : Promise.resolve();
      },
    } as never,
    recorder: { record: (_resource, _pool, event) => void told.push(event.reason) },
  });
});

describe('the status of a pool', () => {
  it('is written at once when something turned, and people are told', async () => {
    expect(await writer.write(POOL, statusOf(), NOW)).toBe(Number.POSITIVE_INFINITY);
    await writer.write(POOL, statusOf({}, 'False'), NOW + 1);
    await writer.write(POOL, statusOf({ ready: 0 }, 'False'), NOW + 2);
    expect(sent).toEqual([statusOf(), statusOf({}, 'False'), statusOf({ ready: 0 }, 'False')]);
    expect(told).toEqual(['RunnersReady', 'RunnersReady']);
  });

  it('is written with other figures alone only 30 s after the last time', async () => {
    await writer.write(POOL, statusOf(), NOW);
    const busier = statusOf({ replicas: 5, ready: 4, bound: 4 });
    expect(await writer.write(POOL, busier, NOW + 1_000)).toBe(NOW + 30_000);
    expect(await writer.write(POOL, busier, NOW + 29_999)).toBe(NOW + 30_000);
    expect(sent).toHaveLength(1);
    await writer.write(POOL, busier, NOW + 30_000);
    expect(sent).toEqual([statusOf(), busier]);
  });

  it('is not written again where nothing is new', async () => {
    await writer.write(POOL, statusOf(), NOW);
    expect(await writer.write(POOL, statusOf(), NOW + 600_000)).toBe(Number.POSITIVE_INFINITY);
    expect(sent).toHaveLength(1);
  });

  it('of a pool that is made anew is its own', async () => {
    await writer.write(POOL, statusOf(), NOW);
    const other = { ...POOL, metadata: { name: 'home', uid: 'u2' } } as CustomResource;
    await writer.write(other, statusOf({ replicas: 9 }), NOW + 1);
    expect(sent).toHaveLength(2);
  });

  it('of a pool that has gone meanwhile is nobody’s trouble, and any other failure is', async () => {
    failure = new KubernetesError({ status: 404, reason: 'NotFound', message: 'gone' } as never);
    await writer.write(POOL, statusOf(), NOW);
    failure = new Error('no connection');
    await expect(writer.write(POOL, statusOf({}, 'False'), NOW + 1)).rejects.toThrow('connection');
  });
});
