import { CofferdamError } from '@cofferdam/protocol';
import type { FastifyInstance } from 'fastify';
import type { HttpDeps } from '../deps.ts';
import { refusals } from '../schemas/answers.ts';
import { ArtifactListAnswerSchema, type ArtifactListAnswer } from '../schemas/records.ts';
import {
  ArtifactParamsSchema,
  RunParamsSchema,
  type ArtifactParams,
  type RunParams,
} from '../schemas/requests.ts';
import { visibleRecord } from './runs.ts';

export function artifactRoutes(app: FastifyInstance, { core }: HttpDeps): void {
  const list = {
    summary:
      'What is kept of a run’s browser: screenshots, what its pages said, and the trace of a failed check',
    tags: ['runs'],
    params: RunParamsSchema,
    response: { 200: ArtifactListAnswerSchema, ...refusals },
  };
  app.get<{ Params: RunParams }>(
    '/v1/runs/:id/artifacts',
    { schema: list },
    async (request, reply) => {
      const { runId } = await visibleRecord(core, request);
      const answer: ArtifactListAnswer = { artifacts: core.records.artifacts(runId) };
      return reply.send(answer);
    },
  );
  const one = {
    summary: 'One of them, as it is; always to be saved, never shown as a page',
    tags: ['runs'],
    params: ArtifactParamsSchema,
    response: refusals,
  };
  app.get<{ Params: ArtifactParams }>(
    '/v1/runs/:id/artifacts/:name',
    { schema: one },
    async (request, reply) => {
      const { runId } = await visibleRecord(core, request);
      const artifact = core.records.artifact(runId, request.params.name);
      if (!artifact) throw new CofferdamError('RUN_NOT_FOUND', 'the run has no such artifact');
      const { name, contentType, bytes } = artifact;
      return reply
        .headers({ ...AS_A_FILE, ...namedAs(name) })
        .type(contentType)
        .send(bytes);
    },
  );
}

/** What a guest's pages look like is a guest's word: no browser is to take it for a page of ours. */
const AS_A_FILE = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
};

const namedAs = (name: string) => ({ 'content-disposition': `attachment; filename="${name}"` });
