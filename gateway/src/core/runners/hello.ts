import { LAYERS, parser } from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';

const text = (maxLength: number) => Type.String({ maxLength });

/** What a runner or a browser pod says of itself before any guest code has run in it. */
export const readRunnerHello = parser(
  Type.Object(
    {
      role: Type.Enum(['runner', 'browser']),
      token: Type.String({ minLength: 16, maxLength: 256 }),
      layers: Type.Array(Type.Enum([...LAYERS]), { maxItems: LAYERS.length }),
      versions: Type.Record(text(32), text(64), { maxProperties: 16 }),
    },
    { additionalProperties: false },
  ),
  'PROTOCOL_VIOLATION',
);
