import { CofferdamError } from '@cofferdam/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TSchema } from '@cofferdam/protocol/typebox';
import type { ResourceAction } from '../../access/caller.ts';
import type { ScriptView } from '../../core/scripts.ts';
import type { HttpDeps } from '../deps.ts';
import { forbidden, may } from '../gate.ts';
import type { RunReplies } from '../run-reply.ts';
import { refusals, runAnswers } from '../schemas/answers.ts';
import { RunListAnswerSchema, type RunListAnswer } from '../schemas/records.ts';
import {
  RunListSchema,
  ScriptParamsSchema,
  ScriptRunSchema,
  type RunListQuery,
  type ScriptParams,
  type ScriptRunBody,
} from '../schemas/requests.ts';
import {
  ScriptAnswerSchema,
  ScriptListAnswerSchema,
  type ScriptListAnswer,
} from '../schemas/scripts.ts';

const SCRIPT = '/v1/namespaces/:namespace/scripts/:name';
const about = (summary: string, answer: TSchema) => ({
  summary,
  tags: ['scripts'],
  response: { 200: answer, ...refusals },
});

export function scriptRoutes(app: FastifyInstance, deps: HttpDeps, replies: RunReplies): void {
  const all = about('All scripts with their status', ScriptListAnswerSchema);
  app.get('/v1/scripts', { schema: all }, (request) => visibleScripts(deps, request));
  app.get<{ Params: ScriptParams }>(
    SCRIPT,
    {
      schema: {
        ...about('One script with its status', ScriptAnswerSchema),
        params: ScriptParamsSchema,
      },
    },
    (request) => visibleScript(deps, request, READ_SCRIPT),
  );
  runNowRoute(app, deps, replies);
  historyRoute(app, deps);
}

function runNowRoute(app: FastifyInstance, deps: HttpDeps, replies: RunReplies): void {
  const schema = {
    summary: 'Run a script now',
    tags: ['scripts'],
    params: ScriptParamsSchema,
    body: ScriptRunSchema,
    response: runAnswers,
  };
  app.post<{ Params: ScriptParams; Body: ScriptRunBody }>(
    `${SCRIPT}/runs`,
    { schema, config: { starts: true } },
    async (request, reply) => {
      const { namespace, name } = await runnableScript(deps, request);
      const input = request.body?.input;
      return replies.answer(request, reply, (hooks) =>
        directory(deps).runNow(namespace, name, {
          ...hooks,
          trigger: 'manual',
          ...(input === undefined ? {} : { input }),
        }),
      );
    },
  );
}

function historyRoute(app: FastifyInstance, deps: HttpDeps): void {
  const schema = {
    ...about('A script’s runs on record, newest first', RunListAnswerSchema),
    params: ScriptParamsSchema,
    querystring: RunListSchema,
  };
  app.get<{ Params: ScriptParams; Querystring: RunListQuery }>(
    `${SCRIPT}/runs`,
    { schema },
    async (request): Promise<RunListAnswer> => {
      const { namespace, name } = await visibleScript(deps, request, READ_RUNS);
      const { limit = 50, before } = request.query;
      const page = { namespace, name, limit, ...(before === undefined ? {} : { before }) };
      const runs = deps.core.records.list(page);
      const next = runs.length < limit ? undefined : runs.at(-1)?.seq;
      return { runs, ...(next === undefined ? {} : { next }) };
    },
  );
}

function directory({ scripts }: HttpDeps) {
  const found = scripts();
  if (!found) throw new CofferdamError('UNAVAILABLE', 'No operator keeps scripts here (yet).');
  return found;
}

export type ScriptRequest = FastifyRequest<{ Params: ScriptParams }>;
type Right = Pick<ResourceAction, 'verb' | 'resource'>;

const READ_SCRIPT: Right = { verb: 'get', resource: 'sandboxscripts' };
/** What a script's runs wrote and answered. */
export const READ_RUNS: Right = { verb: 'get', resource: 'sandboxruns' };
const LIST: Right = { verb: 'list', resource: 'sandboxscripts' };
const RUN: Right = { verb: 'create', resource: 'sandboxruns' };

/** What a caller may not see is answered like what is not there. */
export async function visibleScript(
  deps: HttpDeps,
  request: ScriptRequest,
  right: Right,
): Promise<ScriptView> {
  const { namespace } = request.params;
  if (await may(request, { ...right, namespace })) return script(deps, request);
  throw notFound(request.params);
}

/** Only who may see the script is told that running it is what is not allowed. */
export async function runnableScript(deps: HttpDeps, request: ScriptRequest): Promise<ScriptView> {
  const { namespace } = request.params;
  if (await may(request, { ...RUN, namespace })) return script(deps, request);
  await visibleScript(deps, request, READ_SCRIPT);
  throw forbidden(request, { ...RUN, namespace });
}

function script(deps: HttpDeps, { params }: ScriptRequest): ScriptView {
  const found = directory(deps).get(params.namespace, params.name);
  if (!found) throw notFound(params);
  return found;
}

function notFound({ namespace, name }: ScriptParams): CofferdamError {
  return new CofferdamError('SCRIPT_NOT_FOUND', `no script ${namespace}/${name}`);
}

async function visibleScripts(deps: HttpDeps, request: FastifyRequest): Promise<ScriptListAnswer> {
  const scripts = directory(deps).list();
  const visible = await visibleNamespaces(request, scripts);
  return { scripts: scripts.filter(({ namespace }) => visible.has(namespace)) };
}

/**
 * The namespaces of these scripts that the caller may list. One question is enough for who may list
 * them all; for others they are asked one after the other, so that no caller floods whoever decides.
 */
async function visibleNamespaces(
  request: FastifyRequest,
  scripts: readonly ScriptView[],
): Promise<Set<string>> {
  const namespaces = new Set(scripts.map(({ namespace }) => namespace));
  if (await may(request, { ...LIST, namespace: undefined })) return namespaces;
  for (const namespace of namespaces) {
    if (!(await may(request, { ...LIST, namespace }))) namespaces.delete(namespace);
  }
  return namespaces;
}
