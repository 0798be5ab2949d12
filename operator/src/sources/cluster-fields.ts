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
  for (const [path, instead] of configMaps(spec)) needsCluster(path, instead);
  if (spec.poolRef !== undefined) needsCluster('spec.poolRef', 'there are no pools to choose from');
  return problems;
}

/** Fields that name a ConfigMap, and what does without one. */
function configMaps({ env = [], permissions = {} }: SandboxScript['spec']): [string, string][] {
  const { net = [] } = permissions;
  return [
    ...env.flatMap(({ valueFrom }, index): [string, string][] =>
      valueFrom?.configMapKeyRef
        ? [[`spec.env.${index}.valueFrom.configMapKeyRef`, 'use `value` or a Secret']]
        : [],
    ),
    ...net.flatMap(({ caFrom }, index): [string, string][] =>
      caFrom?.configMapKeyRef
        ? [[`spec.permissions.net.${index}.caFrom.configMapKeyRef`, 'use a Secret']]
        : [],
    ),
  ];
}
