import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { RunArtifact, RunArtifactEntry } from './artifacts.ts';
import type { RunStart } from './records.ts';

type Row = Record<string, SQLOutputValue>;

/** The statements on the table of artifacts. A run's go with its record (ON DELETE CASCADE). */
export class ArtifactTable {
  readonly #database: DatabaseSync;
  readonly #maxBytes: number;
  /** Whether something was added since {@link prune} looked. */
  #hasGrown = true;

  constructor(database: DatabaseSync, maxBytes: number) {
    this.#database = database;
    this.#maxBytes = maxBytes;
  }

  insert({ runId, tenant }: RunStart, artifacts: readonly RunArtifact[]): void {
    if (artifacts.length === 0) return;
    this.#hasGrown = true;
    const statement = this.#database.prepare(
      `INSERT INTO run_artifacts (run_id, tenant, name, content_type, about, size, bytes)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    for (const { name, contentType, about = null, bytes } of artifacts) {
      statement.run(runId, tenant, name, contentType, about, bytes.byteLength, bytes);
    }
  }

  list(runId: string): RunArtifactEntry[] {
    return this.#database
      .prepare(
        `SELECT name, content_type, about, size FROM run_artifacts
         WHERE run_id = ? ORDER BY id`,
      )
      .all(runId)
      .map((row) => ({ ...readCommon(row), size: Number(row.size) }));
  }

  get(runId: string, name: string): RunArtifact | undefined {
    const row = this.#database
      .prepare('SELECT * FROM run_artifacts WHERE run_id = ? AND name = ?')
      .get(runId, name);
    return row && { ...readCommon(row), bytes: Buffer.from(row.bytes as Uint8Array) };
  }

  /** Beyond the bound the oldest go of whoever has most: nobody's screenshots cost another tenant its own. */
  prune(): void {
    if (!this.#hasGrown) return;
    this.#hasGrown = false;
    while (this.#total() > this.#maxBytes) this.#dropOldest();
  }

  #total(): number {
    const row = this.#database.prepare('SELECT total(size) AS bytes FROM run_artifacts').get();
    return Number(row?.bytes ?? 0);
  }

  #dropOldest(): void {
    this.#database.exec(
      `DELETE FROM run_artifacts WHERE run_id = (
         SELECT run_id FROM run_artifacts WHERE tenant = (
           SELECT tenant FROM run_artifacts GROUP BY tenant ORDER BY total(size) DESC LIMIT 1
         ) ORDER BY id LIMIT 1
       )`,
    );
  }
}

function readCommon(row: Row): Omit<RunArtifact, 'bytes'> {
  return {
    name: String(row.name),
    contentType: row.content_type as RunArtifact['contentType'],
    ...(typeof row.about === 'string' ? { about: row.about } : {}),
  };
}
