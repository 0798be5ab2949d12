import {
  API_VERSION,
  checker,
  DEFAULT_TTL_SECONDS,
  SandboxRunSchema,
  type SandboxRun,
} from '@cofferdam/protocol';
import type { CustomResource } from '../../kubernetes/index.ts';
import { checkRunMeaning } from '../../sources/meaning.ts';
import type { ReadRun } from './gathered.ts';

const check = checker(SandboxRunSchema);

/** Reads what the API server keeps, which an older CRD may have let in. */
export function readRun(object: CustomResource): ReadRun {
  // Items of a list come without the first two; the status is ours.
  const { status: _, ...written } = object;
  const checked = check({ ...written, apiVersion: API_VERSION, kind: 'SandboxRun' });
  if (!checked.ok) return { problems: checked.problems };
  const problems = checkRunMeaning(checked.value);
  return problems.length > 0 ? { problems } : { resource: checked.value };
}

/** In milliseconds; the default also where the spec is not to be read. */
export function ttlOf({ spec }: CustomResource): number {
  const { ttlSecondsAfterFinished: seconds } = Object(spec) as Partial<SandboxRun['spec']>;
  const isUsable = typeof seconds === 'number' && seconds >= 0;
  return (isUsable ? seconds : DEFAULT_TTL_SECONDS) * 1000;
}
