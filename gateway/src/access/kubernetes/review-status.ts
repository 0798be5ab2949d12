import { parser } from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';

const readToken = parser(
  Type.Object({
    status: Type.Object({
      authenticated: Type.Optional(Type.Boolean()),
      audiences: Type.Optional(Type.Array(Type.String({ maxLength: 4096 }), { maxItems: 1_000 })),
      user: Type.Optional(Type.Unknown()),
    }),
  }),
  'PROTOCOL_VIOLATION',
);

const readAccess = parser(
  Type.Object({
    status: Type.Object({
      allowed: Type.Optional(Type.Boolean()),
      denied: Type.Optional(Type.Boolean()),
    }),
  }),
  'PROTOCOL_VIOLATION',
);

/** What a TokenReview's answer says. Throws `PROTOCOL_VIOLATION` for one that answers nothing. */
export const readTokenStatus = (review: unknown) => readToken(review).status;

/** What a SubjectAccessReview's answer says. Throws `PROTOCOL_VIOLATION` for one that answers nothing. */
export const readAccessStatus = (review: unknown) => readAccess(review).status;
