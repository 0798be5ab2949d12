import { Type } from '../schema/typebox.ts';
import { closed } from './fields.ts';

const label = Type.String({ maxLength: 317 });

const TolerationSchema = Type.Object(
  {
    key: Type.Optional({ ...label, description: 'The taint. Default: every one.' }),
    operator: Type.Optional(
      Type.Enum(['Exists', 'Equal'], {
        description: 'How `value` is compared. Default: Equal.',
      }),
    ),
    value: Type.Optional(Type.String({ maxLength: 63, description: "The taint's value." })),
    effect: Type.Optional(
      Type.Enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'], {
        description: "The taint's effect. Default: every one.",
      }),
    ),
    tolerationSeconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'How long NoExecute is tolerated. Default: always.',
      }),
    ),
  },
  closed,
);

/** On which nodes a pool's pods may be, as in a pod's spec. */
export const placementFields = {
  nodeSelector: Type.Optional(
    Type.Record(label, Type.String({ maxLength: 63 }), {
      maxProperties: 32,
      description: 'Labels that a node must have.',
    }),
  ),
  tolerations: Type.Optional(
    Type.Array(TolerationSchema, { maxItems: 32, description: 'Taints that its pods tolerate.' }),
  ),
};
