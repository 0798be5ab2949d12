import { parser } from '@cofferdam/protocol';
import { Type, type Static } from '@cofferdam/protocol/typebox';

const text = () => Type.String({ maxLength: 4096 });

/** Who has a token, in the API server's words; it is asked about them in the same ones. */
const IdentitySchema = Type.Object({
  username: Type.String({ minLength: 1, maxLength: 4096 }),
  uid: Type.Optional(text()),
  groups: Type.Optional(Type.Array(text(), { maxItems: 10_000 })),
  extra: Type.Optional(
    Type.Record(Type.String({ maxLength: 4096 }), Type.Array(text(), { maxItems: 1_000 })),
  ),
});
export type Identity = Readonly<Static<typeof IdentitySchema>>;

const parse = parser(IdentitySchema, 'PROTOCOL_VIOLATION');

/** Throws `PROTOCOL_VIOLATION` for a user that has no name: such a one must not be everybody. */
export function readIdentity(user: unknown): Identity {
  const { username, uid, groups, extra } = parse(user);
  return Object.freeze({
    username,
    ...(uid === undefined ? {} : { uid }),
    ...(groups === undefined ? {} : { groups }),
    ...(extra === undefined ? {} : { extra }),
  });
}
