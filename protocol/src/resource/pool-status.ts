import { Type, type Static } from '../schema/typebox.ts';
import { conditions } from './condition.ts';
import { observedGeneration } from './script-status.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });

/** What is known of a pool; the conditions are absent only before the first reconcile. */
export const PoolStatusSchema = Type.Object(
  {
    observedGeneration,
    replicas: count('Runner pods that there are.'),
    ready: count('Runner pods that have joined and executed something.'),
    bound: count('Runner pods that belong to a tenant.'),
    selector: Type.Optional(
      Type.String({ maxLength: 512, description: 'The label selector of its pods.' }),
    ),
    templateHash: Type.Optional(
      Type.String({ maxLength: 64, description: 'What its pods are made from, as a hash.' }),
    ),
    conditions: conditions(
      'Ready: it can give a run its runner. EgressClosed: a probe inside a pod found no way out.',
    ),
  },
  { description: 'What is known of the pool. Written by the operator.' },
);
export type PoolStatus = Static<typeof PoolStatusSchema>;
