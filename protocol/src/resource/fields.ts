import { Type } from '../schema/typebox.ts';
import { BYTES_PATTERN, DURATION_PATTERN } from '../run/units.ts';

export const closed = { additionalProperties: false };

/** A DNS subdomain: what Kubernetes allows as the name of most objects. */
const SUBDOMAIN_PATTERN = '^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$';

export const duration = (description: string, options: { default?: string } = {}) =>
  Type.Optional(Type.String({ pattern: DURATION_PATTERN, maxLength: 32, description, ...options }));

export const bytes = (description: string, options: { default?: string } = {}) =>
  Type.Optional(Type.String({ pattern: BYTES_PATTERN, maxLength: 16, description, ...options }));

/** A moment as Kubernetes writes it: RFC 3339. */
export const timestamp = (description: string) =>
  Type.String({ format: 'date-time', maxLength: 64, description });

export const objectName = (description: string) =>
  Type.String({ minLength: 1, maxLength: 253, pattern: SUBDOMAIN_PATTERN, description });

/** A key of a Secret or a ConfigMap. */
export const dataKey = Type.String({
  minLength: 1,
  maxLength: 253,
  pattern: '^[-._a-zA-Z0-9]+$',
  description: 'A key of its data.',
});

/** A rule in CEL that a cluster's API server checks; a folder's documents are checked by the operator. */
interface ClusterRule {
  rule: string;
  /** Names the field, because some clients show nothing else. */
  message: string;
  fieldPath?: string;
}

/** What one field cannot say, for the CRD. */
export const clusterRules = (...rules: ClusterRule[]) => ({ 'x-kubernetes-validations': rules });

/** A list whose items are told apart by one of their fields, so that two owners may each write theirs. */
export const listMap = (key: string) => ({
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': [key],
});
