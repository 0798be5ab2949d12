import type { RunnerReport } from '@cofferdam/protocol';
import { pods, type KubernetesClient, type Pod } from '../../kubernetes/index.ts';
import { oneLine } from '../../status/summary.ts';
import { FIELD_MANAGER, JOINED_CONDITION } from './names.ts';

export interface KnownReport {
  report: RunnerReport;
  /** Since when it reaches what it must not, in milliseconds since the epoch. */
  openSince?: number;
}

const MAX_MESSAGE = 500;

/** What gateways found runners to be, the newest of each. */
export class Reports {
  readonly #known = new Map<string, KnownReport>();

  get(name: string): KnownReport | undefined {
    return this.#known.get(name);
  }

  add(report: RunnerReport, now: number): void {
    const open = (report.reached ?? []).length > 0;
    const openSince = this.#known.get(report.runnerId)?.openSince ?? now;
    this.#known.set(report.runnerId, { report, ...(open ? { openSince } : {}) });
  }

  forget(name: string): void {
    this.#known.delete(name);
  }
}

/** What the pod's readiness gate shall say, unless it says so. */
export function joinedCondition(pod: Pod, report: RunnerReport, now: number) {
  const known = pod.status?.conditions?.find(({ type }) => type === JOINED_CONDITION);
  const status = report.ready ? ('True' as const) : ('False' as const);
  const { reason, message } = finding(report);
  if (known?.status === status && known.reason === reason) return undefined;
  const lastTransitionTime =
    known?.status === status && known.lastTransitionTime !== undefined
      ? known.lastTransitionTime
      : // Kubernetes keeps whole seconds here.
        `${new Date(now).toISOString().slice(0, 19)}Z`;
  return { type: JOINED_CONDITION, status, reason, message, lastTransitionTime };
}

function finding({ works, ready, reached = [], message }: RunnerReport) {
  if (ready) return { reason: 'Joined', message: 'It has dialled in and executed something.' };
  if (!works) return { reason: 'DoesNotWork', message: oneLine(message ?? '', MAX_MESSAGE) };
  return {
    reason: 'EgressOpen',
    message: oneLine(`It reaches ${reached.join(', ')}`, MAX_MESSAGE),
  };
}

/** Writes this one condition and leaves the kubelet's alone. */
export async function writeJoined(
  client: KubernetesClient,
  pod: Pod,
  condition: NonNullable<ReturnType<typeof joinedCondition>>,
): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  const metadata = { name, ...(namespace ? { namespace } : {}), ...(uid ? { uid } : {}) };
  await client.applyServerSide(
    pods,
    { metadata, status: { conditions: [condition] } },
    { fieldManager: FIELD_MANAGER, force: true, subresource: 'status' },
  );
}
