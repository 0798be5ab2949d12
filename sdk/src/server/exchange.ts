import {
  CofferdamError,
  headersFit,
  LASTING,
  parser,
  SERVER_METHODS,
  ServerHeadSchema,
  type Channel,
  type OutgoingCall,
  type ServerHead,
  type ServerRequest,
} from '@cofferdam/protocol';

const readHead = parser(ServerHeadSchema, 'PROTOCOL_VIOLATION');

/** What of a body is waited for before its request begins, where it is there at once. */
const SOON_BYTES = 64 * 1024;

/** A request under way. */
export interface Exchange {
  call: OutgoingCall;
  /** Rejects as the call does. */
  head: Promise<ServerHead>;
}

export interface ExchangeOptions {
  runtimeId: string;
  requestId: string;
  signal: AbortSignal;
  /** The request's body broke off. */
  onBroken(error: unknown): void;
}

/** Gives a guest a request; its body goes as fast as the guest reads it. */
export async function beginExchange(
  channel: Channel,
  request: Request,
  { runtimeId, requestId, signal, onBroken }: ExchangeOptions,
): Promise<Exchange> {
  const { method, url } = request;
  const reader = request.body?.getReader();
  const soon = await (reader && readSoon(reader))?.catch((error: unknown) => {
    onBroken(error);
    throw error;
  });
  const payload: ServerRequest = {
    ...{ runtimeId, requestId, method, url },
    headers: [...request.headers],
    hasBody: reader !== undefined,
  };
  const exchange = start(channel, payload, signal);
  if (reader) void upload(reader, { ...soon!, onBroken, call: exchange.call });
  return exchange;
}

function start(channel: Channel, payload: ServerRequest, signal: AbortSignal): Exchange {
  const head = Promise.withResolvers<ServerHead>();
  let hasHead = false;
  const call = channel.call(SERVER_METHODS.request, payload, {
    deadlineMs: LASTING,
    signal,
    onEvent: (event) => {
      if (hasHead) throw new CofferdamError('PROTOCOL_VIOLATION', 'a second head');
      hasHead = true;
      const read = readHead(event);
      if (!headersFit(read.headers)) throw new CofferdamError('PROTOCOL_VIOLATION');
      head.resolve(read);
    },
  });
  call.reply.then(
    () => {
      if (hasHead) return;
      head.reject(new CofferdamError('PROTOCOL_VIOLATION', 'an answer without a head'));
    },
    (error: unknown) => head.reject(error as Error),
  );
  return { call, head: head.promise };
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

interface Soon {
  pieces: Uint8Array[];
  /** The next one, where there may be one. */
  next: ReturnType<Reader['read']> | undefined;
}

/** What can be had in this turn goes along with its request, in one write; the rest comes after it. */
async function readSoon(reader: Reader): Promise<Soon> {
  const turn = new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)));
  const pieces: Uint8Array[] = [];
  for (let bytes = 0; ;) {
    const next = reader.read();
    if (bytes >= SOON_BYTES) return { pieces, next };
    // eslint-disable-next-line no-await-in-loop -- one piece after another
    const step = await Promise.race([next, turn]);
    if (!step) return { pieces, next };
    if (step.done) return { pieces, next: undefined };
    bytes += step.value.byteLength;
    pieces.push(step.value);
  }
}

interface Upload extends Soon, Pick<ExchangeOptions, 'onBroken'> {
  call: OutgoingCall;
}

async function upload(reader: Reader, { pieces, next, call, onBroken }: Upload): Promise<void> {
  // Who makes a body does not change a piece that it has given away.
  const sent = pieces.map((piece) => call.pass(piece));
  if (!next) call.end();
  try {
    await Promise.all(sent);
    if (next) await uploadRest(reader, next, { call, onBroken });
  } catch (error) {
    // Nobody takes it any more: whoever makes it is told.
    next?.catch(() => {});
    reader.cancel(error).catch(() => {});
  }
}

async function uploadRest(
  reader: Reader,
  next: NonNullable<Soon['next']>,
  { call, onBroken }: Pick<Upload, 'call' | 'onBroken'>,
): Promise<void> {
  const broken = (error: unknown) => {
    onBroken(error);
    throw error;
  };
  let step = await next.catch(broken);
  while (!step.done) {
    // eslint-disable-next-line no-await-in-loop -- one piece after another
    await call.pass(step.value);
    // eslint-disable-next-line no-await-in-loop
    step = await reader.read().catch(broken);
  }
  call.end();
}
