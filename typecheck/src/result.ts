import { parser } from '@cofferdam/protocol';
import { Type, type Static } from '@cofferdam/protocol/typebox';

/** Errors that are listed; a hostile source has one for each character. */
const MAX_ERRORS = 100;
const MAX_MESSAGE_CHARS = 2_000;

const closed = { additionalProperties: false };
const place = (description: string) => Type.Integer({ minimum: 1, description });

export const TypecheckErrorSchema = Type.Object(
  {
    message: Type.String({
      maxLength: MAX_MESSAGE_CHARS,
      description: 'What is wrong; the lines after the first say why.',
    }),
    line: place('The first is 1.'),
    column: place('In UTF-16 units; the first is 1.'),
    endLine: place('Where it ends.'),
    endColumn: place('The column after its last.'),
    code: Type.Integer({ minimum: 0, description: 'TypeScript’s number for it: 2322 is TS2322.' }),
    library: Type.Optional(
      Type.String({ description: 'The library types that it is in; without it, the code.' }),
    ),
  },
  closed,
);
/** One complaint of TypeScript's, and where. Lines and columns start at 1. */
export type TypecheckError = Static<typeof TypecheckErrorSchema>;

export const TypecheckResultSchema = Type.Object(
  {
    success: Type.Boolean({ description: 'There are no errors.' }),
    errors: Type.Array(TypecheckErrorSchema, {
      maxItems: MAX_ERRORS,
      description: 'In the order of their places.',
    }),
    errorsCut: Type.Boolean({ description: 'There are more errors than are listed.' }),
  },
  closed,
);
/** What TypeScript says of a source. */
export type TypecheckResult = Static<typeof TypecheckResultSchema>;

/** What a process says that has read hostile source is checked like any input. */
export const readResult = parser(TypecheckResultSchema, 'PROTOCOL_VIOLATION');
