import { INFRASTRUCTURE_EXITS, type Condition, type RunSummary } from '@cofferdam/protocol';
import { describeProblem } from '../../sources/source.ts';
import { oneLine } from '../../status/summary.ts';
import type { Gathered } from './gather.ts';

/** What a condition says, before it is known when it began to say so. */
export interface Finding {
  status: Condition['status'];
  reason: string;
  message: string;
}

const MAX_MESSAGE = 1_000;

/** Whether the script could run. */
export function findReady(gathered: Gathered): Finding {
  const { entry, script, engines, obstacle } = gathered;
  if (obstacle) return obstacle;
  if (!script) {
    const message = (entry?.problems ?? []).map(describeProblem).join('; ');
    return { status: 'False', reason: 'InvalidSpec', message: oneLine(message, MAX_MESSAGE) };
  }
  if (!engines.has(script.engine)) {
    const message = `this instance has no engine ${script.engine}`;
    return { status: 'False', reason: 'Unsupported', message };
  }
  return findCompiled(gathered);
}

function findCompiled({ verdict, fault }: Gathered): Finding {
  if (!verdict) {
    const why = fault ? ` (${oneLine(fault.message)})` : '';
    const message = `valid; whether it compiles is not known yet${why}`;
    return { status: 'Unknown', reason: 'Accepted', message };
  }
  if (verdict.valid) return { status: 'True', reason: 'Compiled', message: 'valid, and compiles' };
  const { name, message, line, column } = verdict.error;
  const at = line === undefined ? '' : ` (line ${line}${column === undefined ? '' : `:${column}`})`;
  return {
    status: 'False',
    reason: 'CompileError',
    message: oneLine(`${name}: ${message}${at}`, MAX_MESSAGE),
  };
}

/** What the last runs said. An ending by infrastructure says nothing, so it changes no status. */
export function findHealthy(gathered: Gathered): Finding {
  if (!gathered.script?.server) return findRunsGood(gathered);
  return { status: 'Unknown', reason: 'NoRuns', message: 'a server is asked, not run' };
}

function findRunsGood({ previous, fault }: Gathered): Finding {
  const runs = previous?.recentRuns ?? [];
  const decisive = runs.find(({ exitReason }) => !INFRASTRUCTURE_EXITS.has(exitReason));
  if (decisive && decisive.exitReason !== 'Completed') return lastRunFailed(decisive);
  const trouble = fault ?? troubleOf(runs[0]);
  if (trouble) {
    const status = decisive ? 'True' : earlierHealthy(previous?.conditions);
    const message = oneLine(`${trouble.code}: ${trouble.message}`, MAX_MESSAGE);
    return { status, reason: 'Infrastructure', message };
  }
  if (!decisive) return { status: 'Unknown', reason: 'NeverRan', message: 'has not run yet' };
  return { status: 'True', reason: 'RunsSucceed', message: 'the last run completed' };
}

function lastRunFailed({ exitReason, summary }: RunSummary): Finding {
  const message = oneLine(`${exitReason}: ${summary}`, MAX_MESSAGE);
  const reason = exitReason === 'TestFailure' ? 'TestsFailed' : 'LastRunFailed';
  return { status: 'False', reason, message };
}

function troubleOf(run: RunSummary | undefined) {
  if (!run || !INFRASTRUCTURE_EXITS.has(run.exitReason)) return undefined;
  return { code: run.exitReason, message: run.summary };
}

/** What the runs said that are no longer kept. */
function earlierHealthy(conditions: readonly Condition[] = []): Condition['status'] {
  return conditions.find(({ type }) => type === 'Healthy')?.status ?? 'Unknown';
}
