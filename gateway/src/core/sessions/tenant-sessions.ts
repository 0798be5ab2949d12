import {
  CofferdamError,
  SessionBook,
  type BookedSession,
  type GoneSession,
  type RuntimeSpec,
  type SessionAcquired,
  type SessionEnd,
  type SessionFate,
} from '@cofferdam/protocol';
import type { Clock } from '../clock.ts';
import type { GoneRow, SessionRecords } from '../records/session-table.ts';
import type { RunnerLease } from '../runners/registry.ts';
import { GoneSessions } from './gone-sessions.ts';
import { GatewaySession, RUNNER_GONE, type SessionPlan } from './session.ts';
import type { SessionVisit } from './session-visit.ts';

export interface TenantSessionsOptions {
  tenant: string;
  maxSessions: number;
  now: Clock;
  records: SessionRecords;
  /** A runner for a new session. */
  acquire(session: GatewaySession, signal: AbortSignal): Promise<RunnerLease>;
  /** Takes a place for one more runtime, and answers how it is given back; throws `QUEUE_FULL`. */
  enter(): () => void;
  onError(error: unknown): void;
}

export interface Asked {
  key: string;
  idleMs: number;
  /** Of a session that has to be made. May throw. */
  plan: () => SessionPlan;
}

/** A session that somebody has. */
export interface Having {
  session: GatewaySession;
  visit: SessionVisit;
  acquired: SessionAcquired;
}

/** Whoever wants to have a session. */
export interface Visitor {
  /** What the guest may use in this visit. */
  spec(session: GatewaySession): Promise<RuntimeSpec>;
  /** It can be used from here on. */
  onReady(having: Having): void;
  /** Settles when it is given back. */
  leaving: Promise<void>;
  /** Gives up waiting for one that is being made. */
  signal: AbortSignal;
  /** Whether nobody hears what is answered. */
  isLost(): boolean;
}

/** A minute less than its runner would keep it: who evicts it is the gateway. */
const MAX_IDLE_MS = 24 * 3_600_000 - 60_000;
const GONE_MS = 3_600_000;
const MAX_MESSAGE = 1_024;
const RECYCLED = 'its runner was recycled';
/** What a runner may say of what it was asked; other codes are its word alone. */
const OWN: ReadonlySet<string> = new Set(['INVALID_INPUT', 'FORBIDDEN', 'QUEUE_FULL', 'CANCELLED']);

/** The sessions of one tenant, whoever has them: embedders' handles and callers over HTTP. */
export class TenantSessions {
  readonly #options: TenantSessionsOptions;
  readonly #book: SessionBook;
  readonly #gone: GoneSessions;
  readonly #sessions = new Map<BookedSession, GatewaySession>();
  readonly #had = new Set<GatewaySession>();
  #isClosed = false;

  constructor(options: TenantSessionsOptions) {
    const { maxSessions, now } = options;
    this.#options = options;
    this.#book = new SessionBook({ maxSessions, now });
    this.#gone = new GoneSessions(now);
  }

  /** Whether there is nothing to know of this tenant. */
  get isEmpty(): boolean {
    return this.#book.isEmpty && this.#sessions.size === 0 && this.#gone.isEmpty;
  }

