import type { RunStatus } from '@cofferdam/protocol';
import type { CustomResource } from '../../kubernetes/index.ts';
import type { Attempts } from './attempts.ts';
import type { Gathered } from './gathered.ts';
import { readRun, ttlOf } from './read-run.ts';
import { isFinished } from './status.ts';
import type { StatusWriter } from './status-writer.ts';

export interface GatherOptions {
  attempts: Pick<Attempts, 'get'>;
  writer: Pick<StatusWriter, 'known'>;
  now: () => number;
}

/** Reads everything that a decision about the run needs. */
export function gather(object: CustomResource, { attempts, writer, now }: GatherOptions): Gathered {
  const { uid = '', generation = 0 } = object.metadata;
  const previous: RunStatus | undefined = writer.known(object);
  const attempt = attempts.get(uid);
  return {
    now: now(),
    generation,
    createdAt: createdAtOf(object),
    ttlMs: ttlOf(object),
    ...(previous ? { previous } : {}),
    ...(isFinished(previous) ? {} : { read: readRun(object) }),
    ...(attempt ? { attempt } : {}),
  };
}

/** Milliseconds since the epoch. */
function createdAtOf({ metadata }: CustomResource): number {
  return Date.parse(metadata.creationTimestamp ?? '') || 0;
}
