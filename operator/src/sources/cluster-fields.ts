import type { Problem, SandboxScript } from '@cofferdam/protocol';

/** Fields that lead to something that only a cluster has: a folder's documents cannot use them. */
export function checkClusterFields({ spec }: SandboxScript): Problem[] {
  const problems: Problem[] = [];
  const needsCluster = (path: string, instead: string) => {
    problems.push({ path, message: `needs a Kubernetes cluster; without one ${instead}` });
  };
  if (spec.source.configMapKeyRef) {
    needsCluster('spec.source.configMapKeyRef', 'the source stands in `source.inline`');
  }
  for (const [index, { valueFrom }] of (spec.env ?? []).entries()) {
    if (valueFrom) needsCluster(`spec.env.${index}.valueFrom`, 'use `value`');
  }
  if (spec.poolRef !== undefined) needsCluster('spec.poolRef', 'there are no pools to choose from');
  return problems;
}