  list(): GatewaySession[] {
    return [...this.#sessions.values()];
  }

  /** Throws `SESSION_NOT_FOUND`, and why one is gone. */
  byId(id: string): GatewaySession {
    const session = this.list().find((each) => each.id === id);
    if (session?.isTold) throw new CofferdamError('SESSION_LOST');
    if (session) return session;
    const gone = this.#gone.get(id);
    if (gone) throw new CofferdamError(gone.code, gone.message);
    throw new CofferdamError('SESSION_NOT_FOUND');
  }

  byKey(key: string): GatewaySession | undefined {
    return this.list().find(({ booked, isTold }) => booked.key === key && !isTold);
  }

  /** Somebody has it, or makes it. */
  isHad(session: GatewaySession): boolean {
    return this.#had.has(session);
  }

  /**
   * Gives a key's session to a visitor until that gives it back, or it ends; makes one where there is none.
   * Throws `SESSION_IN_USE`, `SESSION_EXPIRED`, `SESSION_LOST`, `QUEUE_FULL`, and what keeps one from being made.
   */
  async have(asked: Asked, visitor: Visitor): Promise<SessionEnd> {
    if (this.#isClosed) throw new CofferdamError('SHUTTING_DOWN');
    const idleMs = Math.min(asked.idleMs, MAX_IDLE_MS);
    const { session: booked, created } = this.#book.acquire(asked.key, idleMs);
    const session = created ? this.#make(booked, asked) : this.#sessions.get(booked)!;
    this.#had.add(session);
    try {
      const visit = await this.#visit(session, visitor, created);
      const acquired = await this.#begun(session, visit, created);
      const isUnheard = created && visitor.signal.aborted;
      visitor.onReady({ session, visit, acquired });
      const end = await this.#until(session, visit, visitor);
      this.#had.delete(session);
      // One that nobody heard of is none that anybody could miss.
      if (end.released && isUnheard) await this.end(session, 'Nobody waited for the session');
      else if (end.released) this.#released(session);
      else this.#over(session, { message: textOf(end), told: !visitor.isLost() });
      return end;
    } finally {
      this.#had.delete(session);
    }
  }

  /** Whoever has it was told that it is over: its key is free. */
  told(session: GatewaySession): void {
    session.isTold = true;
    this.#book.ended(session.booked, { message: '', told: true });
  }

  /** Frees a key, also of what is remembered; answers whether there was a session when that has ended. */
  async dispose(key: string, reason: string): Promise<{ existed: boolean }> {
    const booked = this.#book.dispose(key);
    const session = booked && this.#sessions.get(booked);
    for (const id of this.#gone.free(key)) this.#record((records) => records.delete(id));
    if (session) await this.#end(session, reason);
    return { existed: session !== undefined };
  }

  /** Ends this session, and frees its id; throws `SESSION_NOT_FOUND`. */
  async disposeId(id: string, reason: string): Promise<void> {
    const session = this.list().find((each) => each.id === id);
    if (session) return this.end(session, reason);
    const gone = this.#gone.get(id);
    if (!gone) throw new CofferdamError('SESSION_NOT_FOUND');
    this.#gone.delete(id);
    this.#record((records) => records.delete(id));
    if (!gone.told && this.#book.state(gone.key) === 'gone') this.#book.dispose(gone.key);
  }

  /** Ends exactly this session; its key is free from here on. */
  async end(session: GatewaySession, reason: string): Promise<void> {
    this.told(session);
    await this.#end(session, reason);
  }

  /** Evicts what is due, and ends what nobody has in runners that are to go. */
  sweep(): void {
    for (const booked of this.#book.expire()) {
      const session = this.#sessions.get(booked);
      const gone = this.#book.gone(booked.key);
      if (!session || !gone) continue;
      this.#remember(session, gone, false);
      session.close();
    }
    for (const session of this.list()) {
      if (session.mustEnd && !this.isHad(session)) this.#lost(session, RECYCLED);
    }
  }

  /** Takes over what an earlier gateway knew. */
  restore(row: GoneRow): void {
    const { key, code, message, until, told } = row;
    this.#gone.add(row);
    if (!told) this.#book.restore(key, { code, message, until });
  }

  /** Ends all of them; what is kept of them says so to whoever asks the next gateway. */
  close(): void {
    this.#isClosed = true;
    for (const session of this.list()) {
      this.#sessions.delete(session.booked);
      session.close();
    }
  }

  #make(booked: BookedSession, asked: Asked): GatewaySession {
    try {
      const { tenant, enter, now } = this.#options;
      const plan = asked.plan();
      const session = new GatewaySession({
        ...{ tenant, booked, plan, createdAt: now(), leave: enter() },
      });
      this.#sessions.set(booked, session);
      return session;
    } catch (error) {
      this.#book.ended(booked, { message: '', told: true });
      throw error;
    }
  }

  async #visit(session: GatewaySession, visitor: Visitor, created: boolean): Promise<SessionVisit> {
    try {
      if (created) {
        const signal = AbortSignal.any([visitor.signal, session.signal]);
        session.place(await this.#options.acquire(session, signal));
      }
      const spec = await visitor.spec(session);
      if (session.isOver) throw new CofferdamError('RUNTIME_ENDED', 'the session was disposed of');
      return session.visit(spec);
    } catch (error) {
      this.#had.delete(session);
      if (created) this.#unmade(session);
      else this.#released(session);
      throw error;
    }
  }

  async #begun(
    session: GatewaySession,
    visit: SessionVisit,
    created: boolean,
  ): Promise<SessionAcquired> {
    try {
      const acquired = await visit.acquired;
      // One that its runner lost without a word is not replaced without one.
      if (acquired.created !== created) throw new CofferdamError('SESSION_LOST');
      if (created) this.#opened(session);
      return { ...acquired, layers: session.layers };
    } catch (thrown) {
      const error = CofferdamError.from(thrown);
      dropIfBroken(session, error);
      if (created || error.code !== 'QUEUE_FULL') visit.abandon();
      if (created) throw this.#notMade(session, error);
      this.#had.delete(session);
      if (error.code !== 'QUEUE_FULL') throw this.#lostError(session, error);
      this.#released(session);
      throw error;
    }
  }

  async #until(
    session: GatewaySession,
    visit: SessionVisit,
    visitor: Visitor,
  ): Promise<SessionEnd> {
    const left = visitor.leaving.then(() => visit.release());
    left.catch(() => {});
    try {
      return await Promise.race([visit.end, left]);
    } catch (thrown) {
      const error = CofferdamError.from(thrown);
      dropIfBroken(session, error);
      const message = error.code === 'CONNECTION_LOST' ? RUNNER_GONE : error.message;
      if (session.isOver) throw new CofferdamError('RUNTIME_ENDED', 'the session was disposed of');
      this.#over(session, { message, told: !visitor.isLost() });
      throw new CofferdamError('SESSION_LOST', lossText(message), { cause: error });
    }
  }

  #opened(session: GatewaySession): void {
    const { id, tenant, booked, createdAt } = session;
    this.#book.opened(booked);
    if (session.isOver) return;
    this.#record((records) => records.add({ id, tenant, key: booked.key, createdAt }));
    session.keep(() => {
      if (!this.isHad(session)) this.#lost(session, session.ending!);
    });
  }

