import {
  CofferdamError,
  SessionBook,
  type BookedSession,
  type Channel,
  type IncomingCall,
  type Layer,
  type RuntimeEnd,
  type SessionAcquire,
  type SessionAcquired,
  type SessionDispose,
  type SessionEnd,
} from '@cofferdam/protocol';
import type { ProcessPool } from '../process-pool.ts';
import { KeptSession, type Visitor } from './kept-session.ts';

export interface OwnerSessionsOptions {
  pool: ProcessPool;
  layers: readonly Layer[];
  egress?: (() => Channel) | undefined;
  /** Told of each session that there is from now on, and of its end. */
  watch?: SessionWatch | undefined;
}

/** Counts sessions: those of all owners. */
export interface SessionWatch {
  began(): void;
  ended(): void;
}

/** Why a session ended of which nobody said it. */
export const DISPOSED = 'The session was disposed of';

/** The sessions of one owner, in processes of their own; they outlive the owner's connections. */
export class OwnerSessions {
  readonly #options: OwnerSessionsOptions;
  readonly #book = new SessionBook({});
  readonly #kept = new Map<BookedSession, KeptSession>();
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Infinity;
  #isClosed = false;

  constructor(options: OwnerSessionsOptions) {
    this.#options = options;
  }

  /** Sessions that live. */
  get size(): number {
    return this.#kept.size;
  }

  /**
   * Gives a session to a call until that gives it back, or the session ends. `had` is told of it while
   * it can be used.
   */
  async acquire(call: IncomingCall, asked: SessionAcquire, by: Acquirer): Promise<SessionEnd> {
    if (this.#isClosed) throw new CofferdamError('SHUTTING_DOWN');
    const { key, spec, idleMs } = asked;
    const { session, created } = this.#book.acquire(key, idleMs);
    const kept = created ? this.#open(session, asked, by.visitor) : this.#kept.get(session)!;
    if (created && !(await this.#isOpened(kept))) return { released: false, ...(await kept.ended) };
    const { runtimeId } = kept;
    const acquired: SessionAcquired = { runtimeId, layers: [...this.#options.layers], created };
    const onReady = () => {
      this.#book.opened(session);
      by.had(kept);
      call.emit(acquired);
    };
    const end = await kept.have(call, { spec, visitor: by.visitor, onReady });
    if (end.released) this.#released(session, kept);
    return end;
  }

  /** Ends a key's session, whoever has it; answers whether there was one when that is done. */
  async dispose({ key, reason }: SessionDispose): Promise<{ existed: boolean }> {
    const session = this.#book.dispose(key);
    const kept = session && this.#kept.get(session);
    await kept?.dispose(reason ?? DISPOSED);
    return { existed: session !== undefined };
  }

  /** Answers how a key's session ended; ends it itself when the call is over before. */
  async keep(call: IncomingCall, key: string): Promise<RuntimeEnd> {
    const [, kept] = [...this.#kept].find(([session]) => session.key === key) ?? [];
    if (!kept) throw new CofferdamError('SESSION_LOST');
    const end = () => void this.end(kept, 'Whoever kept the session is gone');
    call.signal.addEventListener('abort', end, { once: true });
    if (call.signal.aborted) end();
    return kept.ended;
  }

  /** Ends a session that somebody has; its key is free from here on. */
  async end(kept: KeptSession, reason: string): Promise<void> {
    this.free(kept);
    await kept.dispose(reason);
  }

  /** Frees the key of a session that is over, as whoever has it knows. */
  free(kept: KeptSession): void {
    for (const [session, each] of this.#kept) {
      if (each === kept) this.#book.ended(session, { message: '', told: true });
    }
  }

  /** Ends all of them, whose processes are the pool's to end. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #open(session: BookedSession, { spec }: SessionAcquire, visitor: Visitor): KeptSession {
    const { pool, egress, watch } = this.#options;
    try {
      const process = pool.take(this, spec.processes);
      const kept = new KeptSession({ spec, process, visitor, egress });
      this.#kept.set(session, kept);
      watch?.began();
      void kept.ended.then(({ exitReason, message }) => {
        this.#book.ended(session, { message: `${exitReason}: ${message}`, told: !kept.isMissed });
        this.#kept.delete(session);
        pool.release(this, process);
        watch?.ended();
      });
      return kept;
    } catch (error) {
      this.#book.dispose(session.key);
      throw error;
    }
  }

  async #isOpened(kept: KeptSession): Promise<boolean> {
    return kept.opened.then(
      () => true,
      () => false,
    );
  }

  /** One that nobody heard of is none that anybody could miss. */
  #released(session: BookedSession, kept: KeptSession): void {
    const inMs = this.#book.released(session);
    if (inMs !== undefined) return this.#lookIn(inMs);
    this.#book.ended(session, { message: '', told: true });
    void kept.dispose('Nobody waited for the session');
  }

  #lookIn(ms: number): void {
    const at = performance.now() + ms;
    if (at >= this.#dueAt || this.#isClosed) return;
    this.#dueAt = at;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#evict(), Math.ceil(ms)).unref();
  }

  #evict(): void {
    this.#dueAt = Infinity;
    for (const session of this.#book.expire()) {
      void this.#kept.get(session)?.dispose('The session was evicted');
    }
    const { dueInMs } = this.#book;
    if (dueInMs !== undefined) this.#lookIn(dueInMs);
  }
}

export interface Acquirer {
  visitor: Visitor;
  had(kept: KeptSession): void;
}
