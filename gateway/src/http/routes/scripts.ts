import { CofferdamError } from '@cofferdam/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ScriptView } from '../../core/scripts.ts';
import type { HttpDeps } from '../deps.ts';
import { callerOf, maySee } from '../gate.ts';
import type { RunReplies } from '../run-reply.ts';
import { refusals, runAnswers } from '../schemas/answers.ts';
import {
  RunListSchema,
  ScriptParamsSchema,
  ScriptRunSchema,
  type RunListQuery,
  type ScriptParams,
  type ScriptRunBody,
} from '../schemas/requests.ts';

const SCRIPT = '/v1/namespaces/:namespace/scripts/:name';
const about = (summary: string) => ({ summary, tags: ['scripts'], response: refusals });

export function scriptRoutes(app: FastifyInstance, deps: HttpDeps, replies: RunReplies): void {
  app.get('/v1/scripts', { schema: about('All scripts with their status') }, (request) => {
    const caller = callerOf(request);
    return {
      scripts: directory(deps)
        .list()
        .filter((script) => maySee(caller, script.namespace)),
    };
  });
  app.get<{ Params: ScriptParams }>(
    SCRIPT,
    { schema: { ...about('One script with its status'), params: ScriptParamsSchema } },
    (request) => visibleScript(deps, request),
  );
  runNowRoute(app, deps, replies);
  historyRoute(app, deps);
}

function runNowRoute(app: FastifyInstance, deps: HttpDeps, replies: RunReplies): void {
  const schema = {
    ...about('Run a script now'),
    params: ScriptParamsSchema,
    body: ScriptRunSchema,
    response: runAnswers,
  };
  app.post<{ Params: ScriptParams; Body: ScriptRunBody }>(
    `${SCRIPT}/runs`,
    { schema },
    (request, reply) => {
      const { namespace, name } = visibleScript(deps, request);
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
    ...about('A script’s runs on record, newest first'),
    params: ScriptParamsSchema,
    querystring: RunListSchema,
  };
  app.get<{ Params: ScriptParams; Querystring: RunListQuery }>(
    `${SCRIPT}/runs`,
    { schema },
    (request) => {
      const { namespace, name } = visibleScript(deps, request);
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

/** What a caller may not see is answered like what is not there. */
function visibleScript(
  deps: HttpDeps,
  request: FastifyRequest<{ Params: ScriptParams }>,
): ScriptView {
  const { namespace, name } = request.params;
  const mayLook = maySee(callerOf(request), namespace);
  const script = mayLook ? directory(deps).get(namespace, name) : undefined;
  if (!script) throw new CofferdamError('SCRIPT_NOT_FOUND', `no script ${namespace}/${name}`);
  return script;
}
