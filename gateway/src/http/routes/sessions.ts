import { randomBytes } from 'node:crypto';
import {
  checker,
  codeOfExit,
  DEFAULT_MAX_REQUESTS,
  ERROR_CATALOGUE,
  junitXml,
  parseJson,
  pickTraffic,
  resolveLimits,
  TestResultsSchema,
} from '@cofferdam/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SessionOutcome } from '../../core/sessions/session-eval.ts';
import type { SessionIntent } from '../../core/sessions/sessions.ts';
import type { HttpDeps } from '../deps.ts';
import { guestFailure } from '../errors.ts';
import { refuseLargeCode } from '../intents.ts';
import { JUNIT_TYPE, wantsJunit } from '../junit-report.ts';
import { runsInNamespace, tenantOf } from '../namespace.ts';
import { signalOf } from '../run-reply.ts';
import { DEFAULT_TIMEOUT_MS } from '../schemas/requests.ts';
import {
  evalAnswers,
  sessionAnswers,
  sessionEndAnswers,
  SessionEvalSchema,
  sessionListAnswers,
  sessionMadeAnswers,
  SessionParamsSchema,
  SessionSchema,
  testAnswers,
  type SessionBody,
  type SessionEvalBody,
  type SessionParams,
} from '../schemas/sessions.ts';

const SESSIONS = '/v1/sessions';
const SESSION = `${SESSIONS}/:id`;
const DEFAULT_IDLE_MS = 1_800_000;
const KEY_BYTES = 16;
const JSON_TYPE = 'application/json; charset=utf-8';
const MAX_DEPTH = 256;
const { headers, onRequest } = runsInNamespace;
const about = (summary: string) => ({ summary, tags: ['sessions'], headers });

type One = { Params: SessionParams };

/** Sessions for callers that hold no connection: each eval has the session for as long as it takes. */
export function sessionRoutes(app: FastifyInstance, deps: HttpDeps): void {
  createRoute(app, deps);
  readRoutes(app, deps);
  evalRoute(app, deps);
  testsRoute(app, deps);
  const schema = {
    ...about('End a session'),
    params: SessionParamsSchema,
    response: sessionEndAnswers,
  };
  app.delete<One>(SESSION, { schema, onRequest }, async (request, reply) => {
    await deps.core.sessions.dispose(tenantOf(request), request.params.id);
    return reply.code(204).send();
  });
}

function createRoute(app: FastifyInstance, { core }: HttpDeps): void {
  const schema = {
    ...about('Make a session, or look one up by its key'),
    body: SessionSchema,
    response: sessionMadeAnswers,
  };
  app.post<{ Body: SessionBody }>(
    SESSIONS,
    { schema, onRequest, config: { starts: true } },
    async (request, reply) => {
      const intent = intentOf(request.body);
      const session = await core.sessions.create(tenantOf(request), intent, {
        ...{ signal: signalOf(reply), lineage: request.lineage },
        ...traceOf(request),
      });
      return reply.code(session.created ? 201 : 200).send(session);
    },
  );
}

function readRoutes(app: FastifyInstance, { core }: HttpDeps): void {
  const all = { ...about('The sessions of a namespace'), response: sessionListAnswers };
  app.get(SESSIONS, { schema: all, onRequest }, (request, reply) =>
    reply.send({ sessions: core.sessions.list(tenantOf(request)) }),
  );
  const one = {
    ...about('One session'),
    params: SessionParamsSchema,
    response: sessionAnswers,
  };
  app.get<One>(SESSION, { schema: one, onRequest }, (request, reply) =>
    reply.send(core.sessions.get(tenantOf(request), request.params.id)),
  );
}

type EvalRequest = FastifyRequest<One & { Body: SessionEvalBody }>;

