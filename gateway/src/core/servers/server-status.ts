import type { ServerLogLine } from './instance-log.ts';
import type { ServerGroup } from './server-group.ts';

/** One isolate that answers, as whoever asks is shown it. */
export interface InstanceStatus {
  /** Counts from 1 for each server of this gateway. */
  id: number;
  /** `leaving`: it ends what it has begun. */
  state: 'starting' | 'ready' | 'leaving';
  /** It runs the script as it is now. */
  current: boolean;
  /** Absent until it has one. */
  runnerId?: string;
  inFlight: number;
  sockets: number;
  /** Requests that it was given. */
  requests: number;
  /** Milliseconds since the epoch. */
  startedAt: number;
}

export interface ServerStatus {
  suspended: boolean;
  instances: InstanceStatus[];
  /** Requests that wait for an instance. */
  waiting: number;
  /** The last lines of the console, and what became of instances; oldest first. */
  logs: readonly ServerLogLine[];
}

export function statusOf(group: ServerGroup): ServerStatus {
  const { script, instances, waiting, log } = group;
  return {
    suspended: script.server.suspended,
    instances: instances.map((instance) => {
      const { id, runnerId, inFlight, sockets, requests, startedAt, leavingSince } = instance;
      const ready = instance.readyAt === undefined ? 'starting' : 'ready';
      return {
        id,
        state: leavingSince === undefined ? ready : 'leaving',
        current: group.isCurrent(instance),
        ...(runnerId === undefined ? {} : { runnerId }),
        ...{ inFlight, sockets, requests, startedAt },
      };
    }),
    waiting,
    logs: log.lines,
  };
}
