import type { DatabaseSync } from 'node:sqlite';

/** Each is run once, in order; never changed after a release. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE runs (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     run_id TEXT NOT NULL UNIQUE,
     trace_id TEXT NOT NULL,
     tenant TEXT NOT NULL,
     trigger TEXT NOT NULL,
     engine TEXT NOT NULL,
     preset TEXT NOT NULL,
     label TEXT NOT NULL,
     script_uid TEXT,
     namespace TEXT,
     name TEXT,
     generation INTEGER,
     scheduled_at INTEGER,
     started_at REAL NOT NULL,
     duration_ms REAL,
     queued_ms REAL,
     exit_reason TEXT,
     error TEXT,
     value TEXT,
     value_cut INTEGER NOT NULL DEFAULT 0,
     logs TEXT,
     logs_cut INTEGER NOT NULL DEFAULT 0,
     stats TEXT,
     layers TEXT,
     digest TEXT,
     spans TEXT,
     bytes INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE UNIQUE INDEX runs_schedule ON runs (script_uid, scheduled_at)
     WHERE scheduled_at IS NOT NULL;
   CREATE INDEX runs_script ON runs (namespace, name, seq) WHERE script_uid IS NOT NULL;
   CREATE INDEX runs_uid ON runs (script_uid, seq) WHERE script_uid IS NOT NULL;
   CREATE INDEX runs_inline ON runs (seq) WHERE script_uid IS NULL;
   CREATE INDEX runs_bytes ON runs (bytes);
   CREATE TABLE schedules (
     script_uid TEXT PRIMARY KEY,
     pruned_through INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE leases (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     epoch INTEGER NOT NULL
   ) STRICT;`,
  `CREATE TABLE run_artifacts (
     id INTEGER PRIMARY KEY,
     run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
     tenant TEXT NOT NULL,
     name TEXT NOT NULL,
     content_type TEXT NOT NULL,
     about TEXT,
     size INTEGER NOT NULL,
     bytes BLOB NOT NULL,
     UNIQUE (run_id, name)
   ) STRICT;
   CREATE INDEX run_artifacts_tenant ON run_artifacts (tenant, id, size);`,
  `CREATE TABLE sessions (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     tenant TEXT NOT NULL,
     key TEXT NOT NULL,
     created_at REAL NOT NULL,
     code TEXT,
     message TEXT,
     until REAL,
     told INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE INDEX sessions_gone ON sessions (tenant, seq) WHERE until IS NOT NULL;`,
];

/** Brings a database to the newest schema. Throws when it was written by a newer version of us. */
export function migrate(database: DatabaseSync): void {
  database.exec(`CREATE TABLE IF NOT EXISTS migrations (
    version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL
  ) STRICT`);
  const row = database.prepare('SELECT max(version) AS version FROM migrations').get();
  const version = Number(row?.version ?? 0);
  if (version > MIGRATIONS.length) {
    throw new Error(`the records' schema is version ${version}, newer than this program`);
  }
  for (let next = version; next < MIGRATIONS.length; next++) apply(database, next);
}

function apply(database: DatabaseSync, index: number): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(MIGRATIONS[index]!);
    database
      .prepare('INSERT INTO migrations (version, applied_at) VALUES (?, ?)')
      .run(index + 1, new Date().toISOString());
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
