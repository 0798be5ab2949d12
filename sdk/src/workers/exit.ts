import { CofferdamError, type ExitReason, type RuntimeEnd } from '@cofferdam/protocol';
import type { WorkerExitReason } from './types.ts';

const REASONS: Partial<Record<ExitReason, WorkerExitReason>> = {
  CpuTime: 'cpu_limit',
  Memory: 'memory_limit',
  WallTime: 'time_limit',
  Neighbour: 'neighbour',
  Cancelled: 'destroyed',
};

export interface WorkerExit {
  reason: WorkerExitReason;
  message: string;
}

/** Why a worker ended that its host did not destroy. */
export function exitOf(end: RuntimeEnd | CofferdamError): WorkerExit {
  const { message } = end;
  if (end instanceof CofferdamError) {
    return { reason: end.code === 'CANCELLED' ? 'destroyed' : 'disconnected', message };
  }
  return { reason: REASONS[end.exitReason] ?? 'crash', message };
}
