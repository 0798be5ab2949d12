import type { FastifyInstance } from 'fastify';
import type { HttpDeps } from '../deps.ts';
import { denoIntent } from '../intents.ts';
import { runsInNamespace, tenantOf } from '../namespace.ts';
import type { RunReplies } from '../run-reply.ts';
import { runAnswers } from '../schemas/answers.ts';
import { DenoSchema, type DenoBody } from '../schemas/requests.ts';

export function denoRoutes(app: FastifyInstance, { core }: HttpDeps, replies: RunReplies): void {
  const { headers, onRequest } = runsInNamespace;
  const schema = {
    summary: 'Run TypeScript or JavaScript in a Deno process without permissions',
    tags: ['runs'],
    headers,
    body: DenoSchema,
    response: runAnswers,
  };
  app.post<{ Body: DenoBody }>(
    '/deno',
    { schema, onRequest, config: { starts: true } },
    (request, reply) => {
      const intent = denoIntent(tenantOf(request), request.body);
      return replies.answer(request, reply, (hooks) => core.runs.execute({ ...intent, ...hooks }));
    },
  );
}
