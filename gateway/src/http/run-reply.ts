import { CofferdamError, type Lineage, type LogLine } from '@cofferdam/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RunOutcome } from '../core/intent.ts';
import { runAnswer } from './answer.ts';
import { errorBody, httpError } from './errors.ts';
import { EVENT_HEADERS, EventStream, HEARTBEAT_MS, wantsEvents } from './event-stream.ts';

/** What a run is given by the request that it belongs to. */
export interface RunHooks {
  /** Aborted when the client went away before its answer. */
  signal: AbortSignal;
  traceparent?: string;
  lineage?: Lineage;
  onLog?: (line: LogLine) => void;
}

export type StartRun = (hooks: RunHooks) => Promise<RunOutcome>;

const JSON_TYPE = 'application/json; charset=utf-8';

/** Starts a run and answers it: as one body, or as events where the client accepts those. */
export class RunReplies {
  readonly #heartbeatMs: number;

  constructor(heartbeatMs: number = HEARTBEAT_MS) {
    this.#heartbeatMs = heartbeatMs;
  }

  async answer(request: FastifyRequest, reply: FastifyReply, start: StartRun) {
    const hooks = hooksOf(request, reply);
    if (wantsEvents(request.headers.accept)) return this.#stream(request, reply, { start, hooks });
    const outcome = await start(hooks);
    const { status, text } = runAnswer(outcome);
    if (status === 503) reply.header('retry-after', '1');
    return reply.code(status).header('traceparent', outcome.traceparent).type(JSON_TYPE).send(text);
  }

  /**
   * The stream opens with the first thing there is to say: a run that is refused before that is still
   * answered with a status of its own.
   */
  async #stream(
    request: FastifyRequest,
    reply: FastifyReply,
    { start, hooks }: { start: StartRun; hooks: RunHooks },
  ) {
    const stream = new EventStream(this.#heartbeatMs);
    const onLog = (line: LogLine) => stream.send('log', JSON.stringify(line));
    const outcome = start({ ...hooks, onLog });
    const told = outcome.then(
      (done) => stream.send('result', runAnswer(done).text),
      (error: unknown) => {
        const body = errorBody(httpError(error), request.id);
        if (stream.isOpen) stream.send('error', JSON.stringify(body));
      },
    );
    void told.finally(() => stream.end());
    await Promise.race([stream.opened, outcome]);
    return reply.headers(EVENT_HEADERS).send(stream.body);
  }
}

function hooksOf(request: FastifyRequest, reply: FastifyReply): RunHooks {
  const { traceparent } = request.headers;
  const { lineage } = request;
  return {
    signal: signalOf(reply),
    ...(typeof traceparent === 'string' ? { traceparent } : {}),
    ...(lineage ? { lineage } : {}),
  };
}

/** Aborted when the client goes away before its answer is written. */
export function signalOf({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort(new CofferdamError('CANCELLED'));
  });
  return gone.signal;
}
