import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { CofferdamError } from '@cofferdam/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { Served } from '../../core/servers/answering.ts';
import type { ServerStatus } from '../../core/servers/server-status.ts';
import { addressOf } from '../auth.ts';
import type { HttpDeps } from '../deps.ts';
import { signalOf } from '../run-reply.ts';
import { refusals } from '../schemas/answers.ts';
import { ScriptParamsSchema, type ScriptParams } from '../schemas/requests.ts';
import { ServerStatusSchema } from '../schemas/servers.ts';
import { serverAddressOf, type ServerAddress } from '../servers/address.ts';
import { bodyOf } from '../servers/body.ts';
import { refuseForeignPage } from '../servers/foreign-page.ts';
import { isWebSocket, requestHead } from '../servers/request-head.ts';
import { responseHeaders } from '../servers/response-head.ts';
import { joinSockets } from '../servers/socket.ts';
import { noteProtocol } from '../servers/subprotocol.ts';
import { watchStanding } from '../standing.ts';
import { keepAlive } from './heartbeat.ts';
import { READ_RUNS, runnableScript, visibleScript } from './scripts.ts';

const SERVER = '/v1/namespaces/:namespace/scripts/:name/server';
const METHODS: HTTPMethods[] = ['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const BODYLESS: ReadonlySet<number> = new Set([204, 205, 304]);

type ServerRequest = FastifyRequest<{ Params: ScriptParams }>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Opens the connection that a server made of a request for a WebSocket. */
    connectServer: Served['connect'];
  }
}

/** What scripts of mode `server` answer, whatever the address that it was asked by; and how they are. */
export function serverRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.decorateRequest('connectServer', undefined);
  const schema = {
    summary: 'The instances of a server, and the last lines of its console',
    tags: ['scripts'],
    params: ScriptParamsSchema,
    response: { 200: ServerStatusSchema, ...refusals },
  };
  app.get<{ Params: ScriptParams }>(SERVER, { schema }, (request) => statusOf(deps, request));
  void app.register(async (scope) => answerRoutes(scope, deps));
}

async function statusOf(deps: HttpDeps, request: ServerRequest): Promise<ServerStatus> {
  const { namespace, name } = await visibleScript(deps, request, READ_RUNS);
  return deps.core.servers.status(namespace, name);
}

function answerRoutes(scope: FastifyInstance, deps: HttpDeps): void {
  // Bodies are the script's to read, whatever they are.
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  const options = {
    schema: { params: ScriptParamsSchema, hide: true },
    config: { cors: false as const, starts: true },
    exposeHeadRoute: false,
    onRequest: async (request: FastifyRequest) => mayAsk(deps, request as ServerRequest),
  };
  // Every address of a server is routed as this one.
  const url = `${SERVER}/-`;
  scope.route<{ Params: ScriptParams }>({
    ...{ ...options, url, method: 'GET' },
    preHandler: (request, reply) => upgrade(deps, request, reply),
    handler: (request, reply) => answer(deps, request, reply),
    wsHandler(socket, request) {
      keepAlive(socket);
      watchStanding(socket, request, deps);
      return joinSockets(socket, request.connectServer!);
    },
  });
  scope.route<{ Params: ScriptParams }>({
    ...{ ...options, url, method: METHODS },
    handler: (request, reply) => answer(deps, request, reply),
  });
}

function whereOf({ raw }: FastifyRequest): ServerAddress {
  const address = serverAddressOf(raw);
  if (!address) throw new CofferdamError('NOT_FOUND');
  return address;
}

/** Who may run a script may ask its server; what is open is open to all. */
async function mayAsk(deps: HttpDeps, request: ServerRequest): Promise<void> {
  if (whereOf(request).auth === 'none') return;
  if (deps.authenticator.open) refuseForeignPage(request.headers, deps.corsOrigins);
  await runnableScript(deps, request);
}

async function ask(
  { core, bodyLimit = MAX_BODY_BYTES }: HttpDeps,
  request: ServerRequest,
  signal: AbortSignal,
): Promise<Served> {
  const address = whereOf(request);
  const { traceparent } = request.headers;
  const asked = {
    ...requestHead(request.raw, address, addressOf(request)),
    ...{ body: bodyOf(request.raw, bodyLimit), signal },
    ...(typeof traceparent === 'string' ? { traceparent } : {}),
    ...(request.lineage ? { lineage: request.lineage } : {}),
  };
  try {
    return await core.servers.handle(address.namespace, address.name, asked);
  } catch (error) {
    throw address.auth === 'none' ? forStrangers(error) : error;
  }
}

const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** What a script threw is for those who may run it. */
function forStrangers(error: unknown): CofferdamError {
  const { code } = CofferdamError.from(error);
  return new CofferdamError(code === 'SCRIPT_NOT_READY' ? 'UNAVAILABLE' : code);
}

async function answer(deps: HttpDeps, request: ServerRequest, reply: FastifyReply) {
  const over = new AbortController();
  const signal = AbortSignal.any([signalOf(reply), over.signal]);
  const served = await ask(deps, request, signal);
  if (served.connect) throw refusedUpgrade(served);
  return send(served, { request, reply, end: () => over.abort() });
}

interface Sending {
  request: ServerRequest;
  reply: FastifyReply;
  /** Has the server end what it does for this request. */
  end: () => void;
}

function send({ head, body, whole }: Served, { request, reply, end }: Sending): FastifyReply {
  reply.code(head.status).headers(responseHeaders(head, whereOf(request)));
  if (request.method === 'HEAD' || BODYLESS.has(head.status)) {
    end();
    return reply.send();
  }
  // A stream would cost more than all else of a small answer.
  return reply.send(whole ?? Readable.from(body, { objectMode: false }));
}

/** Before the connection becomes a WebSocket: what is no upgrade is answered as any request is. */
async function upgrade(deps: HttpDeps, request: ServerRequest, reply: FastifyReply) {
  if (!request.ws) return;
  if (!isWebSocket(request.raw)) throw new CofferdamError('INVALID_INPUT', 'only to websocket');
  const over = new AbortController();
  const gone = () => over.abort(new CofferdamError('CANCELLED'));
  request.raw.socket.once('close', gone);
  const served = await ask(deps, request, over.signal);
  request.raw.socket.removeListener('close', gone);
  if (!served.connect) return send(served, { request, reply, end: () => over.abort() });
  noteProtocol(request.raw, served.head);
  request.connectServer = once(served.connect, request.raw.socket);
}

/** A client that is gone before it has its connection, or whose handshake is none, leaves the server none. */
function once(connect: NonNullable<Served['connect']>, socket: Socket): Served['connect'] {
  let isOpened = false;
  const drop = () => {
    if (!isOpened) connect(AbortSignal.abort());
  };
  if (socket.destroyed) drop();
  else socket.once('close', drop);
  return (signal) => {
    isOpened = true;
    return connect(signal);
  };
}

function refusedUpgrade({ connect }: Served): CofferdamError {
  connect!(AbortSignal.abort());
  return new CofferdamError('SERVER_FAILED', 'the server upgraded what is no WebSocket');
}
