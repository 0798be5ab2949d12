import { KubernetesError, pods, type Pod } from '../../kubernetes/index.ts';
import type { PoolRoom } from './pool-room.ts';
import { UNANSWERED } from './runner-maker.ts';

/** Asks the API server about writes that the cache has not shown in time. */
export async function confirm(pool: string, room: PoolRoom): Promise<void> {
  const { ledger, now } = room;
  const { creations, deletions } = ledger.overdue(pool, now());
  for (const name of creations) {
    const pod = await find(name, room);
    if (!pod) {
      ledger.drop(name);
      continue;
    }
    if (ledger.pod(name) === undefined) room.discarded.set(name, UNANSWERED);
    ledger.created(name, pod);
    ledger.confirm(name, now());
  }
  for (const [uid, name] of deletions) {
    const pod = await find(name, room);
    const stays = pod?.metadata.uid === uid && pod.metadata.deletionTimestamp === undefined;
    if (stays) ledger.drop(name);
    else ledger.confirm(name, now());
  }
}

async function find(name: string, { client, namespace }: PoolRoom): Promise<Pod | undefined> {
  try {
    return await client.get(pods, { namespace, name });
  } catch (error) {
    if (error instanceof KubernetesError && error.notFound) return undefined;
    throw error;
  }
}
