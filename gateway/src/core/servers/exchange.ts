import {
  CofferdamError,
  headersFit,
  parser,
  ServerHeadSchema,
  type Lineage,
  type OutgoingCall,
  type ServerHead,
} from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';
import type { ServerInstance } from './server-instance.ts';

/** A request as a server is to get it. */
export interface ServedRequest {
  method: string;
  /** An absolute address, at most 8 KiB. */
  url: string;
  headers: [string, string][];
  /** Its body, read as fast as the server takes it; what it throws ends the request. */
  body: AsyncIterable<Uint8Array> | undefined;
  /** Aborted when the client is gone. */
  signal: AbortSignal;
  /** W3C trace context of the client. */
  traceparent?: string;
  /** Where it stands below a run that asks. */
  lineage?: Lineage;
}

/** What a server answered, checked. */
export interface ServedAnswer {
  head: ServerHead;
  /** Throws where the server broke its answer off. */
  body: AsyncIterable<Buffer>;
  /** All of it instead, where it came along with the head. */
  whole: Buffer | undefined;
  /** Settles when nothing of the answer comes any more; rejects as the body throws. */
  done: Promise<unknown>;
}

const VIOLATION = 'PROTOCOL_VIOLATION';
const readHead = parser(ServerHeadSchema, VIOLATION);
const readReply = parser(
  Type.Object({ head: Type.Optional(ServerHeadSchema) }, { additionalProperties: false }),
  VIOLATION,
);

/**
 * Has an instance answer a request: resolves with its head. Rejects with `SERVER_TIMEOUT` when there
 * is none within `headMs`, and with what the instance or the request's own body fails with.
 */
export async function exchange(
  instance: ServerInstance,
  request: ServedRequest & { requestId: string },
  headMs: number,
): Promise<ServedAnswer> {
  const { requestId, method, url, headers, body } = request;
  const over = new AbortController();
  const gone = () => over.abort();
  request.signal.addEventListener('abort', gone, { once: true });
  if (request.signal.aborted) gone();
  const head = Promise.withResolvers<ServerHead>();
  let hasHead = false;
  const found = (checked: ServerHead) => {
    if (hasHead) throw new CofferdamError(VIOLATION, 'a second head');
    hasHead = true;
    head.resolve(fitting(checked));
  };
  const call = instance.request(
    { requestId, method, url, headers, hasBody: body !== undefined },
    { signal: over.signal, onEvent: (event) => found(readHead(event)) },
  );
  const done = settled(call, found, () => hasHead);
  done.catch(head.reject);
  void done.catch(() => {}).finally(() => request.signal.removeEventListener('abort', gone));
  const fail = (error: unknown) => {
    head.reject(error);
    over.abort();
  };
  if (body) passUp(body, call).catch(fail);
  const late = () => fail(new CofferdamError('SERVER_TIMEOUT'));
  const timer = setTimeout(late, headMs);
  try {
    const answered = await head.promise;
    const whole = call.settled ? call.data.whole() : undefined;
    return { head: answered, body: call.data, whole, done };
  } finally {
    clearTimeout(timer);
  }
}

/** A whole answer comes with its head. */
async function settled(
  call: OutgoingCall,
  found: (head: ServerHead) => void,
  hasHead: () => boolean,
): Promise<void> {
  const { head } = readReply(await call.reply);
  if (head) found(head);
  else if (!hasHead()) throw new CofferdamError(VIOLATION, 'an answer without a head');
}

function fitting(head: ServerHead): ServerHead {
  if (headersFit(head.headers)) return head;
  throw new CofferdamError(VIOLATION, 'the headers are larger than they may be');
}

/** Rejects only for what the body itself does: a call that is over takes nothing more. */
async function passUp(body: AsyncIterable<Uint8Array>, call: OutgoingCall): Promise<void> {
  let isOver = false;
  for await (const chunk of body) {
    // eslint-disable-next-line no-await-in-loop -- one piece after the other is what a stream is
    await call.pass(chunk).catch(() => (isOver = true));
    if (isOver) return;
  }
  call.end();
}
