import {
  KubernetesError,
  sandboxPools,
  type KubernetesClient,
  type Pod,
} from '../../kubernetes/index.ts';
import { POOL_LABEL } from './names.ts';
import type { PoolRoom } from './pool-room.ts';

/** Ends pods whose pool is gone and that nobody has collected. */
export async function sweepOrphans(room: PoolRoom): Promise<void> {
  const suspects = room.watch.pods().filter((pod) => isSuspect(pod, room));
  const uids = new Map<string, string | undefined>();
  for (const pod of suspects) {
    const pool = pod.metadata.labels?.[POOL_LABEL] ?? '';
    // The API server itself is asked: a cache may be behind.
    if (!uids.has(pool)) uids.set(pool, await uidOf(pool, room.client));
    if (isOf(pod, uids.get(pool))) continue;
    const { name, uid = '' } = pod.metadata;
    await room.maker.end({ name, uid }, pool);
  }
}

function isSuspect(pod: Pod, { book, ledger }: PoolRoom): boolean {
  const { labels, uid, deletionTimestamp } = pod.metadata;
  if (deletionTimestamp !== undefined || ledger.isDeleted(uid)) return false;
  return !isOf(pod, book.get(labels?.[POOL_LABEL] ?? '')?.object.metadata.uid);
}

function isOf({ metadata }: Pod, poolUid: string | undefined): boolean {
  if (poolUid === undefined) return false;
  return metadata.ownerReferences?.some(({ uid }) => uid === poolUid) ?? false;
}

async function uidOf(name: string, client: KubernetesClient): Promise<string | undefined> {
  try {
    return (await client.get(sandboxPools, { name })).metadata.uid;
  } catch (error) {
    if (error instanceof KubernetesError && error.notFound) return undefined;
    throw error;
  }
}
