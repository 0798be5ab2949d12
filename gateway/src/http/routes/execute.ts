import type { FastifyInstance } from 'fastify';
import type { HttpDeps } from '../deps.ts';
import { callerOf } from '../gate.ts';
import { executeIntent } from '../intents.ts';
import type { RunReplies } from '../run-reply.ts';
import { runAnswers } from '../schemas/answers.ts';
import { ExecuteSchema, type ExecuteBody } from '../schemas/requests.ts';

export function executeRoutes(app: FastifyInstance, { core }: HttpDeps, replies: RunReplies): void {
  const schema = {
    summary: 'Run JavaScript or TypeScript in a fresh isolate',
    tags: ['runs'],
    body: ExecuteSchema,
    response: runAnswers,
  };
  app.post<{ Body: ExecuteBody }>('/execute', { schema }, (request, reply) => {
    const intent = executeIntent(callerOf(request).subject, request.body);
    return replies.answer(request, reply, (hooks) => core.runs.execute({ ...intent, ...hooks }));
  });
}
