import type { PoolStatus, Problem, ResolvedPool } from '@cofferdam/protocol';
import type { Trouble } from './pod-trouble.ts';
import type { RunnerPod } from './runner-pod.ts';

/** Whether the RuntimeClass is there: unknown as long as nobody has been able to look. */
export type RuntimeClassState = 'present' | 'missing' | 'unknown';

export interface GatheredResource {
  generation: number;
  /** Absent: it is not valid, as the problems say. */
  pool?: ResolvedPool | undefined;
  problems: readonly Problem[];
  runtimeClassName: string;
  runtimeClass: RuntimeClassState;
  /** Absent: nothing can be made from it now. */
  template?: string | undefined;
  previous?: PoolStatus | undefined;
}

/** All that is known of one pool at one moment. */
export interface Gathered {
  /** Milliseconds since the epoch. */
  now: number;
  name: string;
  /** Absent: there is no such pool, or it is on its way out. */
  resource?: GatheredResource | undefined;
  pods: readonly RunnerPod[];
  /** Creations that nobody knows the outcome of. */
  unknown: number;
  /** Owners that wait for a runner. */
  waiting: number;
  /** No pod is made before, in milliseconds since the epoch. */
  createAt: number;
  /** Why no pod could be made, or why the last one ended; absent once one is ready. */
  failure?: Trouble | undefined;
  /** Since when there are more free pods than wanted, in milliseconds since the epoch. */
  surplusSince?: number | undefined;
}
