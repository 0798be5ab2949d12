import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { GoneSession } from '@cofferdam/protocol';

/** How a session ended that was not disposed of. */
export interface SessionEnding extends GoneSession {
  /** Whoever had it knows: its key is free, and its id is not. */
  told: boolean;
}

/** One session, by its id: those that there are, and for an hour those that are gone. */
export interface SessionRow {
  id: string;
  tenant: string;
  key: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

export type GoneRow = SessionRow & SessionEnding;

/** What a gateway that begins anew has to know of sessions. */
export interface SessionRecords {
  add(row: SessionRow): void;
  end(id: string, ending: SessionEnding): void;
  delete(id: string): void;
  /** Drops what is asked for no more: `now` is in milliseconds since the epoch. */
  forget(now: number): void;
  /** What an earlier gateway left, the oldest first; what it had not ended ends as `lost` says. */
  takeOver(lost: SessionEnding, now: number): GoneRow[];
}

/** Ended sessions that are kept of one tenant. */
const MAX_GONE = 4_096;

/** The table of sessions; each statement is prepared once. */
export class SessionTable implements SessionRecords {
  readonly #add: StatementSync;
  readonly #end: StatementSync;
  readonly #delete: StatementSync;
  readonly #prune: StatementSync;
  readonly #endAll: StatementSync;
  readonly #forget: StatementSync;
  readonly #all: StatementSync;

  constructor(database: DatabaseSync) {
    this.#add = database.prepare(
      'INSERT INTO sessions (id, tenant, key, created_at) VALUES (:id, :tenant, :key, :createdAt)',
    );
    const gone = 'code = :code, message = :message, until = :until, told = :told';
    this.#end = database.prepare(`UPDATE sessions SET ${gone} WHERE id = :id`);
    this.#delete = database.prepare('DELETE FROM sessions WHERE id = ?');
    this.#prune = database.prepare(
      `DELETE FROM sessions WHERE seq IN (
         SELECT seq FROM sessions WHERE until IS NOT NULL AND tenant =
           (SELECT tenant FROM sessions WHERE id = ?)
         ORDER BY seq DESC LIMIT -1 OFFSET ${MAX_GONE})`,
    );
    this.#endAll = database.prepare(`UPDATE sessions SET ${gone} WHERE until IS NULL`);
    this.#forget = database.prepare('DELETE FROM sessions WHERE until <= ?');
    this.#all = database.prepare('SELECT * FROM sessions ORDER BY until, seq');
  }

  add(row: SessionRow): void {
    this.#add.run({ ...row });
  }

  end(id: string, ending: SessionEnding): void {
    this.#end.run({ id, ...columnsOf(ending) });
    this.#prune.run(id);
  }

  delete(id: string): void {
    this.#delete.run(id);
  }

  forget(now: number): void {
    this.#forget.run(now);
  }

  takeOver(lost: SessionEnding, now: number): GoneRow[] {
    this.#endAll.run(columnsOf(lost));
    this.forget(now);
    return this.#all.all().map((row) => ({
      id: String(row.id),
      tenant: String(row.tenant),
      key: String(row.key),
      createdAt: Number(row.created_at),
      code: row.code === 'SESSION_EXPIRED' ? 'SESSION_EXPIRED' : 'SESSION_LOST',
      message: String(row.message),
      until: Number(row.until),
      told: row.told === 1,
    }));
  }
}

function columnsOf({ code, message, until, told }: SessionEnding) {
  return { code, message, until, told: told ? 1 : 0 };
}
