import { KubernetesError, type CustomResource } from '../../kubernetes/index.ts';
import { oneLine } from '../../status/summary.ts';
import type { Decision, Removal } from './decide.ts';
import type { Look } from './gather.ts';
import type { PoolMemory } from './memory.ts';
import type { PoolRoom } from './pool-room.ts';
import type { Trouble } from './pod-trouble.ts';

const MAX_MESSAGE = 500;

/**
 * Makes a decision true; answers when to look again, in milliseconds since the epoch. What fails keeps
 * nothing else from being done, and is thrown in the end.
 */
export async function apply(look: Look, decision: Decision, room: PoolRoom): Promise<number> {
  const { name, now } = look.gathered;
  const memory = room.memories.of(name);
  memory.note(decision, now);
  retire(decision, { memory, now, room });
  const results = await Promise.allSettled([
    ...decision.remove.map((removal) => remove(name, removal, room)),
    make(look, decision, room),
    writeStatus(look.object, decision, room),
  ]);
  const times = results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value ?? Number.POSITIVE_INFINITY;
  });
  return Math.min(decision.lookAgainAt, room.ledger.dueAt(name), ...times);
}

function retire(
  decision: Decision,
  { memory, now, room }: { memory: PoolMemory; now: number; room: PoolRoom },
): void {
  for (const { name } of decision.retire) {
    if (!memory.retiring.has(name)) memory.retiring.set(name, now);
    room.gateways.retire(name, 'it was replaced');
  }
}

async function remove(pool: string, removal: Removal, room: PoolRoom): Promise<void> {
  const { pod, onlyUnchanged, failed } = removal;
  const { name, uid } = pod;
  const resourceVersion = onlyUnchanged ? pod.resourceVersion : undefined;
  try {
    await room.maker.end({ name, uid, resourceVersion }, pool);
  } catch (error) {
    // It has changed: the cache will show how, and that is decided on anew.
    if (error instanceof KubernetesError && error.conflict) return;
    throw error;
  }
  if (failed) room.memories.of(pool).failed(room.now(), failed, pod.livedMs);
}

async function make({ gathered, template, object }: Look, { create }: Decision, room: PoolRoom) {
  const uid = object?.metadata.uid;
  if (create === 0 || !template || uid === undefined) return;
  try {
    await room.maker.make(create, template, uid);
  } catch (error) {
    room.memories.of(gathered.name).failed(room.now(), troubleOf(error));
    throw error;
  }
}

async function writeStatus(
  object: CustomResource | undefined,
  { status }: Decision,
  { writer, now }: PoolRoom,
): Promise<number | undefined> {
  return object && status && writer.write(object, status, now());
}

function troubleOf(error: unknown): Trouble {
  const reason = error instanceof KubernetesError ? error.reason : '';
  const message = error instanceof Error ? error.message : String(error);
  const word = /^[A-Za-z]{1,40}$/.test(reason) ? reason : 'Failed';
  return { reason: `Create${word}`, message: oneLine(message, MAX_MESSAGE) };
}
