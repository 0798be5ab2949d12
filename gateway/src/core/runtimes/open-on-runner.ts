import {
  CofferdamError,
  LASTING,
  parser,
  RUNTIME_METHODS,
  RuntimeEndSchema,
  RuntimeOpenedSchema,
  type Channel,
  type OutgoingCall,
  type RuntimeEnd,
  type RuntimeSpec,
} from '@cofferdam/protocol';

const readOpened = parser(RuntimeOpenedSchema, 'PROTOCOL_VIOLATION');
const readEnd = parser(RuntimeEndSchema, 'PROTOCOL_VIOLATION');

/** A runtime whose runner is there takes milliseconds; one that takes so long is given up. */
const OPEN_MS = 30_000;

/** A runtime that the gateway itself has, rather than an embedder. */
export interface OpenedRuntime {
  runtimeId: string;
  /** Its bytes are the port. */
  call: OutgoingCall;
  /** How it ended; rejects where its runner did, or was told to. */
  ended: Promise<RuntimeEnd>;
}

export interface OpeningOptions {
  /** Ends the runtime. */
  signal: AbortSignal;
  /** What it is called where it ends before it began. */
  what: string;
}

/** Opens a runtime that lives until it ends by itself or the signal is aborted. */
export async function openOnRunner(
  channel: Channel,
  spec: RuntimeSpec,
  { signal, what }: OpeningOptions,
): Promise<OpenedRuntime> {
  const opened = Promise.withResolvers<string>();
  const call = channel.call(RUNTIME_METHODS.open, spec, {
    ...{ deadlineMs: LASTING, signal },
    onEvent: (event) => opened.resolve(readOpened(event).runtimeId),
  });
  call.reply.then(
    () => opened.reject(new CofferdamError('RUNTIME_ENDED', `${what} did not begin`)),
    opened.reject,
  );
  const late = () => opened.reject(new CofferdamError('DEADLINE_EXCEEDED'));
  const timer = setTimeout(late, OPEN_MS);
  try {
    const runtimeId = await opened.promise;
    const ended = call.reply.then(readEnd);
    ended.catch(() => {});
    return { runtimeId, call, ended };
  } finally {
    clearTimeout(timer);
  }
}
