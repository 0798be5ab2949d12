import type { TSchema } from '@cofferdam/protocol/typebox';

/** A schema with the name that its type has in the generated client. */
export function titled<S extends TSchema>(title: string, schema: S): S {
  return { ...schema, title };
}
