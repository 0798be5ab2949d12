import {
  CofferdamError,
  ExpectedRunnerSchema,
  failedResult,
  parser,
  RunnerIdSchema,
  type CallHandler,
  type CatalogueChange,
  type ControlOutcome,
  type ControlRun,
  type ResolvedScript,
  type RunResult,
} from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';
import type { GatewayCore } from '../core/core.ts';
import type { RunRecord } from '../core/records/records.ts';
import { LastingRuns } from './lasting-runs.ts';
import type { OperatorLink } from './operator-link.ts';
import type { PublishedScripts } from './published-scripts.ts';

const closed = { additionalProperties: false };
const parseExpected = parser(ExpectedRunnerSchema);
const parseRunner = parser(Type.Object({ runnerId: RunnerIdSchema }, closed));
const parseRetire = parser(
  Type.Object({ runnerId: RunnerIdSchema, reason: Type.String({ maxLength: 1_024 }) }, closed),
);

export interface ControlOptions {
  core: Pick<GatewayCore, 'runs' | 'catalogue' | 'registry' | 'pools' | 'records' | 'compile'>;
  scripts: PublishedScripts;
  operator: OperatorLink;
  /** Told when the operator has said all that it knows. */
  onReady: () => void;
}

/**
 * What an operator may ask. It is trusted more than the gateway (it decides what runs), so its scripts and
 * pools, which it has checked, are taken as they are.
 */
export function controlHandlers(options: ControlOptions): Record<string, CallHandler> {
  const { core, scripts, operator, onReady } = options;
  const lasting = new LastingRuns();
  return {
    catalogue: ({ payload }) => {
      const change = payload as CatalogueChange;
      if (change.pools) core.pools.set(change.pools);
      scripts.apply(change);
      return {};
    },
    'runner.expect': ({ payload }) => {
      core.registry.expect(parseExpected(payload));
      return {};
    },
    'runner.forget': ({ payload }) => {
      const { runnerId } = parseRunner(payload);
      core.registry.forget(runnerId);
      operator.forget(runnerId);
      return {};
    },
    'runner.retire': ({ payload }) => {
      const { runnerId, reason } = parseRetire(payload);
      core.registry.retire(runnerId, reason);
      return {};
    },
    ready: () => {
      onReady();
      core.registry.announceDemand();
      operator.catchUp();
      return {};
    },
    run: (call) => {
      const ask = call.payload as ControlRun;
      const key = keyOfLasting(ask);
      if (key === undefined) return run(core, ask, call.signal);
      return lasting.join(key, call.signal, (signal) => run(core, ask, signal));
    },
    compile: ({ payload, signal }) => core.compile(payload as ResolvedScript, signal),
  };
}

/** A SandboxRun's; a run of a schedule is over with its operator, whose successor decides anew. */
function keyOfLasting({ script, trigger, scheduledAt }: ControlRun): string | undefined {
  if (trigger !== 'manual' || scheduledAt === undefined || !('code' in script)) return undefined;
  return `${script.uid}/${scheduledAt}`;
}

async function run(
  core: ControlOptions['core'],
  { script: wanted, ...ask }: ControlRun,
  signal: AbortSignal,
): Promise<ControlOutcome> {
  const script = 'code' in wanted ? wanted : core.catalogue.get(wanted.namespace, wanted.name);
  if (!script) throw new CofferdamError('SCRIPT_NOT_FOUND');
  try {
    const intent = await core.catalogue.intent(script, { ...ask, signal });
    const outcome = await core.runs.execute(intent);
    const { runId, traceId, startedAt, durationMs, queuedMs, result } = outcome;
    return { runId, traceId, startedAt, durationMs, queuedMs, result };
  } catch (error) {
    if (!(error instanceof CofferdamError) || error.code !== 'DUPLICATE_RUN') throw error;
    // Somebody asked before and did not hear the answer: here it is, if it is over.
    const earlier = core.records.holder(script.uid, ask.scheduledAt ?? 0);
    if (earlier === undefined) throw error;
    return outcomeOf(earlier);
  }
}

function outcomeOf(record: RunRecord): ControlOutcome {
  const { runId, traceId, startedAt, durationMs = 0, queuedMs = 0 } = record;
  const { exitReason = 'Unavailable', value, error, logs, logsCut, stats, layers } = record;
  const result = {
    ...failedResult('Unavailable', { name: 'Unavailable', message: 'not kept' }),
    ...{ exitReason, error, logs, logsCut, layers },
    ...(value === undefined ? {} : { value }),
    ...(stats ? { stats } : {}),
  } as RunResult;
  return { runId, traceId, startedAt, durationMs, queuedMs, result };
}
