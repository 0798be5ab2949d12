import { Type, type Static } from '../schema/typebox.ts';
import {
  HEADER_NAME_PATTERN,
  MAX_ADDED_HEADERS,
  MAX_HEADER_NAME,
  MAX_NET_RULES,
} from '../run/credentials.ts';
import { NetRuleSchema, PermissionsSchema } from '../run/permissions.ts';
import { closed, clusterRules, dataKey, listMap, objectName } from './fields.ts';

const keyRef = (kind: 'Secret' | 'ConfigMap') =>
  Type.Object(
    { name: objectName(`A ${kind} in the same namespace.`), key: dataKey },
    { ...closed, description: `A key of a ${kind}.` },
  );

const AddedHeaderSchema = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: MAX_HEADER_NAME,
      pattern: HEADER_NAME_PATTERN,
      description: 'The name of the header; what a script sets by this name is replaced.',
    }),
    prefix: Type.Optional(
      Type.String({
        maxLength: 64,
        pattern: '^[\\x21-\\x7e][\\x20-\\x7e]*$',
        description: 'What stands before the value, such as `Bearer ` with its space.',
      }),
    ),
    secretKeyRef: keyRef('Secret'),
  },
  closed,
);
export type AddedHeader = Static<typeof AddedHeaderSchema>;

const CaFromSchema = Type.Object(
  {
    configMapKeyRef: Type.Optional(keyRef('ConfigMap')),
    secretKeyRef: Type.Optional(keyRef('Secret')),
  },
  {
    ...closed,
    ...clusterRules({
      rule: 'has(self.secretKeyRef) != has(self.configMapKeyRef)',
      message: 'caFrom needs exactly one of `secretKeyRef` and `configMapKeyRef`',
    }),
    description:
      'Certificates in PEM that are trusted there instead of the well-known authorities. Default: those.',
  },
);
export type CaFrom = Static<typeof CaFromSchema>;

/**
 * A rule as a resource writes it: with names of Secrets, which no request over HTTP and no embedder
 * can say. Egress alone ever has what they lead to, besides operator and gateway.
 */
const ScriptNetRuleSchema = Type.Object(
  {
    ...NetRuleSchema.properties,
    addHeadersFrom: Type.Optional(
      Type.Array(AddedHeaderSchema, {
        minItems: 1,
        maxItems: MAX_ADDED_HEADERS,
        ...listMap('name'),
        description:
          'Headers that are added to its requests on the way out; the script never has their values.',
      }),
    ),
    caFrom: Type.Optional(CaFromSchema),
  },
  closed,
);
export type ScriptNetRule = Static<typeof ScriptNetRuleSchema>;

export const ScriptPermissionsSchema = Type.Object(
  {
    ...PermissionsSchema.properties,
    net: Type.Optional(
      Type.Array(ScriptNetRuleSchema, {
        maxItems: MAX_NET_RULES,
        description: 'Hosts that it may reach. Default: none.',
      }),
    ),
  },
  closed,
);
export type ScriptPermissions = Static<typeof ScriptPermissionsSchema>;
