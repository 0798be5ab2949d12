import { parser } from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';
import {
  CAPABILITIES,
  PROFILES,
  typeProfile,
  type TypeProfile,
  type TypeProfileOptions,
} from './profile.ts';

export type { DeclarationFile } from './declarations.ts';
export { formatTypecheckErrors } from './format.ts';
export {
  CAPABILITIES,
  PROFILES,
  type Capability,
  type ProfileName,
  type TypeProfile,
  type TypeProfileOptions,
} from './profile.ts';
export { TypecheckRequestSchema, type TypecheckRequest } from './request.ts';
export { TypecheckResultSchema, type TypecheckError, type TypecheckResult } from './result.ts';
export { typecheck } from './sync.ts';
export { createTypechecker, type Typechecker, type TypecheckerOptions } from './typechecker.ts';

const readOptions = parser(
  Type.Object(
    {
      profile: Type.Optional(Type.Enum([...PROFILES])),
      capabilities: Type.Optional(Type.Array(Type.Enum([...CAPABILITIES]), { maxItems: 32 })),
    },
    { additionalProperties: false },
  ),
);

/** The declarations that fit a profile and capabilities. Throws `INVALID_INPUT` for unknown names. */
export function getTypeProfile(options: TypeProfileOptions = {}): TypeProfile {
  return typeProfile(readOptions(options));
}