function evalRoute(app: FastifyInstance, { core }: HttpDeps): void {
  const schema = {
    ...about('Evaluate code in a session; its default export is the result'),
    params: SessionParamsSchema,
    body: SessionEvalSchema,
    response: evalAnswers,
  };
  app.post<One & { Body: SessionEvalBody }>(
    `${SESSION}/eval`,
    { schema, onRequest, config: { starts: true } },
    async (request, reply) => {
      const began = performance.now();
      const outcome = await evaluated(core, request, { reply });
      return answer(reply, outcome, performance.now() - began);
    },
  );
}

function testsRoute(app: FastifyInstance, { core }: HttpDeps): void {
  const schema = {
    ...about('Run tests in a session; with `accept: application/xml` as JUnit’s XML'),
    params: SessionParamsSchema,
    body: SessionEvalSchema,
    response: testAnswers,
  };
  app.post<One & { Body: SessionEvalBody }>(
    `${SESSION}/tests`,
    { schema, onRequest, config: { starts: true } },
    async (request, reply) => {
      const began = performance.now();
      const outcome = await evaluated(core, request, { reply, tests: true });
      const results = resultsOf(outcome);
      if (!results) return answer(reply, outcome, performance.now() - began);
      if (!wantsJunit(request.headers.accept)) return reply.type(JSON_TYPE).send(outcome.value);
      const { filename = request.params.id } = request.body;
      return reply.type(JUNIT_TYPE).send(junitXml(results, { name: filename }));
    },
  );
}

async function evaluated(
  core: HttpDeps['core'],
  request: EvalRequest,
  { reply, tests }: { reply: FastifyReply; tests?: true },
): Promise<SessionOutcome> {
  const { code, language, filename, timeout } = request.body;
  refuseLargeCode(code);
  return core.sessions.eval(tenantOf(request), request.params.id, {
    ...{ code, signal: signalOf(reply) },
    ...(filename !== undefined && { filename }),
    ...(language && { language }),
    ...(timeout !== undefined && { timeMs: Math.ceil(timeout) }),
    ...(tests && { tests }),
    ...{ lineage: request.lineage, ...traceOf(request) },
  });
}

function traceOf({ headers: { traceparent } }: FastifyRequest) {
  return typeof traceparent === 'string' ? { traceparent } : {};
}

function intentOf(body: SessionBody): SessionIntent {
  const {
    key = randomBytes(KEY_BYTES).toString('hex'),
    idle = DEFAULT_IDLE_MS,
    env,
    language,
  } = body;
  const { requests = DEFAULT_MAX_REQUESTS, ...asked } = body.limits ?? {};
  const { wallTimeMs = DEFAULT_TIMEOUT_MS } = asked;
  return {
    ...{ key, idleMs: idle },
    limits: resolveLimits({ cpuTimeMs: wallTimeMs, ...asked, wallTimeMs }),
    net: body.permissions?.net ?? [],
    maxRequests: requests,
    ...pickTraffic(asked),
    ...(env && { env: env as Record<string, unknown> }),
    ...(language && { language }),
  };
}

const checkResults = checker(TestResultsSchema);

function resultsOf({ exitReason, value }: SessionOutcome) {
  if (value === undefined || (exitReason !== 'Completed' && exitReason !== 'TestFailure')) return;
  const checked = checkResults(parseJson(value, { maxDepth: MAX_DEPTH }));
  return checked.ok ? checked.value : undefined;
}

/** The value is JSON text already, and checked. */
function answer(reply: FastifyReply, outcome: SessionOutcome, durationMs: number): FastifyReply {
  const { exitReason, value, logs, logsCut, ended, cpuTimeMs, wallTimeMs } = outcome;
  const success = exitReason === 'Completed';
  const status = success ? 200 : ERROR_CATALOGUE[codeOfExit(exitReason)].status;
  const head = success
    ? `{"success":true,"result":${value ?? 'null'},`
    : `{"success":false,"error":${JSON.stringify(guestFailure(outcome))},`;
  const stats = { cpuTimeMs, wallTimeMs, durationMs };
  const rest = JSON.stringify({ logs, logsCut, stats, exitReason, ended });
  return reply
    .code(status)
    .type(JSON_TYPE)
    .send(head + rest.slice(1));
}
