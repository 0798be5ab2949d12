import type { ExitReason } from '../run/exit-reason.ts';
import type { Layer } from '../run/guest-options.ts';
import type { Condition } from './condition.ts';

export interface RunSummary {
  runId: string;
  /** RFC 3339. */
  startedAt: string;
  durationMs: number;
  exitReason: ExitReason;
  trigger: 'schedule' | 'manual' | 'http';
  /** One line: the error's name and message, or the result cut short. */
  summary: string;
}

/** What is known of a script; Ready (it could run) and Healthy (its last runs were good) stay apart. */
export interface ScriptStatus {
  observedGeneration: number;
  conditions: Condition[];
  digest?: string;
  lastRun?: RunSummary;
  /** Newest first, at most 10. */
  recentRuns: RunSummary[];
  /** RFC 3339; absent without a schedule or while suspended. */
  nextRun?: string;
  layers?: Layer[];
}
