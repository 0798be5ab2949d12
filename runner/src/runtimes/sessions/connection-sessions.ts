import {
  CofferdamError,
  parser,
  SESSION_METHODS,
  SessionAcquireSchema,
  SessionDisposeSchema,
  SessionKeepSchema,
  SessionReleaseSchema,
  type CallHandler,
  type IncomingCall,
  type RuntimeSpec,
  type SessionEnd,
} from '@cofferdam/protocol';
import type { KeptRuntime } from '../kept-runtime.ts';
import type { KeptSession, Visitor } from './kept-session.ts';
import { DISPOSED, type OwnerSessions } from './owner-sessions.ts';

const parseAcquire = parser(SessionAcquireSchema);
const parseDispose = parser(SessionDisposeSchema);
const parseKeep = parser(SessionKeepSchema);
const parseRelease = parser(SessionReleaseSchema);

const NO_SERVER = 'a session is no server: requests would outlive who can answer for them';

/** The sessions that one connection has: given back when it ends. */
export class ConnectionSessions {
  readonly handlers: Record<string, CallHandler>;
  readonly #sessions: OwnerSessions;
  readonly #visitor: Visitor;
  readonly #had = new Map<string, KeptSession>();
  /** Those that end with the connection, also while nobody has them. */
  readonly #bound = new Set<KeptSession>();

  /** `check` throws for what a runtime of this connection may not have. */
  constructor(sessions: OwnerSessions, visitor: Visitor, check: (spec: RuntimeSpec) => void) {
    this.#sessions = sessions;
    this.#visitor = visitor;
    this.handlers = {
      [SESSION_METHODS.acquire]: (call) => this.#acquire(call, check),
      [SESSION_METHODS.release]: (call) => this.#release(call),
      [SESSION_METHODS.dispose]: (call) => this.#sessions.dispose(parseDispose(call.payload)),
      [SESSION_METHODS.keep]: (call) => sessions.keep(call, parseKeep(call.payload).key),
    };
  }

  /** The guest of a session that this connection has. */
  runtime(runtimeId: string): KeptRuntime | undefined {
    const kept = this.#had.get(runtimeId);
    return kept?.isUsable && !kept.runtime.ending ? kept.runtime : undefined;
  }

  /** Whoever has a session hears by an eval's answer that it is over, unless nobody hears anything. */
  told(runtimeId: string): void {
    const kept = this.#had.get(runtimeId);
    if (kept && !kept.isMissed) this.#sessions.free(kept);
  }

  async #acquire(call: IncomingCall, check: (spec: RuntimeSpec) => void): Promise<SessionEnd> {
    const asked = parseAcquire(call.payload);
    check(asked.spec);
    if (asked.spec.features?.includes('server'))
      throw new CofferdamError('INVALID_INPUT', NO_SERVER);
    let mine: KeptSession | undefined;
    try {
      return await this.#sessions.acquire(call, asked, {
        visitor: this.#visitor,
        had: (kept) => {
          mine = kept;
          this.#had.set(kept.runtimeId, kept);
          if (asked.bound) this.#bind(kept);
        },
      });
    } finally {
      if (mine) this.#had.delete(mine.runtimeId);
    }
  }

  /** The connection has ended. */
  async close(): Promise<void> {
    const reason = 'The connection that the session belongs to has ended';
    await Promise.all([...this.#bound].map((kept) => this.#sessions.end(kept, reason)));
  }

  #bind(kept: KeptSession): void {
    this.#bound.add(kept);
    void kept.ended.then(() => this.#bound.delete(kept));
  }

  async #release(call: IncomingCall): Promise<object> {
    const { runtimeId, dispose, reason = DISPOSED } = parseRelease(call.payload);
    const kept = this.#had.get(runtimeId);
    if (kept && dispose) await this.#sessions.end(kept, reason);
    else await kept?.release();
    return {};
  }
}
