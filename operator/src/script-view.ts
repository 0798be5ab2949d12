import type { SandboxScriptSpec, ScriptStatus } from '@cofferdam/protocol';
import type { ScriptEntry } from './sources/source.ts';
import type { StoredScript } from './status/script-store.ts';

/** A script as lists and tables show it. */
export interface ScriptView {
  namespace: string;
  name: string;
  /** Path of its file, relative to the folder. */
  file: string;
  generation: number;
  /** Absent: the resource is not valid; its Ready condition says why. */
  spec?: SandboxScriptSpec;
  status: ScriptStatus;
  /** Runs under way. */
  running: number;
}

export function viewOf(
  { namespace, name, file, resource }: ScriptEntry,
  now: { stored: StoredScript | undefined; nextRun: number | undefined; running: number },
): ScriptView {
  const { stored, nextRun, running } = now;
  const empty: ScriptStatus = { observedGeneration: 0, conditions: [], recentRuns: [] };
  return {
    namespace,
    name,
    file,
    generation: stored?.generation ?? 0,
    ...(resource ? { spec: resource.spec } : {}),
    status: {
      ...(stored?.status ?? empty),
      ...(nextRun === undefined ? {} : { nextRun: new Date(nextRun).toISOString() }),
    },
    running,
  };
}
