import { CofferdamError } from '../error/cofferdam-error.ts';

export interface SessionBookOptions {
  /** Sessions at once. Default 1,024. */
  maxSessions?: number;
  /** Milliseconds on a clock that never goes back. Default: `performance.now`. */
  now?: () => number;
}

/** One life of a key's session: what later happens to it says nothing of the key's next one. */
export interface BookedSession {
  readonly key: string;
  /** Milliseconds without a handle after which it is evicted: as its last handle said. */
  readonly idleMs: number;
}

export type SessionState = 'absent' | 'opening' | 'live' | 'idle' | 'gone';

/** How a session ended that was not disposed of. */
export interface SessionFate {
  message: string;
  /** Whoever had it knows: the key is free. Otherwise the key's next handle is told instead. */
  told: boolean;
}

interface Entry {
  key: string;
  idleMs: number;
  state: 'opening' | 'live' | 'idle';
  /** Of one that is idle: when it is evicted. */
  until: number;
}

/** What the next handle of a key is told. */
export interface GoneSession {
  code: 'SESSION_EXPIRED' | 'SESSION_LOST';
  message: string;
  /** Until then, on the book's clock. */
  until: number;
}

const MAX_SESSIONS = 1_024;
/** Keys whose loss is remembered; the oldest is forgotten first. About 6 MB at most. */
const MAX_GONE = 4_096;
const GONE_MS = 3_600_000;
const MAX_MESSAGE = 1_024;

/**
 * What is known of an owner's sessions by their keys: which there are, who may have one now, which are
 * due to be evicted, and why one is gone. It does nothing itself: each answer says what its owner has to
 * do. Events of a session that is not its key's any more change nothing.
 */
export class SessionBook {
  readonly #maxSessions: number;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();
  /** The oldest first. */
  readonly #gone = new Map<string, GoneSession>();

  constructor({ maxSessions = MAX_SESSIONS, now = () => performance.now() }: SessionBookOptions) {
    this.#maxSessions = maxSessions;
    this.#now = now;
  }

  /** Sessions that there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** Whether it knows of nothing that there is or was. */
  get isEmpty(): boolean {
    for (const key of this.#gone.keys()) if (this.#goneOf(key)) break;
    return this.#entries.size === 0 && this.#gone.size === 0;
  }

  /** Why a key's session is gone, where its next handle is to be told. */
  gone(key: string): GoneSession | undefined {
    return this.#goneOf(key);
  }

  /** Takes over what an earlier book knew of a key: the oldest first. */
  restore(key: string, gone: GoneSession): void {
    this.#put(key, gone);
  }

  state(key: string): SessionState {
    return this.#entries.get(key)?.state ?? (this.#goneOf(key) ? 'gone' : 'absent');
  }

  /**
   * Gives a handle. The owner opens the session where it is `created`, and says `opened` or `ended`;
   * otherwise it attaches whoever asked. Throws `SESSION_IN_USE`, `SESSION_EXPIRED`, `SESSION_LOST`, and
   * `QUEUE_FULL` where there are too many.
   */
  acquire(key: string, idleMs: number): { session: BookedSession; created: boolean } {
    const known = this.#entries.get(key);
    if (known) return { session: this.#take(known, idleMs), created: false };
    const gone = this.#goneOf(key);
    if (gone) throw new CofferdamError(gone.code, gone.message);
    if (this.#entries.size >= this.#maxSessions) {
      throw new CofferdamError('QUEUE_FULL', `there are ${this.#maxSessions} sessions already`);
    }
    const session: Entry = { key, idleMs, state: 'opening', until: 0 };
    this.#entries.set(key, session);
    return { session, created: true };
  }

  /** It can be used. */
  opened(session: BookedSession): void {
    const entry = this.#entryOf(session);
    if (entry?.state === 'opening') entry.state = 'live';
  }

  /** Its handle was given back: answers in how many milliseconds it is due. */
  released(session: BookedSession): number | undefined {
    const entry = this.#entryOf(session);
    if (entry?.state !== 'live') return undefined;
    entry.state = 'idle';
    entry.until = this.#now() + entry.idleMs;
    return entry.idleMs;
  }

  /** It is over without having been disposed of. */
  ended(session: BookedSession, { message, told }: SessionFate): void {
    if (!this.#entryOf(session)) return;
    this.#entries.delete(session.key);
    if (!told) this.#remember(session.key, 'SESSION_LOST', `the session was lost: ${message}`);
  }

  /** Frees a key, also of what is remembered about it: answers the session that its owner has to end. */
  dispose(key: string): BookedSession | undefined {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    this.#gone.delete(key);
    return entry;
  }

  /** Evicts what is due: answers the sessions that their owner has to end. */
  expire(): BookedSession[] {
    const due = [...this.#entries.values()].filter((entry) => this.#isDue(entry));
    for (const { key, idleMs } of due) {
      this.#entries.delete(key);
      this.#remember(key, 'SESSION_EXPIRED', expiry(idleMs));
    }
    return due;
  }

  /** Milliseconds until the next session is due; nothing where none is idle. */
  get dueInMs(): number | undefined {
    const idle = [...this.#entries.values()].filter(({ state }) => state === 'idle');
    if (idle.length === 0) return undefined;
    return Math.max(0, Math.min(...idle.map(({ until }) => until)) - this.#now());
  }

  #take(entry: Entry, idleMs: number): Entry {
    // One that is due is not saved by nobody having looked.
    if (this.#isDue(entry)) throw new CofferdamError('SESSION_EXPIRED', expiry(entry.idleMs));
    if (entry.state !== 'idle') throw new CofferdamError('SESSION_IN_USE');
    entry.state = 'live';
    entry.idleMs = idleMs;
    return entry;
  }

  #entryOf(session: BookedSession): Entry | undefined {
    const entry = this.#entries.get(session.key);
    return entry === session ? entry : undefined;
  }

  #isDue({ state, until }: Entry): boolean {
    return state === 'idle' && until <= this.#now();
  }

  #goneOf(key: string): GoneSession | undefined {
    const gone = this.#gone.get(key);
    if (!gone || gone.until > this.#now()) return gone;
    this.#gone.delete(key);
    return undefined;
  }

  #remember(key: string, code: GoneSession['code'], message: string): void {
    const text = message.slice(0, MAX_MESSAGE);
    this.#put(key, { code, message: text, until: this.#now() + GONE_MS });
  }

  #put(key: string, gone: GoneSession): void {
    this.#gone.delete(key);
    this.#gone.set(key, gone);
    if (this.#gone.size > MAX_GONE) this.#gone.delete(this.#gone.keys().next().value!);
  }
}

function expiry(idleMs: number): string {
  return `the session was evicted: nobody had it for ${idleMs} ms`;
}
