import type { AttributeValue, FinishedRun } from './finished-run.ts';

const TRIGGERS = { http: 'http', schedule: 'timer', manual: 'other' } as const;

/** The attributes of a run's own span: OpenTelemetry's `faas.*` conventions and ours. */
export function rootAttributes(run: FinishedRun): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {
    'faas.trigger': TRIGGERS[run.trigger],
    'faas.invocation_id': run.runId,
    'faas.coldstart': !run.warm,
    'faas.name': run.namespace === undefined ? run.name : `${run.namespace}/${run.name}`,
    'faas.max_memory': run.maxMemory,
    'cofferdam.exit_reason': run.exitReason,
    'cofferdam.engine': run.engine,
    'cofferdam.preset': run.preset,
    'cofferdam.tenant': run.tenant,
  };
  if (run.digest !== undefined) attributes['faas.version'] = run.digest;
  if (run.cron !== undefined) attributes['faas.cron'] = run.cron;
  if (run.scheduledAt !== undefined) {
    attributes['faas.time'] = new Date(run.scheduledAt).toISOString();
  }
  return attributes;
}
