import {
  describeProblems,
  type Condition,
  type PoolStatus,
  type ResolvedPool,
} from '@cofferdam/protocol';
import { oneLine } from '../../status/summary.ts';
import type { Gathered, GatheredResource } from './gathered.ts';
import { POOL_LABEL } from './names.ts';
import { isReady, wantedFree, type Census } from './numbers.ts';
import type { Trouble } from './pod-trouble.ts';
import type { RunnerPod } from './runner-pod.ts';

export type PresentPool = Gathered & { resource: GatheredResource };

/** What a condition says, before it is known when it began to say so. */
type Finding = Pick<Condition, 'status' | 'reason' | 'message'>;

/** A pod that has just been made may lack something for a moment. */
export const TROUBLE_MS = 10_000;
/** A network policy may take so long to hold in a new pod. */
export const OPEN_MS = 10_000;

const MAX_MESSAGE = 1_000;

export function decideStatus(gathered: PresentPool, census: Census): PoolStatus {
  const { resource, name } = gathered;
  const { live } = census;
  const open = openAddresses(gathered, live);
  const ready = findReady(gathered, { census, open });
  return {
    observedGeneration: resource.generation,
    replicas: live.length,
    ready: live.filter(isReady).length,
    bound: live.filter(({ owner }) => owner).length,
    selector: `${POOL_LABEL}=${name}`,
    ...(resource.template === undefined ? {} : { templateHash: resource.template }),
    conditions: [
      condition('Ready', ready, gathered),
      condition('EgressClosed', findClosed(gathered, { live, open }), gathered),
    ],
  };
}

/** Whether the pool can give a run its runner. */
function findReady(
  { resource, ...gathered }: PresentPool,
  { census, open }: { census: Census; open: string[] },
): Finding {
  const { pool, problems, runtimeClass, runtimeClassName } = resource;
  if (!pool) return no('InvalidSpec', describeProblems(problems));
  if (runtimeClass === 'missing') {
    return no(
      'RuntimeClassMissing',
      `The cluster has no RuntimeClass ${runtimeClassName}: install its runtime on the nodes and create it, or name another in spec.runtimeClassName. No pod is made without it.`,
    );
  }
  if (runtimeClass === 'unknown') {
    const message = `Whether the cluster has a RuntimeClass ${runtimeClassName} could not be read yet.`;
    return { status: 'Unknown', reason: 'RuntimeClassUnknown', message };
  }
  if (open.length > 0 && pool.requireClosed) {
    return no(
      'EgressOpen',
      `A runner pod reaches ${open.join(', ')}, which it must not: the cluster enforces no NetworkPolicy on it. Nothing runs before it does, or spec.egress.requireClosed is false.`,
    );
  }
  return findPods(gathered, { pool, census });
}

function findPods(
  gathered: Omit<PresentPool, 'resource'>,
  { pool, census }: { pool: ResolvedPool; census: Census },
): Finding {
  const { live, bound } = census;
  const trouble = troubleOf(gathered, live);
  const why = trouble ? `${trouble.reason}: ${trouble.message}` : '';
  if (live.some(isReady)) {
    const message = trouble
      ? `A runner pod is ready, but another does not start: ${why}`
      : 'A runner pod is ready.';
    return { status: 'True', reason: 'Available', message: oneLine(message, MAX_MESSAGE) };
  }
  if (trouble) return no(trouble.reason, `No runner pod is ready: ${why}`);
  const wanted = wantedFree(pool, { waiting: gathered.waiting, bound: bound.length });
  if (wanted === 0 && live.length === 0) {
    return {
      status: 'True',
      reason: 'OnDemand',
      message: 'A runner pod is made for whoever asks.',
    };
  }
  return { status: 'Unknown', reason: 'Starting', message: 'The first runner pod is on its way.' };
}

/** What keeps pods from starting, the longest known first. */
function troubleOf(
  { now, failure }: Omit<PresentPool, 'resource'>,
  live: readonly RunnerPod[],
): Trouble | undefined {
  const late = live
    .filter(({ trouble, createdAt }) => trouble && now - createdAt >= TROUBLE_MS)
    .sort((a, b) => a.createdAt - b.createdAt);
  return late[0]?.trouble ?? failure;
}

/** Whether a probe inside the pods has found a way out. */
function findClosed(
  { resource }: PresentPool,
  { live, open }: { live: readonly RunnerPod[]; open: string[] },
): Finding {
  if (open.length > 0) {
    const message = `A runner pod reaches ${open.join(', ')}, which it must not.`;
    return { status: 'False', reason: 'OpenAddressesReached', message };
  }
  const probed = live.filter(({ reached }) => reached !== undefined);
  if (probed.some(({ reached = [] }) => reached.length === 0)) {
    const message = 'The newest runner pods reach nothing but gateway and egress.';
    return { status: 'True', reason: 'NothingReached', message };
  }
  const before = resource.previous?.conditions.find(({ type }) => type === 'EgressClosed');
  if (before) return { status: before.status, reason: before.reason, message: before.message };
  return { status: 'Unknown', reason: 'NotProbed', message: 'No runner pod has been probed yet.' };
}

/** What pods reach and must not; not what a policy had no time to close. */
function openAddresses({ now }: Gathered, live: readonly RunnerPod[]): string[] {
  const open = live.filter(
    (pod) => pod.openSince !== undefined && (isReady(pod) || now - pod.openSince >= OPEN_MS),
  );
  return [...new Set(open.flatMap(({ reached = [] }) => reached))].sort();
}

function no(reason: string, message: string): Finding {
  return { status: 'False', reason, message: oneLine(message, MAX_MESSAGE) };
}

function condition(
  type: Condition['type'],
  finding: Finding,
  { now, resource }: PresentPool,
): Condition {
  const before = resource.previous?.conditions.find((known) => known.type === type);
  const unchanged = before?.status === finding.status;
  return {
    type,
    ...finding,
    lastTransitionTime: unchanged ? before.lastTransitionTime : new Date(now).toISOString(),
    observedGeneration: resource.generation,
  };
}
