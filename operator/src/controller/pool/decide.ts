import type { PoolStatus, ResolvedPool } from '@cofferdam/protocol';
import { decideStatus, OPEN_MS, TROUBLE_MS } from './conditions.ts';
import type { Gathered } from './gathered.ts';
import { oneLine } from '../../status/summary.ts';
import { byWorth, isReady, takeCensus, wantedFree, type Census } from './numbers.ts';
import type { Trouble } from './pod-trouble.ts';
import type { RunnerPod } from './runner-pod.ts';

/** A pod that shall go. */
export interface Removal {
  pod: RunnerPod;
  why: string;
  /** Only if nothing about it has changed: somebody may be about to own it. */
  onlyUnchanged?: boolean;
  /** Why, when that says something of the next one's start. */
  failed?: Trouble | undefined;
}

/** What shall be done about a pool now. */
export interface Decision {
  create: number;
  remove: Removal[];
  /** Given no more runs, and let go when they are idle. */
  retire: RunnerPod[];
  /** Whether there are more free pods than wanted. */
  surplus: boolean;
  /** Whether what failed before does so no more. */
  recovered: boolean;
  /** Absent: there is no such pool. */
  status?: PoolStatus;
  /** When to look again although nothing has happened, in milliseconds since the epoch. */
  lookAgainAt: number;
}

/** Pulling an image over a home's line takes minutes; what takes longer never comes. */
export const JOIN_MS = 5 * 60_000;
/** The Secret is there a moment after its pod; where it is not, somebody died in between. */
const SECRET_MS = 60_000;
/** An owner who has just taken a free pod is not yet seen to have it. */
export const SURPLUS_MS = 15_000;
/** What was done is known, or the cache has caught up. */
const SOON_MS = 200;
/** The next owner is asked to move when the last one has had time to. */
export const RETIRE_MS = 10_000;

/** Decides from what was gathered, and from nothing else. */
export function decide(gathered: Gathered): Decision {
  const { resource, pods } = gathered;
  const ended = endedPods(gathered);
  const gone = new Set(ended.map(({ pod }) => pod.name));
  const rest = pods.filter(({ name }) => !gone.has(name));
  const census = takeCensus(rest, resource?.template);
  const nothing = { create: 0, remove: ended, retire: [], surplus: false, recovered: false };
  if (!resource) return { ...nothing, lookAgainAt: deadline(gathered, rest) };
  const status = decideStatus({ ...gathered, resource }, census);
  const { pool, template } = resource;
  if (!pool || template === undefined) {
    return { ...nothing, status, lookAgainAt: deadline(gathered, rest) };
  }
  const plan = planPods({ gathered, pool, census });
  // How long to wait before the next start is known when the failed one is gone.
  const failed = ended.some((removal) => removal.failed !== undefined);
  const lookAgainAt = Math.min(plan.lookAgainAt, deadline(gathered, rest));
  return {
    ...plan,
    create: failed ? 0 : plan.create,
    remove: [...ended, ...plan.remove],
    status,
    lookAgainAt: failed ? gathered.now + SOON_MS : lookAgainAt,
  };
}

/** Pods that are over, whatever the pool wants. */
function endedPods({ now, pods }: Gathered): Removal[] {
  return pods.flatMap((pod) => {
    const end = endOf(pod, now);
    if (!end) return [];
    // What an owner's script did to a pod says nothing of the next one.
    const { trouble, ...removal } = end;
    return [{ ...removal, pod, failed: pod.owner ? undefined : trouble }];
  });
}

function endOf(pod: RunnerPod, now: number): Ending | undefined {
  const { stage, discarded, owner, trouble } = pod;
  if (stage === 'leaving') return undefined;
  if (stage === 'ended') return { why: 'it has ended', trouble: trouble ?? ENDED };
  if (discarded !== undefined) {
    const failure = { reason: 'RunnerRefused', message: oneLine(discarded, MAX_MESSAGE) };
    return { why: discarded, trouble: stage === 'ready' ? undefined : failure };
  }
  if (owner || stage !== 'starting' || now < joinBy(pod)) return undefined;
  return { why: 'it did not join', onlyUnchanged: true, trouble: trouble ?? DID_NOT_JOIN };
}

type Ending = Pick<Removal, 'why' | 'onlyUnchanged'> & { trouble: Trouble | undefined };

const MAX_MESSAGE = 500;
const ENDED: Trouble = { reason: 'RunnerEnded', message: 'the runner has ended' };
const DID_NOT_JOIN: Trouble = {
  reason: 'DidNotJoin',
  message: 'a runner pod has not dialled the gateway within 5 minutes',
};

/** When a pod that has not joined by then never will. */
function joinBy({ createdAt, trouble }: RunnerPod): number {
  return createdAt + (trouble?.reason === 'CreateContainerConfigError' ? SECRET_MS : JOIN_MS);
}

