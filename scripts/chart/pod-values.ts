import {
  closed,
  list,
  objectName,
  oneOf,
  port,
  quantity,
  text,
  texts,
  unchecked,
} from './json-schema.ts';
import { cidr, type Schema } from './json-schema.ts';

const quantities: Schema = { type: 'object', additionalProperties: quantity };

/** What may be said of the pods of each component. */
export const podValues = {
  resources: closed({ requests: quantities, limits: quantities }),
  podLabels: texts,
  podAnnotations: texts,
  priorityClassName: objectName,
  nodeSelector: texts,
  tolerations: list(
    closed({
      key: text,
      operator: oneOf('Exists', 'Equal'),
      value: text,
      effect: oneOf('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
      tolerationSeconds: { type: 'integer' },
    }),
  ),
  affinity: closed({ nodeAffinity: unchecked, podAffinity: unchecked, podAntiAffinity: unchecked }),
  topologySpreadConstraints: list(unchecked),
};

/** Environment variables that the chart does not set itself. */
export const extraEnv = list(closed({ name: text, value: text, valueFrom: unchecked }, ['name']));

const countOrShare = { type: ['integer', 'string'], pattern: '^[0-9]{1,3}%$', minimum: 0 };

export const strategy = closed({
  type: oneOf('RollingUpdate', 'Recreate'),
  rollingUpdate: closed({ maxSurge: countOrShare, maxUnavailable: countOrShare }),
});

/** Peers of a NetworkPolicy's rule. */
export const peers = list(
  closed({
    ipBlock: closed({ cidr, except: list(cidr) }, ['cidr']),
    namespaceSelector: unchecked,
    podSelector: unchecked,
  }),
);
export const ports = list(port);
