import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { CofferdamError } from '@cofferdam/protocol';
import type { RunEnd, RunListQuery, RunStart } from './records.ts';
import { endColumns, LIST_COLUMNS, startColumns, type Row } from './row.ts';

const INTERRUPTED = JSON.stringify({
  name: 'Unavailable',
  message: 'The gateway ended while the run went on',
});
const UNIQUE_VIOLATION = 2067;

/** The statements on the table of runs, each prepared once. */
export class RunTable {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Answers how many bytes the row counts as. */
  insert(run: RunStart, end?: RunEnd): number {
    const ending = end ? endColumns(end) : { bytes: 0 };
    const columns = { ...startColumns(run), ...ending };
    const names = Object.keys(columns);
    const marks = names.map((name) => `:${name}`).join(', ');
    this.#statement(`INSERT INTO runs (${names.join(', ')}) VALUES (${marks})`).run(columns);
    return ending.bytes;
  }

  /** Throws `DUPLICATE_RUN` when the run's script and time are taken. */
  insertClaim(run: RunStart): void {
    try {
      this.insert(run);
    } catch (error) {
      if (Object(error).errcode !== UNIQUE_VIOLATION) throw error;
      throw new CofferdamError('DUPLICATE_RUN', undefined, { cause: error });
    }
  }

  /** Answers how many bytes the row counts as. */
  update(runId: string, end: RunEnd): number {
    const columns = endColumns(end);
    const sets = Object.keys(columns).map((name) => `${name} = :${name}`);
    this.#statement(`UPDATE runs SET ${sets.join(', ')} WHERE run_id = :run_id`).run({
      ...columns,
      run_id: runId,
    });
    return columns.bytes;
  }

  /** Ends what a predecessor had started. */
  endInterrupted(): void {
    this.#statement(
      `UPDATE runs SET exit_reason = 'Unavailable', duration_ms = 0, queued_ms = 0, error = ?
       WHERE exit_reason IS NULL`,
    ).run(INTERRUPTED);
  }

  get(runId: string): Row | undefined {
    return this.#statement('SELECT * FROM runs WHERE run_id = ?').get(runId);
  }

  holder(uid: string, scheduledAt: number): Row | undefined {
    return this.#statement(
      `SELECT * FROM runs INDEXED BY runs_schedule
       WHERE script_uid = ? AND scheduled_at = ? AND scheduled_at IS NOT NULL`,
    ).get(uid, scheduledAt);
  }

  list({ namespace, name, limit, before }: Required<RunListQuery>): Row[] {
    return this.#statement(
      `SELECT ${LIST_COLUMNS} FROM runs INDEXED BY runs_script
       WHERE script_uid IS NOT NULL AND namespace = ? AND name = ? AND seq < ?
       ORDER BY seq DESC LIMIT ?`,
    ).all(namespace, name, before, limit);
  }

  totalBytes(): number {
    return Number(this.#statement('SELECT total(bytes) AS bytes FROM runs').get()?.bytes ?? 0);
  }

  /** Keeps a script's newest finished runs; a time that is forgotten may not be claimed again. */
  pruneScript(uid: string, history: number): void {
    const victims = `SELECT seq FROM runs INDEXED BY runs_uid
      WHERE script_uid = :uid AND exit_reason IS NOT NULL
      ORDER BY seq DESC LIMIT -1 OFFSET :history`;
    this.#forget(victims, { uid, history });
  }

  /** Keeps the newest runs that belong to no script. */
  pruneInline(keep: number): void {
    const victims = `SELECT seq FROM runs INDEXED BY runs_inline WHERE script_uid IS NULL
      ORDER BY seq DESC LIMIT -1 OFFSET :keep`;
    this.#forget(victims, { keep });
  }

  /** Removes the oldest finished runs; answers how many there were. */
  pruneOldest(count: number): number {
    const victims = `SELECT seq FROM runs WHERE exit_reason IS NOT NULL ORDER BY seq LIMIT :count`;
    return this.#forget(victims, { count });
  }

  prunedThrough(uid: string): number {
    const row = this.#statement('SELECT pruned_through FROM schedules WHERE script_uid = ?').get(
      uid,
    );
    return Number(row?.pruned_through ?? -1);
  }

  epoch(): number {
    return Number(this.#statement('SELECT epoch FROM leases WHERE id = 1').get()?.epoch ?? 0);
  }

  setEpoch(epoch: number): void {
    this.#statement(
      'INSERT INTO leases (id, epoch) VALUES (1, ?) ON CONFLICT DO UPDATE SET epoch = excluded.epoch',
    ).run(epoch);
  }

  #forget(victims: string, parameters: Record<string, string | number>): number {
    this.#statement(
      `INSERT INTO schedules (script_uid, pruned_through)
       SELECT script_uid, max(scheduled_at) FROM runs
       WHERE seq IN (${victims}) AND scheduled_at IS NOT NULL GROUP BY script_uid
       ON CONFLICT DO UPDATE SET pruned_through = max(pruned_through, excluded.pruned_through)`,
    ).run(parameters);
    const deleted = this.#statement(`DELETE FROM runs WHERE seq IN (${victims})`).run(parameters);
    return Number(deleted.changes);
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.#database.prepare(sql)));
    return statement;
  }
}
