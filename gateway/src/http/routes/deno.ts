import type { FastifyInstance } from 'fastify';
import type { HttpDeps } from '../deps.ts';
import { callerOf } from '../gate.ts';
import { denoIntent } from '../intents.ts';
import type { RunReplies } from '../run-reply.ts';
import { runAnswers } from '../schemas/answers.ts';
import { DenoSchema, type DenoBody } from '../schemas/requests.ts';

export function denoRoutes(app: FastifyInstance, { core }: HttpDeps, replies: RunReplies): void {
  const schema = {
    summary: 'Run TypeScript or JavaScript in a Deno process without permissions',
    tags: ['runs'],
    body: DenoSchema,
    response: runAnswers,
  };
  app.post<{ Body: DenoBody }>('/deno', { schema }, (request, reply) => {
    const intent = denoIntent(callerOf(request).subject, request.body);
    return replies.answer(request, reply, (hooks) => core.runs.execute({ ...intent, ...hooks }));
  });
}
