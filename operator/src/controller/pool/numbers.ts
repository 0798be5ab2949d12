import type { ResolvedPool } from '@cofferdam/protocol';
import type { RunnerPod } from './runner-pod.ts';

/** The pods of a pool by what they are good for. */
export interface Census {
  /** Not ended and not leaving. */
  live: RunnerPod[];
  /** Somebody's, and given runs. */
  bound: RunnerPod[];
  /** Nobody's, of the template as it is now: ready, or on their way. */
  fresh: RunnerPod[];
  /** Nobody's, of an older template. */
  stale: RunnerPod[];
  /** Somebody's, of an older template. */
  outdated: RunnerPod[];
}

export function takeCensus(pods: readonly RunnerPod[], template: string | undefined): Census {
  const live = pods.filter(
    ({ stage, discarded }) => stage !== 'ended' && stage !== 'leaving' && discarded === undefined,
  );
  // Without a template nothing is older than it.
  const isOld = (pod: RunnerPod) => template !== undefined && pod.template !== template;
  const free = live.filter(({ owner }) => owner === undefined);
  return {
    live,
    bound: live.filter(({ owner, retiringSince }) => owner && retiringSince === undefined),
    fresh: free.filter((pod) => !isOld(pod)),
    stale: free.filter(isOld),
    outdated: live.filter((pod) => pod.owner && isOld(pod)),
  };
}

/** Free pods that there shall be. */
export function wantedFree(
  { warm }: ResolvedPool,
  { waiting, bound }: { waiting: number; bound: number },
): number {
  const wanted = Math.max(waiting + warm.spare, warm.minimum - bound);
  return Math.max(0, Math.min(wanted, warm.maximum - bound));
}

export const isReady = ({ stage }: RunnerPod): boolean => stage === 'ready';

/** What is missed least first: not ready, then the youngest. */
export function byWorth(a: RunnerPod, b: RunnerPod): number {
  if (isReady(a) !== isReady(b)) return isReady(a) ? 1 : -1;
  return b.createdAt - a.createdAt;
}