  #released(session: GatewaySession): void {
    session.releasedAt = this.#options.now();
    this.#book.released(session.booked);
    if (session.ending !== undefined) this.#lost(session, session.ending);
    else if (session.mustEnd) this.#lost(session, RECYCLED);
  }

  #notMade(session: GatewaySession, error: CofferdamError): CofferdamError {
    this.#unmade(session);
    if (OWN.has(error.code)) return error;
    const message = `the session could not be made: ${error.message}`;
    return new CofferdamError('UNAVAILABLE', message, { cause: error });
  }

  #unmade(session: GatewaySession): void {
    this.told(session);
    this.#sessions.delete(session.booked);
    session.close();
  }

  #lostError(session: GatewaySession, error: CofferdamError): CofferdamError {
    const message =
      session.ending ?? (error.code === 'CONNECTION_LOST' ? RUNNER_GONE : error.message);
    this.#lost(session, message);
    return new CofferdamError('SESSION_LOST', lossText(message), { cause: error });
  }

  #lost(session: GatewaySession, message: string): void {
    this.#over(session, { message, told: false });
  }

  /** It is over without having been disposed of. */
  #over(session: GatewaySession, { message, told }: SessionFate): void {
    const text = lossText(message).slice(0, MAX_MESSAGE);
    this.#book.ended(session.booked, { message: text.slice(LOSS.length), told });
    const until = this.#options.now() + GONE_MS;
    this.#remember(session, { code: 'SESSION_LOST', message: text, until }, told);
    session.close();
  }

  #remember(session: GatewaySession, gone: GoneSession, told: boolean): void {
    const { id, tenant, createdAt, booked } = session;
    if (!this.#sessions.delete(booked)) return;
    this.#gone.add({ id, tenant, key: booked.key, createdAt, ...gone, told });
    this.#record((records) => records.end(id, { ...gone, told }));
  }

  async #end(session: GatewaySession, reason: string): Promise<void> {
    this.#sessions.delete(session.booked);
    this.#record((records) => records.delete(session.id));
    await session.dispose(reason);
  }

  /** Sessions go on where what is known of them cannot be written. */
  #record(work: (records: SessionRecords) => void): void {
    const { records, onError } = this.#options;
    try {
      work(records);
    } catch (error) {
      onError(error);
    }
  }
}

function dropIfBroken(session: GatewaySession, { code, message }: CofferdamError): void {
  if (code === 'PROTOCOL_VIOLATION') session.lease.drop(`a session: ${message}`);
}

function textOf({ exitReason = 'Cancelled', message = '' }: SessionEnd): string {
  return `${exitReason}: ${message}`;
}

/** As the book says it of a key. */
function lossText(message: string): string {
  return message.startsWith(LOSS) ? message : LOSS + message;
}

const LOSS = 'the session was lost: ';
