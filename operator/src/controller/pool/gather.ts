import type { CustomResource, Pod } from '../../kubernetes/index.ts';
import type { Gathered, GatheredResource, RuntimeClassState } from './gathered.ts';
import { GVISOR_VERSION_ANNOTATION, POOL_LABEL } from './names.ts';
import { runtimeClassOf, templateHash, type TemplateOf } from './pod-template.ts';
import { isLeaving } from './pool-book.ts';
import type { PoolRoom } from './pool-room.ts';
import type { ReadPool } from './read-pool.ts';
import { readRunnerPod, type RunnerPod } from './runner-pod.ts';

/** What a decision is made from, and what it is carried out with. */
export interface Look {
  gathered: Gathered;
  /** Absent: there is no such pool, or it is on its way out. */
  object?: CustomResource | undefined;
  /** Absent: nothing can be made now. */
  template?: TemplateOf | undefined;
}

/** Reads everything that a decision about the pool needs. */
export function gather(name: string, room: PoolRoom): Look {
  const entry = room.book.get(name);
  const present = entry && !isLeaving(entry.object) ? entry : undefined;
  const made = present && resourceOf(present, room);
  const { createAt, failure, surplusSince } = room.memories.of(name);
  const uid = entry?.object.metadata.uid;
  return {
    gathered: {
      now: room.now(),
      name,
      resource: made?.resource,
      pods: podsOf(name, uid, room).map((pod) => facts(pod, { pool: name, room })),
      unknown: room.ledger.unknown(name),
      waiting: room.gateways.demandOf(name).waiting,
      ...{ createAt, failure, surplusSince },
    },
    object: present?.object,
    template: made?.template,
  };
}

function resourceOf(
  { object, read }: { object: CustomResource; read: ReadPool },
  room: PoolRoom,
): { resource: GatheredResource; template?: TemplateOf } {
  const { generation = 0 } = object.metadata;
  const known = { generation, previous: room.writer.known(object) };
  if (!('pool' in read)) {
    const none = { runtimeClassName: '', runtimeClass: 'unknown' as const };
    return { resource: { ...known, ...none, problems: read.problems } };
  }
  const runtimeClassName = runtimeClassOf(read.resource);
  const found = room.watch.runtimeClass(runtimeClassName);
  const runtimeClass = classState(found, room);
  const { pool, problems } = read;
  const resource = { ...known, pool, problems, runtimeClassName, runtimeClass };
  if (found === undefined) return { resource };
  const { handler } = found;
  const gvisorVersion = found.metadata.annotations?.[GVISOR_VERSION_ANNOTATION];
  const template = { resource: read.resource, handler, gvisorVersion, settings: room.settings };
  return { resource: { ...resource, template: templateHash(template) }, template };
}

function classState(found: object | undefined, { watch }: PoolRoom): RuntimeClassState {
  if (found !== undefined) return 'present';
  return watch.knowsClasses ? 'missing' : 'unknown';
}

/** Not those of an earlier pool of the same name, which go by themselves. */
function podsOf(name: string, uid: string | undefined, { watch, ledger }: PoolRoom): Pod[] {
  const unseen = ledger.pods(name).filter((pod) => !watch.pod(pod.metadata.name));
  return [...watch.pods(), ...unseen].filter(
    ({ metadata }) =>
      metadata.labels?.[POOL_LABEL] === name &&
      (uid === undefined || metadata.ownerReferences?.some((owner) => owner.uid === uid)),
  );
}

function facts(pod: Pod, { pool, room }: { pool: string; room: PoolRoom }): RunnerPod {
  const { name, uid } = pod.metadata;
  const known = room.reports.get(name);
  const read = readRunnerPod(pod, known?.report);
  return {
    ...read,
    stage: room.ledger.isDeleted(uid) ? 'leaving' : read.stage,
    owner: read.owner ?? room.binder.ownerOf(name),
    openSince: known?.openSince,
    discarded: room.discarded.get(name),
    retiringSince: room.memories.of(pool).retiring.get(name),
  };
}
