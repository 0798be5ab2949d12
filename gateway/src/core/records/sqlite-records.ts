import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { CofferdamError } from '@cofferdam/protocol';
import { ArtifactTable } from './artifact-table.ts';
import type { RunArtifact, RunArtifactEntry } from './artifacts.ts';
import { migrate } from './migrations.ts';
import type {
  RunEnd,
  RunListEntry,
  RunListQuery,
  RunRecord,
  RunRecords,
  RunStart,
} from './records.ts';
import { readListEntry, readRecord } from './row.ts';
import { RunTable } from './run-table.ts';
import { SessionTable } from './session-table.ts';

export interface SqliteRecordsOptions {
  /** A file, or `:memory:`. */
  path: string;
  /** Runs kept that belong to no script, give or take 64. Default 1,000. */
  maxInline?: number;
  /** Bytes of records kept in all. Default 256 MiB. */
  maxBytes?: number;
  /** Bytes of what is kept of runs' browsers, in all. Default 256 MiB. */
  maxArtifactBytes?: number;
  /** Told when records could not be written; they are lost then, the runs are not. */
  onError?: (error: unknown) => void;
}

/** What waits is written this many milliseconds later, in one transaction. */
const BATCH_MS = 50;
/** So many are written without waiting: a row takes 0.03 ms, in which nothing else goes on. */
const BATCH_RUNS = 16;
/** Runs without a script are counted anew after this many. */
const INLINE_STEP = 64;
/** When the bytes are over, this many of the oldest go. */
const PRUNE_STEP = 100;
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

interface Finished {
  run: RunStart;
  end: RunEnd;
  claimed: boolean;
}

/** Opens (or makes) the records. Node's SQLite is loaded here, when it is needed. */
export async function openSqliteRecords(options: SqliteRecordsOptions): Promise<RunRecords> {
  const { DatabaseSync } = await import('node:sqlite');
  if (options.path !== ':memory:') makeFile(options.path);
  const database = new DatabaseSync(options.path, { timeout: 5_000 });
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  migrate(database);
  return new SqliteRecords(database, options);
}

/** Results may hold what is nobody else's business; SQLite's side files get the mode of this one. */
function makeFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
}

class SqliteRecords implements RunRecords {
  readonly sessions: SessionTable;
  readonly #database: DatabaseSync;
  readonly #table: RunTable;
  readonly #artifacts: ArtifactTable;
  readonly #maxInline: number;
  readonly #maxBytes: number;
  readonly #onError: (error: unknown) => void;
  readonly #claimed = new Set<string>();
  #waiting: Finished[] = [];
  #timer: NodeJS.Timeout | undefined;
  #epoch: number;
  /** At least what the records hold: what pruning removes is not subtracted until it matters. */
  #bytes: number;
  #closed = false;
  /** Runs without a script since they were last pruned. */
  #inline = 0;

  constructor(database: DatabaseSync, options: SqliteRecordsOptions) {
    this.#database = database;
    this.#table = new RunTable(database);
    this.sessions = new SessionTable(database);
    this.#artifacts = new ArtifactTable(database, options.maxArtifactBytes ?? 256 * 1024 * 1024);
    this.#maxInline = options.maxInline ?? 1_000;
    this.#maxBytes = options.maxBytes ?? 256 * 1024 * 1024;
    this.#onError = options.onError ?? (() => {});
    this.#table.endInterrupted();
    this.#epoch = this.#table.epoch();
    this.#bytes = this.#table.totalBytes();
  }

  claim(run: RunStart, epoch: number | undefined): void {
    this.#checkEpoch(epoch);
    const { script, scheduledAt } = run;
    if (!script || scheduledAt === undefined) {
      throw new CofferdamError('INVALID_INPUT', 'a scheduled run names its script and time');
    }
    if (scheduledAt <= this.#table.prunedThrough(script.uid)) {
      throw new CofferdamError('DUPLICATE_RUN');
    }
    this.#table.insertClaim(run);
    this.#claimed.add(run.runId);
  }

  finish(run: RunStart, end: RunEnd): void {
    this.#waiting.push({ run, end, claimed: this.#claimed.delete(run.runId) });
    this.#timer ??= setTimeout(() => this.flush(), BATCH_MS);
    // Once, and behind the answer of the run that filled the batch.
    if (this.#waiting.length === BATCH_RUNS) setImmediate(() => this.flush());
  }

  get(runId: string): RunRecord | undefined {
    this.flush();
    const row = this.#table.get(runId);
    return row && readRecord(row);
  }

  holder(uid: string, scheduledAt: number): RunRecord | undefined {
    this.flush();
    const row = this.#table.holder(uid, scheduledAt);
    return row && row.exit_reason !== null ? readRecord(row) : undefined;
  }

  list({ namespace, name, limit, before }: RunListQuery): RunListEntry[] {
    this.flush();
    const query = {
      namespace,
      name,
      limit: Math.min(MAX_LIMIT, Math.max(1, limit ?? DEFAULT_LIMIT)),
      before: before ?? Number.MAX_SAFE_INTEGER,
    };
    return this.#table.list(query).map(readListEntry);
  }

  artifacts(runId: string): RunArtifactEntry[] {
    this.flush();
    return this.#artifacts.list(runId);
  }

  artifact(runId: string, name: string): RunArtifact | undefined {
    this.flush();
    return this.#artifacts.get(runId, name);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting;
    if (batch.length === 0 || this.#closed) return;
    this.#waiting = [];
    try {
      this.#write(batch);
    } catch (error) {
      this.#onError(error);
    }
  }

  close(): void {
    this.flush();
    this.#closed = true;
    this.#database.close();
  }

  #checkEpoch(epoch: number | undefined): void {
    if (epoch === undefined) return;
    // Read anew: a gateway that replaces another one shares its file for a while.
    this.#epoch = this.#table.epoch();
    if (epoch === this.#epoch) return;
    if (epoch < this.#epoch) throw new CofferdamError('STALE_EPOCH');
    this.#table.setEpoch(epoch);
    this.#epoch = epoch;
  }

  #write(batch: readonly Finished[]): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (const { run, end, claimed } of batch) {
        this.#bytes += claimed ? this.#table.update(run.runId, end) : this.#table.insert(run, end);
        this.#artifacts.insert(run, end.artifacts ?? []);
      }
      this.#prune(batch);
      this.#artifacts.prune();
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #prune(batch: readonly Finished[]): void {
    const histories = new Map<string, number>();
    for (const { run } of batch) if (run.script) histories.set(run.script.uid, run.script.history);
    for (const [uid, history] of histories) this.#table.pruneScript(uid, history);
    this.#inline += batch.filter(({ run }) => !run.script).length;
    if (this.#inline >= Math.min(INLINE_STEP, this.#maxInline)) {
      this.#table.pruneInline(this.#maxInline);
      this.#inline = 0;
    }
    if (this.#bytes > this.#maxBytes) this.#pruneBytes();
  }

  #pruneBytes(): void {
    this.#bytes = this.#table.totalBytes();
    while (this.#bytes > this.#maxBytes && this.#table.pruneOldest(PRUNE_STEP) > 0) {
      this.#bytes = this.#table.totalBytes();
    }
  }
}
