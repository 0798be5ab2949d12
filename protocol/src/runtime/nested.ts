import { Type } from '../schema/typebox.ts';
import { FetchStartSchema } from '../run/fetch.ts';

const { method, url, headers } = FetchStartSchema.properties;

/** A request that a guest gives to a server of its own; the body is beside it. */
export const NestedRequestSchema = Type.Object(
  { method, url, headers },
  { additionalProperties: false },
);
