import type { ContainerState, Pod, PodStatus } from '../../kubernetes/index.ts';
import { JOINED_CONDITION } from './names.ts';

/** Why a pod is not what it should be. */
export interface Trouble {
  /** CamelCase, as the kubelet, the scheduler or we say it. */
  reason: string;
  message: string;
}

/** The kubelet's reasons that mean nothing but patience. */
const PATIENCE = new Set(['ContainerCreating', 'PodInitializing']);

/** What the kubelet or the scheduler has to say of a pod that does not run. */
export function startTrouble({ status = {} }: Pod): Trouble | undefined {
  const { terminated, waiting } = stateOf(status);
  if (terminated) return ending(terminated);
  return refusal(waiting) ?? end(status) ?? unscheduled(status);
}

/** How long the pod's process lived, in milliseconds; `Infinity` when it has done its work. */
export function livedMs({ status = {} }: Pod): number {
  const { startedAt = '', finishedAt = '' } = stateOf(status).terminated ?? {};
  const lived = Date.parse(finishedAt) - Date.parse(startedAt);
  if (lived >= 0) return lived;
  // Evicted, for example, which takes what the kubelet knew of the process.
  const joined = status.conditions?.some(({ type }) => type === JOINED_CONDITION);
  return joined ? Number.POSITIVE_INFINITY : 0;
}

function ending({ exitCode, reason = 'Error', message = '' }: Ending): Trouble {
  return {
    reason: 'RunnerEnded',
    message: `exit code ${exitCode} (${reason}) ${message}`.trimEnd(),
  };
}

function refusal({ reason, message = '' }: Waiting = {}): Trouble | undefined {
  return reason === undefined || PATIENCE.has(reason) ? undefined : { reason, message };
}

function end({ phase, reason = 'RunnerEnded', message = '' }: PodStatus): Trouble | undefined {
  return phase === 'Failed' || phase === 'Succeeded' ? { reason, message } : undefined;
}

type Waiting = NonNullable<ContainerState['waiting']>;
type Ending = NonNullable<ContainerState['terminated']>;

function unscheduled({ conditions = [] }: PodStatus): Trouble | undefined {
  const scheduled = conditions.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'False') return undefined;
  return { reason: scheduled.reason ?? 'Unschedulable', message: scheduled.message ?? '' };
}

function stateOf({ containerStatuses = [] }: PodStatus): ContainerState {
  return containerStatuses[0]?.state ?? {};
}
