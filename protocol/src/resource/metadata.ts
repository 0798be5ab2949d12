import { Type } from '../schema/typebox.ts';

export const API_VERSION = 'cofferdam.dev/v1alpha1';

/** A DNS label: what Kubernetes allows as a namespace and what a script may be called. */
export const NAME_PATTERN = '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$';

/** Client-side `kubectl apply` keeps the whole resource in one; all together may be 256 KiB. */
const Annotations = Type.Record(
  Type.String({ maxLength: 317 }),
  Type.String({ maxLength: 262_144 }),
  {
    maxProperties: 256,
  },
);

export const MetadataSchema = Type.Object({
  name: Type.String({ pattern: NAME_PATTERN, maxLength: 63 }),
  namespace: Type.Optional(Type.String({ pattern: NAME_PATTERN, maxLength: 63 })),
  labels: Type.Optional(Annotations),
  annotations: Type.Optional(Annotations),
});

/** The namespace of a resource that names none. */
export const DEFAULT_NAMESPACE = 'default';
