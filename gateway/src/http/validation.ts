import { checker, CofferdamError, describeProblems } from '@cofferdam/protocol';
import type { FastifySchemaCompiler } from 'fastify';
import { Convert, type TSchema } from '@cofferdam/protocol/typebox';

/** Where in a request a schema applies, as the message names it. */
const PLACES: Record<string, string> = { params: 'path', querystring: 'query' };

/** Checks requests with the project's own checker, which names what is wrong. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({
  schema,
  httpPart = 'body',
}) => {
  const check = checker(schema);
  return (input: unknown) => {
    // Bytes are not described by a schema: their reader looks at them.
    if (Buffer.isBuffer(input)) return { value: input };
    // A query is text; a number in it is meant as one.
    const value = httpPart === 'querystring' ? Convert(schema, input) : input;
    const checked = check(value);
    if (checked.ok) return { value: checked.value };
    const place = PLACES[httpPart];
    const text = describeProblems(checked.problems);
    return {
      error: new CofferdamError('INVALID_INPUT', place === undefined ? text : `${place}: ${text}`, {
        details: { problems: checked.problems },
      }),
    };
  };
};
