import {
  CofferdamError,
  parser,
  SESSION_METHODS,
  SessionAcquiredSchema,
  SessionEndSchema,
  type RuntimeEnd,
  type RuntimeOpened,
  type SessionAcquire,
  type SessionRelease,
} from '@cofferdam/protocol';
import type { Connection } from '../connection/connection.ts';
import { openRuntime, type Closing, type OpenContext, type Opening } from '../host/open-runtime.ts';
import { TestListeners } from '../tests/test-listeners.ts';
import type { Namespaces } from './namespace.ts';
import type { SessionOptions } from './options.ts';
import { Session } from './session.ts';
import type { NamespacedRuntime } from './types.ts';

export interface SessionContext extends OpenContext {
  namespaces: Namespaces;
}

/** A keeper may have to start a process, or to end one, before it answers. */
const RELEASE_WITHIN_MS = 10_000;
const MAX_REASON = 1_024;

const readAcquired = parser(SessionAcquiredSchema, 'PROTOCOL_VIOLATION');
const readEnd = parser(SessionEndSchema, 'PROTOCOL_VIOLATION');

/**
 * Acquires a key's session, which is made where there is none. Rejects with `SESSION_IN_USE`,
 * `SESSION_EXPIRED` and `SESSION_LOST`.
 */
export async function openSession(
  key: string,
  { idleMs, isBound, ...options }: SessionOptions,
  { namespaces, ...context }: SessionContext,
): Promise<NamespacedRuntime> {
  const { spec } = options;
  const listeners = new TestListeners();
  const namespace = namespaces.enter(key);
  const opening = new SessionOpening(context.connection, {
    payload: { key, spec, idleMs, ...(isBound && { bound: true }) },
    over: () => namespaces.leave(namespace, idleMs),
    gone: (reason) => namespace.end(reason),
  });
  const onPost = (event: string, value: unknown) => listeners.take(event, value);
  try {
    const hooks = { namespace, onPost };
    const runtime = await openRuntime({ ...options, hooks, opening }, context);
    const { created } = opening;
    await opening.cleared;
    return new Session({ runtime, key, created, listeners, evalTimeMs: spec.evalTimeMs });
  } catch (error) {
    const { code } = CofferdamError.from(error);
    if (code === 'SESSION_EXPIRED' || code === 'SESSION_LOST') await namespace.end(code);
    namespaces.leave(namespace, idleMs);
    throw error;
  }
}

/** Ends a key's session, and frees the key where it is known to be lost. */
export async function endSession(
  key: string,
  reason: string | undefined,
  { connection, namespaces }: Pick<SessionContext, 'connection' | 'namespaces'>,
): Promise<void> {
  const release = connection.hold();
  try {
    const payload = { key, ...(reason !== undefined && { reason }) };
    await connection.channel.call(SESSION_METHODS.dispose, payload, {
      deadlineMs: RELEASE_WITHIN_MS,
    }).reply;
  } finally {
    release();
  }
  await namespaces.end(key, reason ?? 'the namespace was disposed of');
}

interface OpeningParts {
  payload: SessionAcquire;
  /** The handle is over. */
  over(): void;
  /** The session has ended with it. */
  gone(reason: string): Promise<void>;
}

/** The call by which a session is had. */
class SessionOpening implements Opening {
  readonly method = SESSION_METHODS.acquire;
  readonly payload: SessionAcquire;
  /** There was none before. */
  created = true;
  /** Settles when nothing is left of what belonged to a guest that is gone. */
  cleared: Promise<void> = Promise.resolve();
  readonly #connection: Connection;
  readonly #parts: OpeningParts;
  #isClosed = false;

  constructor(connection: Connection, parts: OpeningParts) {
    this.#connection = connection;
    this.#parts = parts;
    this.payload = parts.payload;
  }

  opened(event: unknown): RuntimeOpened {
    const { created, ...opened } = readAcquired(event);
    this.created = created;
    // Before its bindings keep anything for it.
    if (created) this.cleared = this.#parts.gone('the session was made anew');
    return opened;
  }

  ended(answer: unknown): RuntimeEnd {
    const { released, exitReason = 'Cancelled', message = 'it was given back' } = readEnd(answer);
    // What closed it knows already; and its answer may be later than the next handle.
    if (!released && !this.#isClosed) void this.#parts.gone(message);
    return { exitReason, message };
  }

  async close({ runtimeId, isHard, reason }: Closing): Promise<void> {
    this.#isClosed = true;
    const end = { dispose: true, reason: reason.slice(0, MAX_REASON) };
    const release: SessionRelease = { runtimeId, ...(isHard && end) };
    const call = this.#connection.channel.call(SESSION_METHODS.release, release, {
      deadlineMs: RELEASE_WITHIN_MS,
    });
    // Of a connection that has ended nothing is left to give back.
    await call.reply.catch(() => {});
    if (isHard) await this.#parts.gone(reason);
  }

  over(): void {
    this.#parts.over();
  }
}
