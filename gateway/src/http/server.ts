import websocket from '@fastify/websocket';
import type { CofferdamError } from '@cofferdam/protocol';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { Addresses } from './addresses.ts';
import { acceptJsonOnly } from './body.ts';
import { answerBrokenRequest } from './broken-request.ts';
import { installCors } from './cors.ts';
import type { HttpDeps } from './deps.ts';
import { errorBody, errorHeaders, httpError } from './errors.ts';
import { installGate } from './gate.ts';
import { installNamespaces } from './namespace.ts';
import { lingerWhenClosed } from './linger.ts';
import { installLoopGuard } from './loop-guard.ts';
import { requestIds } from './request-id.ts';
import { connectRoutes } from './routes/connect.ts';
import { workerRoutes } from './routes/worker.ts';
import { denoRoutes } from './routes/deno.ts';
import { executeRoutes } from './routes/execute.ts';
import { healthRoutes } from './routes/health.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { collectOpenApi, openApiRoutes } from './routes/openapi.ts';
import { probeRoutes } from './routes/probes.ts';
import { artifactRoutes } from './routes/artifacts.ts';
import { runRoutes } from './routes/runs.ts';
import { scriptRoutes } from './routes/scripts.ts';
import { serverRoutes } from './routes/servers.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { typecheckRoutes } from './routes/typecheck.ts';
import { validateRoutes } from './routes/validate.ts';
import { wasmRoutes } from './routes/wasm.ts';
import { RunReplies } from './run-reply.ts';
import { serverRouting } from './servers/address.ts';
import { chosenProtocol } from './servers/subprotocol.ts';
import { validatorCompiler } from './validation.ts';

const MiB = 1024 * 1024;
const DEFAULTS = { rateLimit: 60, bodyLimit: 4 * MiB, closing: () => false };
/** A frame of the wire may be as large as 16 MiB; it comes in messages of 64 KiB and less. */
const MAX_MESSAGE_BYTES = 17 * MiB;
/** A request has to be here, body and all, within this: 24 MiB over a slow line. */
const REQUEST_MS = 60_000;

/** The HTTP API, ready to listen. */
export async function buildHttp(deps: HttpDeps): Promise<FastifyInstance> {
  const options = { ...DEFAULTS, ...deps };
  const app = Fastify({
    logger: false,
    bodyLimit: options.bodyLimit,
    requestTimeout: REQUEST_MS,
    genReqId: requestIds(),
    rewriteUrl: serverRouting(deps.core.servers),
    // A request on a kept connection is refused by the gate, in the one shape of refusals.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => refuse(error, request, reply),
    clientErrorHandler: answerBrokenRequest,
  });
  app.setValidatorCompiler(validatorCompiler);
  // Answers are written by JSON.stringify or by hand; their schemas only describe them.
  app.setSerializerCompiler(() => (value: unknown) => JSON.stringify(value));
  app.setErrorHandler((error, request, reply) => {
    const refusal = httpError(error);
    if (refusal.code === 'INTERNAL') logFault(deps, request, refusal);
    return refuse(refusal, request, reply);
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (deps.leaving?.()) reply.header('connection', 'close');
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    done();
  });
  acceptJsonOnly(app);
  await app.register(websocket, {
    options: { maxPayload: MAX_MESSAGE_BYTES, handleProtocols: chosenProtocol },
  });
  await collectOpenApi(app);
  await installCors(app, deps.corsOrigins);
  await installGate(app, options);
  installLoopGuard(app, deps.core);
  installNamespaces(app);
  installRoutes(app, deps);
  return app;
}

function installRoutes(app: FastifyInstance, deps: HttpDeps): void {
  const addresses = new Addresses(app);
  const replies = new RunReplies(deps.heartbeatMs);
  executeRoutes(app, deps, replies);
  validateRoutes(app, deps);
  typecheckRoutes(app, deps);
  wasmRoutes(app, deps, replies);
  denoRoutes(app, deps, replies);
  healthRoutes(app, deps);
  probeRoutes(app, deps);
  scriptRoutes(app, deps, replies);
  runRoutes(app, deps);
  artifactRoutes(app, deps);
  connectRoutes(app, deps);
  workerRoutes(app, deps);
  serverRoutes(app, deps);
  sessionRoutes(app, deps);
  metricsRoutes(app, deps);
  openApiRoutes(app);
  app.after(() => addresses.complete(app));
}

function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = httpError(error);
  if (refusal.code === 'BODY_TOO_LARGE' && !request.raw.complete) {
    reply.header('connection', 'close');
    lingerWhenClosed(request.raw.socket);
  }
  return reply
    .code(refusal.entry.status)
    .headers({ 'x-request-id': request.id, ...errorHeaders(refusal) })
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(errorBody(refusal, request.id)));
}

function logFault({ log }: HttpDeps, request: FastifyRequest, error: CofferdamError): void {
  const cause = error.cause instanceof Error ? error.cause.stack : error.stack;
  log?.('error', 'a request failed', { requestId: request.id, cause });
}
