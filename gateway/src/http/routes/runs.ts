import { CofferdamError } from '@cofferdam/protocol';
import type { FastifyInstance } from 'fastify';
import type { RunRecord } from '../../core/records/records.ts';
import type { HttpDeps } from '../deps.ts';
import { may } from '../gate.ts';
import { refusals } from '../schemas/answers.ts';
import { RunRecordAnswerSchema, type RunRecordAnswer } from '../schemas/records.ts';
import { RunParamsSchema, type RunParams } from '../schemas/requests.ts';

export function runRoutes(app: FastifyInstance, { core }: HttpDeps): void {
  const schema = {
    summary: 'The record of a run, with its trace and its console',
    tags: ['runs'],
    params: RunParamsSchema,
    response: { 200: RunRecordAnswerSchema, ...refusals },
  };
  app.get<{ Params: RunParams }>('/v1/runs/:id', { schema }, async (request, reply) => {
    const record = core.records.get(request.params.id);
    const isVisible = record !== undefined && (await may(request, readingOf(record)));
    if (!isVisible) throw new CofferdamError('RUN_NOT_FOUND');
    return reply.type('application/json; charset=utf-8').send(recordText(record));
  });
}

const readingOf = ({ tenant }: RunRecord) =>
  ({ verb: 'get', resource: 'sandboxruns', namespace: tenant }) as const;

/** The kept result is JSON text already. */
function recordText({ value, ...record }: RunRecord): string {
  const answer: RunRecordAnswer & { preview: undefined } = { ...record, preview: undefined };
  const text = JSON.stringify(answer);
  return value === undefined ? text : `${text.slice(0, -1)},"result":${value}}`;
}
