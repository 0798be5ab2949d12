import { on } from 'node:events';
import { CofferdamError } from '@cofferdam/protocol';
import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import type { WorkerClient } from '../../core/runtimes/workers.ts';
import type { HttpDeps } from '../deps.ts';
import { ScriptParamsSchema, type ScriptParams } from '../schemas/requests.ts';
import { watchStanding } from '../standing.ts';
import { keepAlive } from './heartbeat.ts';
import { runnableScript, type ScriptRequest } from './scripts.ts';

const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Messages that are read ahead of the worker; the connection is read on when they were taken. */
const AHEAD = { highWaterMark: 64, lowWaterMark: 16 };
/** What may wait for a client; the worker is listened to again when it is less. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
const LOOK_AGAIN_MS = 20;
const CODES = { ok: 1000, refused: 1008, failed: 1011 } as const;

/** A WebSocket on a script of mode `worker`: a worker of its own, driven by JSON messages. */
export function workerRoutes(app: FastifyInstance, deps: HttpDeps): void {
  const schema = {
    summary: 'Drive a worker of a script: a WebSocket whose messages are JSON',
    tags: ['scripts'],
    params: ScriptParamsSchema,
  };
  app.get<{ Params: ScriptParams }>(
    '/v1/namespaces/:namespace/scripts/:name/connect',
    {
      schema,
      websocket: true,
      config: { starts: true },
      preHandler: async (request) => void (await workerScript(deps, request)),
    },
    async (socket, request) => {
      const client = clientOn(socket);
      keepAlive(socket);
      watchStanding(socket, request, deps);
      const { namespace, name } = request.params;
      const script = deps.core.catalogue.get(namespace, name);
      if (script?.mode === 'worker') await deps.core.runtimes.worker(script, client);
      else client.close('failed', 'SCRIPT_NOT_READY');
    },
  );
}

/** Throws what an HTTP answer says, before the connection becomes a WebSocket. */
async function workerScript(deps: HttpDeps, request: ScriptRequest): Promise<void> {
  const { namespace, name } = await runnableScript(deps, request);
  const script = deps.core.catalogue.get(namespace, name);
  if (!script) throw new CofferdamError('SCRIPT_NOT_READY', `${namespace}/${name} is not ready`);
  if (script.mode === 'worker') return;
  throw new CofferdamError(
    'INVALID_INPUT',
    `${namespace}/${name} is no worker: its mode is script`,
  );
}

function clientOn(socket: WebSocket): WorkerClient {
  const over = new AbortController();
  socket.on('error', () => {});
  socket.once('close', () => over.abort(new CofferdamError('CANCELLED', 'the client left')));
  // From the beginning: what comes before the worker is there waits for it.
  const messages = on(socket, 'message', { close: ['close'], ...AHEAD });
  return {
    messages: texts(messages),
    signal: over.signal,
    send: (text) => socket.send(text),
    async room() {
      // There is no event for it.
      while (!over.signal.aborted && socket.bufferedAmount > MAX_WAITING_BYTES) {
        // eslint-disable-next-line no-await-in-loop
        await elapsed(LOOK_AGAIN_MS);
      }
    },
    close: (how, reason) => socket.close(CODES[how], reason),
  };
}

async function* texts(messages: AsyncIterable<unknown[]>): AsyncGenerator<string> {
  for await (const [data, isBinary] of messages as AsyncIterable<[Buffer, boolean]>) {
    if (isBinary) throw new CofferdamError('INVALID_INPUT', 'a message must be text');
    if (data.byteLength > MAX_MESSAGE_BYTES) {
      throw new CofferdamError('INVALID_INPUT', 'a message is larger than 1 MiB');
    }
    yield data.toString('utf8');
  }
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
