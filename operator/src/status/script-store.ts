import type { GuestError, ScriptStatus } from '@cofferdam/protocol';

/** Whether a source compiles, as a compiler said once. */
export type CompileVerdict = { valid: true } | { valid: false; error: GuestError };

/** What is kept of a script beside its source. */
export interface StoredScript {
  generation: number;
  /** Absent until the first reconcile is done. */
  status?: ScriptStatus;
  /** The last scheduled time that was decided on, in milliseconds since the epoch. */
  decided?: number;
}

/** What is known of scripts; every answer is at once. */
export interface ScriptStore {
  /** The script's uid; undefined for one that nobody has. */
  uidOf(key: string): string | undefined;
  /** Says that the script is there with this spec; a new digest may be a new generation. */
  observe(uid: string, specDigest: string): StoredScript;
  read(uid: string): StoredScript | undefined;
  writeStatus(uid: string, status: ScriptStatus): void;
  writeDecided(uid: string, scheduledAt: number): void;
  verdict(compileKey: string): CompileVerdict | undefined;
  rememberVerdict(compileKey: string, verdict: CompileVerdict): void;
}
