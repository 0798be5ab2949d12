import type { Catalogue, ResolvedScript } from '@cofferdam/protocol';
import type { RunIntent } from './intent.ts';

/** What a run of a script has beside what the script says. */
export type IntentExtras = Pick<
  RunIntent,
  | 'trigger'
  | 'traceparent'
  | 'lineage'
  | 'scheduledAt'
  | 'cron'
  | 'epoch'
  | 'notAfter'
  | 'onLog'
  | 'signal'
> & {
  /** Replaces the script's input; absent keeps it. */
  input?: unknown;
};

export interface ScriptCatalogue {
  readonly version: number;
  /** Replaces the whole catalogue; answers false (and changes nothing) unless its version is higher. */
  publish(catalogue: Catalogue): boolean;
  /** Changes some scripts, whatever the version; `drop` are keys, `namespace/name`. */
  change(change: { put: readonly ResolvedScript[]; drop: readonly string[] }): void;
  /** Tells this listener of every change, when it is there. */
  onChange(listener: () => void): void;
  get(namespace: string, name: string): ResolvedScript | undefined;
  list(): readonly ResolvedScript[];
  /** A run of this script, ready for `runs.execute`. Throws `INVALID_WASM` for a module that is no base64. */
  intent(script: ResolvedScript, extras: IntentExtras): Promise<RunIntent>;
}
