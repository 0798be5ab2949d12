import {
  TypecheckRequestSchema,
  TypecheckResultSchema,
  type TypecheckRequest,
} from '@cofferdam/typecheck';
import type { FastifyInstance } from 'fastify';
import type { HttpDeps } from '../deps.ts';
import { refuseLargeCode } from '../intents.ts';
import { runsInNamespace, tenantOf } from '../namespace.ts';
import { signalOf } from '../run-reply.ts';
import { refusals } from '../schemas/answers.ts';
import { titled } from '../schemas/titled.ts';

/** Errors in the source are an answer like any other, with status 200: the check did what it is for. */
export function typecheckRoutes(app: FastifyInstance, { core }: HttpDeps): void {
  const { headers, onRequest } = runsInNamespace;
  const schema = {
    summary: 'Check a source’s types against what a profile or preset offers, without running it',
    tags: ['runs'],
    headers,
    body: titled('TypecheckBody', TypecheckRequestSchema),
    response: { 200: titled('TypecheckResult', TypecheckResultSchema), ...refusals },
  };
  app.post<{ Body: TypecheckRequest }>(
    '/typecheck',
    { schema, onRequest },
    async (request, reply) => {
      refuseLargeCode(request.body.code);
      const signal = signalOf(reply);
      return core.typechecks.check({ tenant: tenantOf(request), request: request.body, signal });
    },
  );
}
