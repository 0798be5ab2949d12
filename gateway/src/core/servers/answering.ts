import { setTimeout as sleep } from 'node:timers/promises';
import { CofferdamError, type LogLine, type OutgoingCall } from '@cofferdam/protocol';
import { exchange, type ServedAnswer, type ServedRequest } from './exchange.ts';
import type { RequestTrace } from './request-trace.ts';
import type { ServerGroup, TakenPlace } from './server-group.ts';

/** An answer on its way to the client. */
export interface Served extends ServedAnswer {
  /** Of an upgraded request: opens its connection, once; the call's bytes are its messages. */
  connect?: (signal: AbortSignal) => OutgoingCall;
}

export interface Asked {
  group: ServerGroup;
  request: ServedRequest & { requestId: string };
  trace: RequestTrace;
  /** The console since somebody last asked for it. */
  takeLogs: () => LogLine[];
}

/** Ends for which another instance, where the request can be sent again, is as good. */
const LOST: ReadonlySet<string> = new Set(['CONNECTION_LOST', 'RUNTIME_ENDED', 'CANCELLED']);
const ENDING_MS = 1_000;
/** What is told as it is: other codes of a runner's are its word alone. */
const OWN: ReadonlySet<string> = new Set(['SERVER_TIMEOUT', 'BODY_TOO_LARGE', 'QUEUE_FULL']);
const REPEATABLE: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Has a server answer a request; one whose runner was lost before its head is asked again, once, where it has no body. */
export async function answered(asked: Asked): Promise<Served> {
  const { trace, takeLogs } = asked;
  try {
    const served = await withRepeat(asked);
    trace.answered();
    const { status } = served.head;
    served.done.then(
      () => trace.end({ status, logs: takeLogs() }),
      (error: unknown) => trace.end({ status, error, logs: takeLogs() }),
    );
    return served;
  } catch (error) {
    trace.end({ error, logs: takeLogs() });
    throw error;
  }
}

async function withRepeat(asked: Asked): Promise<Served> {
  try {
    return await attempt(asked);
  } catch (error) {
    if (!(error instanceof LostInstance)) throw error;
    if (!mayRepeat(asked.request)) throw error.why;
  }
  try {
    return await attempt(asked);
  } catch (error) {
    throw error instanceof LostInstance ? error.why : error;
  }
}

function mayRepeat({ method, body, signal, headers }: ServedRequest): boolean {
  if (signal.aborted || body || !REPEATABLE.has(method)) return false;
  return !headers.some(([name]) => name === 'upgrade');
}

async function attempt({ group, request, trace }: Asked): Promise<Served> {
  const taken = await group.enter(request.signal);
  trace.placed();
  const { instance } = taken;
  const { requestId, lineage } = request;
  const stay = instance.goOut({ requestId, ids: trace.ids, lineage });
  try {
    const answer = await exchange(instance, request, group.script.limits.wallTimeMs);
    const { connectionId } = answer.head;
    if (connectionId === undefined) {
      answer.done
        .finally(stay)
        .catch((error: unknown) => dropIfBroken(taken, error))
        .finally(taken.release);
      return answer;
    }
    return { ...answer, connect: connection(taken, connectionId, stay) };
  } catch (error) {
    stay();
    taken.release();
    throw await meaning(error, taken, request.signal);
  }
}

function dropIfBroken({ instance }: TakenPlace, error: unknown): void {
  const { code, message } = CofferdamError.from(error);
  if (code === 'PROTOCOL_VIOLATION') instance.drop(message);
}

/** Until it is opened and closed again the instance is not let go, and its way out is open. */
function connection({ instance, release }: TakenPlace, connectionId: string, stay: () => void) {
  const end = instance.begin('sockets');
  const over = () => {
    stay();
    end();
  };
  release();
  return (signal: AbortSignal): OutgoingCall => {
    const call = instance.webSocket({ connectionId }, { signal });
    call.reply.catch(() => {}).finally(over);
    return call;
  };
}

/** What a failure before the head is to whoever asked. */
async function meaning(
  thrown: unknown,
  { instance }: TakenPlace,
  signal: AbortSignal,
): Promise<unknown> {
  const error = CofferdamError.from(thrown);
  if (error.code === 'PROTOCOL_VIOLATION') {
    instance.drop(error.message);
    return new CofferdamError('SERVER_FAILED', 'the runner of the server broke the protocol');
  }
  if (error.code === 'EXCEPTION') return new CofferdamError('SERVER_FAILED', error.message);
  if (signal.aborted) return new CofferdamError('CANCELLED');
  if (OWN.has(error.code)) return error;
  const failed = new CofferdamError('SERVER_FAILED', error.message);
  if (!LOST.has(error.code)) return failed;
  // Its call and its end are told apart, and in no order. A runner may tell of no end at all.
  const ending = await Promise.race([instance.ended, sleep(ENDING_MS, undefined, { ref: false })]);
  if (!ending) return failed;
  const why = new CofferdamError('SERVER_FAILED', ending.error.message);
  return ending.isGuests ? why : new LostInstance(why);
}

/** The instance went away, and not for what its guest did. */
class LostInstance extends Error {
  readonly why: CofferdamError;

  constructor(why: CofferdamError) {
    super(why.message);
    this.why = why;
  }
}
