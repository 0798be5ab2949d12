import { Type } from '../schema/typebox.ts';
import { listMap, timestamp } from './fields.ts';

/** What can be true of a resource: of a script, of a run (Complete, Failed), of a pool (EgressClosed). */
export type ConditionType = 'Ready' | 'Healthy' | 'Complete' | 'Failed' | 'EgressClosed';

/** A condition as Kubernetes knows it. */
export interface Condition {
  type: ConditionType;
  status: 'True' | 'False' | 'Unknown';
  /** CamelCase, of a closed set for each type. */
  reason: string;
  /** A sentence for a person. */
  message: string;
  /** RFC 3339. */
  lastTransitionTime: string;
  observedGeneration?: number;
}

/** The conditions of a status, one of each type. */
export const conditions = (description: string) =>
  Type.Unsafe<Condition[]>(
    Type.Array(
      Type.Object({
        type: Type.String({ maxLength: 64, description: 'What is true or not.' }),
        status: Type.Enum(['True', 'False', 'Unknown'], { description: 'Whether it is.' }),
        reason: Type.String({ maxLength: 64, description: 'Why, in one CamelCase word.' }),
        message: Type.String({ maxLength: 4096, description: 'Why, in a sentence.' }),
        lastTransitionTime: timestamp('When `status` last changed.'),
        observedGeneration: Type.Optional(
          Type.Integer({ minimum: 0, description: 'The generation that this is about.' }),
        ),
      }),
      { maxItems: 16, ...listMap('type'), description },
    ),
  );
