import type { FastifyInstance } from 'fastify';
import type { HttpDeps } from '../deps.ts';
import { executeIntent } from '../intents.ts';
import { runsInNamespace, tenantOf } from '../namespace.ts';
import type { RunReplies } from '../run-reply.ts';
import { runAnswers } from '../schemas/answers.ts';
import { ExecuteSchema, type ExecuteBody } from '../schemas/requests.ts';

export function executeRoutes(app: FastifyInstance, { core }: HttpDeps, replies: RunReplies): void {
  const { headers, onRequest } = runsInNamespace;
  const schema = {
    summary: 'Run JavaScript or TypeScript in a fresh isolate',
    tags: ['runs'],
    headers,
    body: ExecuteSchema,
    response: runAnswers,
  };
  app.post<{ Body: ExecuteBody }>(
    '/execute',
    { schema, onRequest, config: { starts: true } },
    (request, reply) => {
      const intent = executeIntent(tenantOf(request), request.body);
      return replies.answer(request, reply, (hooks) => core.runs.execute({ ...intent, ...hooks }));
    },
  );
}
