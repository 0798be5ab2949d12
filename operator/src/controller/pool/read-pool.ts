import {
  API_VERSION,
  checker,
  resolvePool,
  SandboxPoolSchema,
  withoutUnknown,
  type Problem,
  type ResolvedPool,
  type SandboxPool,
} from '@cofferdam/protocol';
import type { CustomResource } from '../../kubernetes/index.ts';
import { checkPoolMeaning } from '../../sources/pool-meaning.ts';

/** A pool's resource, checked. */
export type ReadPool =
  | { resource: SandboxPool; pool: ResolvedPool; problems: readonly [] }
  | { problems: readonly Problem[] };

const check = checker(SandboxPoolSchema);

/** Reads what the API server keeps; fields of a newer version of the resource are nothing to us. */
export function readPool({ metadata, spec, status }: CustomResource): ReadPool {
  const { name, labels, annotations } = metadata;
  const given = {
    apiVersion: API_VERSION,
    kind: 'SandboxPool',
    metadata: { name, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) },
    spec: structuredClone(spec),
    ...(status === undefined ? {} : { status }),
  };
  const checked = check(withoutUnknown(SandboxPoolSchema, given));
  if (!checked.ok) return { problems: checked.problems };
  const problems = checkPoolMeaning(checked.value);
  if (problems.length > 0) return { problems };
  return { resource: checked.value, pool: resolvePool(checked.value), problems: [] };
}
