import type { RunnerOwner, RunnerReport } from '@cofferdam/protocol';
import type { Pod } from '../../kubernetes/index.ts';
import { JOINED_CONDITION, SCOPE_ANNOTATION, TEMPLATE_LABEL, TENANT_LABEL } from './names.ts';
import { livedMs, startTrouble, type Trouble } from './pod-trouble.ts';

/**
 * starting: nobody has looked at its runner yet; joined: somebody has, and it may not be used;
 * ready: it may; ended: its process is gone; leaving: it is being deleted.
 */
export type PodStage = 'starting' | 'joined' | 'ready' | 'ended' | 'leaving';

/** A runner pod, as far as decisions depend on it. Times are in milliseconds since the epoch. */
export interface RunnerPod {
  name: string;
  uid: string;
  resourceVersion: string;
  createdAt: number;
  /** How long its process lived, in milliseconds; 0 when it never started. */
  livedMs: number;
  /** Hash of what it was made from. */
  template: string;
  stage: PodStage;
  /** Absent: it is nobody's. */
  owner?: RunnerOwner | undefined;
  /** Why it does not start, or why it has ended. */
  trouble?: Trouble | undefined;
  /** What it reached and must not; absent: nobody has looked. */
  reached?: readonly string[] | undefined;
  /** Since when it does. */
  openSince?: number | undefined;
  /** Why a gateway has ended with it. */
  discarded?: string | undefined;
  /** When gateways were told to give it no more runs. */
  retiringSince?: number | undefined;
}

/** Whom a pod's label names; for ever, so it may be read from an old copy. */
export function ownerOf({ metadata }: Pod): RunnerOwner | undefined {
  const tenant = metadata.labels?.[TENANT_LABEL];
  if (tenant === undefined) return undefined;
  const scope = metadata.annotations?.[SCOPE_ANNOTATION];
  return scope === undefined ? { tenant } : { tenant, scope };
}

export function isSameOwner(a: RunnerOwner, b: RunnerOwner): boolean {
  return a.tenant === b.tenant && a.scope === b.scope;
}

/** Whether the runner in it may dial. */
export function isAlive({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp === undefined && !hasEnded(status?.phase);
}

/** What the API server says of a pod, and what a gateway has said since. */
export function readRunnerPod(pod: Pod, report?: RunnerReport): RunnerPod {
  const { name, uid = '', resourceVersion = '', labels, creationTimestamp = '' } = pod.metadata;
  const stage = stageOf(pod, report);
  return {
    ...{ name, uid, resourceVersion, stage },
    createdAt: Date.parse(creationTimestamp) || 0,
    livedMs: livedMs(pod),
    template: labels?.[TEMPLATE_LABEL] ?? '',
    owner: ownerOf(pod),
    trouble: stage === 'starting' || stage === 'ended' ? startTrouble(pod) : undefined,
    reached: report?.reached,
  };
}

function stageOf(pod: Pod, report: RunnerReport | undefined): PodStage {
  if (pod.metadata.deletionTimestamp !== undefined) return 'leaving';
  if (!isAlive(pod)) return 'ended';
  const joined = joinedOf(pod);
  if (report?.ready ?? joined === 'True') return 'ready';
  return (report ?? joined) === undefined ? 'starting' : 'joined';
}

function joinedOf({ status: { conditions = [] } = {} }: Pod): string | undefined {
  return conditions.find(({ type }) => type === JOINED_CONDITION)?.status;
}

function hasEnded(phase: string | undefined): boolean {
  return phase === 'Failed' || phase === 'Succeeded';
}
