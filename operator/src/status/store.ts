import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ScriptStatus } from '@cofferdam/protocol';
import type { CompileVerdict, ScriptStore, StoredScript } from './script-store.ts';
import { uidOf } from './uid.ts';

/** Scripts that no source has had for so long are forgotten, with their generation. */
const KEEP_UNSEEN_MS = 30 * 86_400_000;
/** Verdicts kept, the most recently used first. */
const MAX_VERDICTS = 2_000;

const TABLES = `
  CREATE TABLE IF NOT EXISTS operator_scripts (
    uid TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    spec_digest TEXT NOT NULL,
    status TEXT,
    decided INTEGER,
    seen_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS operator_verdicts (
    compile_key TEXT PRIMARY KEY,
    verdict TEXT NOT NULL,
    used_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS operator_epoch (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL
  ) STRICT;
`;

const STATEMENTS = {
  nextEpoch: `INSERT INTO operator_epoch VALUES (1, 1)
    ON CONFLICT DO UPDATE SET epoch = epoch + 1 RETURNING epoch`,
  observe: `INSERT INTO operator_scripts (uid, generation, spec_digest, seen_at) VALUES (?, 1, ?, ?)
    ON CONFLICT DO UPDATE SET
      generation = generation + (spec_digest <> excluded.spec_digest),
      spec_digest = excluded.spec_digest,
      seen_at = excluded.seen_at
    RETURNING generation, status, decided`,
  read: 'SELECT generation, status, decided FROM operator_scripts WHERE uid = ?',
  writeStatus: 'UPDATE operator_scripts SET status = ? WHERE uid = ?',
  writeDecided: 'UPDATE operator_scripts SET decided = ? WHERE uid = ?',
  readVerdict: `UPDATE operator_verdicts SET used_at = ? WHERE compile_key = ? RETURNING verdict`,
  writeVerdict: 'INSERT OR REPLACE INTO operator_verdicts VALUES (?, ?, ?)',
  pruneScripts: 'DELETE FROM operator_scripts WHERE seen_at < ?',
  // A compiler that was killed for want of memory said no, too: after a restart it is asked again.
  pruneRefusals: `DELETE FROM operator_verdicts WHERE verdict ->> 'valid' = 0`,
  pruneVerdicts: `DELETE FROM operator_verdicts WHERE compile_key NOT IN
    (SELECT compile_key FROM operator_verdicts ORDER BY used_at DESC LIMIT ?)`,
} as const;

/** Status, generations and verdicts in tables of their own; they survive a restart. */
export class StatusStore implements ScriptStore {
  readonly #statements: Record<keyof typeof STATEMENTS, StatementSync>;
  readonly #now: () => number;

  constructor(database: DatabaseSync, now: () => number = Date.now) {
    this.#now = now;
    database.exec(TABLES);
    this.#statements = Object.fromEntries(
      Object.entries(STATEMENTS).map(([name, sql]) => [name, database.prepare(sql)]),
    ) as Record<keyof typeof STATEMENTS, StatementSync>;
    this.#statements.pruneScripts.run(now() - KEEP_UNSEEN_MS);
    this.#statements.pruneRefusals.run();
    this.#statements.pruneVerdicts.run(MAX_VERDICTS);
  }

  /** A number that no earlier process of this store had, and that is higher than all of them. */
  nextEpoch(): number {
    return Number(this.#statements.nextEpoch.get()!.epoch);
  }

  uidOf(key: string): string {
    const slash = key.indexOf('/');
    return uidOf({ namespace: key.slice(0, slash), name: key.slice(slash + 1) });
  }

  /** Says that the script is there with this spec; a new digest is a new generation. */
  observe(uid: string, specDigest: string): StoredScript {
    return stored(this.#statements.observe.get(uid, specDigest, this.#now())!);
  }

  read(uid: string): StoredScript | undefined {
    const row = this.#statements.read.get(uid);
    return row && stored(row);
  }

  writeStatus(uid: string, status: ScriptStatus): void {
    this.#statements.writeStatus.run(JSON.stringify(status), uid);
  }

  writeDecided(uid: string, scheduledAt: number): void {
    this.#statements.writeDecided.run(scheduledAt, uid);
  }

  verdict(compileKey: string): CompileVerdict | undefined {
    const row = this.#statements.readVerdict.get(this.#now(), compileKey);
    return row && (JSON.parse(String(row.verdict)) as CompileVerdict);
  }

  rememberVerdict(compileKey: string, verdict: CompileVerdict): void {
    this.#statements.writeVerdict.run(compileKey, JSON.stringify(verdict), this.#now());
  }
}

function stored(row: Record<string, unknown>): StoredScript {
  return {
    generation: Number(row.generation),
    ...(row.status === null ? {} : { status: JSON.parse(String(row.status)) as ScriptStatus }),
    ...(row.decided === null ? {} : { decided: Number(row.decided) }),
  };
}