interface Plan {
  gathered: Gathered;
  pool: ResolvedPool;
  census: Census;
}

function planPods(plan: Plan): Omit<Decision, 'status'> {
  const { gathered, pool, census } = plan;
  const { now, waiting, unknown, createAt } = gathered;
  const wanted = wantedFree(pool, { waiting, bound: census.bound.length });
  const missing = Math.max(0, wanted - census.fresh.length - unknown);
  const room = Math.max(0, pool.warm.maximum - census.live.length - unknown);
  const held = now < createAt;
  const create = held ? 0 : Math.min(missing, room);
  const surplus = census.fresh.length > wanted;
  const { retire, again } = toRetire(plan);
  const since = gathered.surplusSince ?? now;
  return {
    create,
    remove: [
      ...staleOnes(plan, { wanted, stuck: !held && missing > 0 && room === 0 }),
      ...surplusOnes(plan, wanted),
    ],
    retire,
    surplus,
    recovered: missing === 0 && hasRecovered(plan),
    lookAgainAt: Math.min(
      again,
      held && missing > 0 ? createAt : Number.POSITIVE_INFINITY,
      surplus ? Math.max(now + SOON_MS, since + SURPLUS_MS) : Number.POSITIVE_INFINITY,
    ),
  };
}

/** Every pod of the template as it is now has come up, and there is one. */
function hasRecovered({ gathered: { resource }, census }: Plan): boolean {
  const current = census.live.filter(({ template }) => template === resource?.template);
  return current.length > 0 && current.every(isReady);
}

/** Pods of an older template stay until as many of the new one are ready. */
function staleOnes(
  { census }: Plan,
  { wanted, stuck }: { wanted: number; stuck: boolean },
): Removal[] {
  const { stale, fresh } = census;
  const ready = fresh.filter(isReady).length;
  const usable = stale.filter(isReady).sort(byWorth);
  const keep = Math.max(0, wanted - ready);
  // At the maximum one goes for each that comes.
  const forRoom = stuck && usable.length === stale.length && ready === fresh.length ? 1 : 0;
  const spared = Math.min(keep, usable.length - Math.min(forRoom, usable.length));
  const going = [
    ...stale.filter((pod) => !isReady(pod)),
    ...usable.slice(0, usable.length - spared),
  ];
  return going.map((pod) => ({ pod, why: 'it was replaced', onlyUnchanged: true }));
}

function surplusOnes({ gathered, pool, census }: Plan, wanted: number): Removal[] {
  const { now, surplusSince } = gathered;
  const { fresh, live } = census;
  const settled = surplusSince !== undefined && now - surplusSince >= SURPLUS_MS;
  if (!settled && live.length <= pool.warm.maximum) return [];
  const going = [...fresh].sort(byWorth).slice(0, Math.max(0, fresh.length - wanted));
  return going.map((pod) => ({ pod, why: 'nobody needs it', onlyUnchanged: true }));
}

/** Owners move to a new pod one after the other, as long as there is one to move to. */
function toRetire({ gathered, pool, census }: Plan): { retire: RunnerPod[]; again: number } {
  const { live, fresh, outdated } = census;
  const told = outdated.filter(({ retiringSince }) => retiringSince !== undefined);
  const recently = told.filter(({ retiringSince = 0 }) => gathered.now - retiringSince < RETIRE_MS);
  const next = outdated
    .filter(({ retiringSince }) => retiringSince === undefined)
    .sort((a, b) => a.createdAt - b.createdAt)
    .slice(0, 1);
  const full = live.length >= pool.warm.maximum;
  const places = fresh.filter(isReady).length;
  const allowed = pool.warm.spare === 0 || full ? Math.max(1, places) : places;
  const mayMove = recently.length < allowed;
  const moving = mayMove ? next : [];
  const waits = next.length > 0 && recently.length > 0;
  const since = Math.min(...recently.map(({ retiringSince = 0 }) => retiringSince));
  return {
    // Said again each time: a gateway that has come since has not heard it.
    retire: [...told, ...moving],
    again: waits ? since + RETIRE_MS : Number.POSITIVE_INFINITY,
  };
}

/** When the next pod that has not joined is given up, or what it lacks is told. */
function deadline({ now }: Gathered, pods: readonly RunnerPod[]): number {
  const times = pods
    .filter(({ stage, owner }) => stage === 'starting' && owner === undefined)
    .map(joinBy);
  const open = pods.flatMap(({ openSince }) =>
    openSince === undefined ? [] : [openSince + OPEN_MS],
  );
  const patience = pods
    .filter(({ trouble }) => trouble)
    .map(({ createdAt }) => createdAt + TROUBLE_MS);
  const coming = [...times, ...open, ...patience].filter((time) => time > now);
  return Math.min(Number.POSITIVE_INFINITY, ...coming);
}
