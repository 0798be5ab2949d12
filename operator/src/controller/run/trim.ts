import type { RunStatus } from '@cofferdam/protocol';
import type { CustomResource } from '../../kubernetes/index.ts';
import { isFinished } from './status.ts';

/** Of a run that is over nothing is kept in memory but when it goes: thousands may be there. */
export function trimRun(object: CustomResource): CustomResource {
  const status = object.status as RunStatus | undefined;
  if (!isFinished(status)) return object;
  const { conditions, completedAt, observedGeneration } = status!;
  const { ttlSecondsAfterFinished } = Object(object.spec) as { ttlSecondsAfterFinished?: number };
  const { labels: _labels, annotations: _annotations, ...metadata } = object.metadata;
  return {
    metadata,
    spec: ttlSecondsAfterFinished === undefined ? {} : { ttlSecondsAfterFinished },
    status: {
      observedGeneration,
      conditions: conditions.map(({ type, status: is }) => ({ type, status: is })),
      ...(completedAt === undefined ? {} : { completedAt }),
    },
  };
}
