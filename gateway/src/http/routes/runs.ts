import { CofferdamError } from '@cofferdam/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RunRecord } from '../../core/records/records.ts';
import type { HttpDeps } from '../deps.ts';
import { may } from '../gate.ts';
import { JUNIT_TYPE, junitOf, wantsJunit } from '../junit-report.ts';
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
    const record = await visibleRecord(core, request);
    if (wantsJunit(request.headers.accept)) return reply.type(JUNIT_TYPE).send(junitOf(record));
    return reply.type('application/json; charset=utf-8').send(recordText(record));
  });
  const junit = {
    summary: 'The results of a check as JUnit’s XML',
    tags: ['runs'],
    params: RunParamsSchema,
    response: refusals,
  };
  app.get<{ Params: RunParams }>('/v1/runs/:id/junit', { schema: junit }, async (request, reply) =>
    reply.type(JUNIT_TYPE).send(junitOf(await visibleRecord(core, request))),
  );
}

/** The record, where its caller may read it; throws `RUN_NOT_FOUND`. */
export async function visibleRecord(
  core: HttpDeps['core'],
  request: FastifyRequest<{ Params: RunParams }>,
): Promise<RunRecord> {
  const record = core.records.get(request.params.id);
  if (record && (await may(request, readingOf(record)))) return record;
  throw new CofferdamError('RUN_NOT_FOUND');
}

const readingOf = ({ tenant }: RunRecord) =>
  ({ verb: 'get', resource: 'sandboxruns', namespace: tenant }) as const;

/** The kept result is JSON text already. */
function recordText({ value, ...record }: RunRecord): string {
  const answer: RunRecordAnswer & { preview: undefined } = { ...record, preview: undefined };
  const text = JSON.stringify(answer);
  return value === undefined ? text : `${text.slice(0, -1)},"result":${value}}`;
}
