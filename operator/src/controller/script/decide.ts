import {
  serverUrl,
  type Condition,
  type ResolvedScript,
  type ScriptStatus,
} from '@cofferdam/protocol';
import { planOf, type Plan } from '../../schedule/plan.ts';
import { digestOfSource } from '../../status/digest.ts';
import { findHealthy, findReady, type Finding } from './conditions.ts';
import type { Gathered } from './gather.ts';

/** What shall be true of a script. */
export type Decision =
  | { kind: 'gone' }
  | {
      kind: 'present';
      status: ScriptStatus;
      /** What the gateway shall know; absent: it shall not know the script. */
      publish?: ResolvedScript;
      /** Absent: it shall not run by itself. */
      plan?: Plan;
      /** Somebody must ask a compiler. */
      check: boolean;
    };

/** Decides from what was gathered, and from nothing else. */
export function decide(gathered: Gathered): Decision {
  const { entry, script, generation, previous } = gathered;
  if (!entry) return { kind: 'gone' };
  const ready = findReady(gathered);
  const conditions = [
    condition('Ready', ready, gathered),
    condition('Healthy', findHealthy(gathered), gathered),
  ];
  const { url: _, ...before }: Partial<ScriptStatus> = previous ?? {};
  const status: ScriptStatus = {
    recentRuns: [],
    ...before,
    observedGeneration: generation,
    conditions,
  };
  if (script) {
    status.digest = digestOfSource(script);
    if (script.pool !== undefined) status.pool = script.pool;
    if (script.server) status.url = serverUrl(script, script.server.route);
  }
  // An unknown verdict does not stop a script: a compiler that is away costs no run.
  if (!script || ready.status === 'False') return { kind: 'present', status, check: false };
  return {
    kind: 'present',
    status,
    publish: script,
    ...schedule(gathered),
    check: ready.status === 'Unknown',
  };
}

function schedule({ entry, uid }: Gathered): { plan?: Plan } {
  const spec = entry?.resource?.spec;
  if (!spec?.schedule || spec.suspend === true) return {};
  return { plan: planOf(spec.schedule, uid) };
}

function condition(type: Condition['type'], finding: Finding, gathered: Gathered): Condition {
  const before = gathered.previous?.conditions.find((known) => known.type === type);
  const unchanged = before?.status === finding.status;
  return {
    type,
    ...finding,
    lastTransitionTime: unchanged
      ? before.lastTransitionTime
      : new Date(gathered.now).toISOString(),
    observedGeneration: gathered.generation,
  };
}
