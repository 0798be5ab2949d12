import type { FastifyInstance } from 'fastify';
import type { HttpDeps } from '../deps.ts';
import { refuseLargeCode } from '../intents.ts';
import { runsInNamespace, tenantOf } from '../namespace.ts';
import { signalOf } from '../run-reply.ts';
import { validationAnswers } from '../schemas/answers.ts';
import { ValidateSchema, type ValidateBody } from '../schemas/requests.ts';

export function validateRoutes(app: FastifyInstance, { core }: HttpDeps): void {
  const { headers, onRequest } = runsInNamespace;
  const schema = {
    summary: 'Check whether a source compiles, without running it',
    tags: ['runs'],
    headers,
    body: ValidateSchema,
    response: validationAnswers,
  };
  app.post<{ Body: ValidateBody }>('/validate', { schema, onRequest }, async (request, reply) => {
    const { code, language = 'auto' } = request.body;
    refuseLargeCode(code);
    const tenant = tenantOf(request);
    const signal = signalOf(reply);
    const { valid, form, error } = await core.validate({ tenant, code, language, signal });
    if (valid) return { valid, form };
    const { message, line, column } = error ?? { message: 'The source does not parse.' };
    // The status and the text are those that clients of isolate-service know.
    return reply.code(422).send({ valid, error: message.split('\n', 1)[0], line, column });
  });
}
