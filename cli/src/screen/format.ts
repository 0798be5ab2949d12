import type { Condition } from '@cofferdam/protocol';
import type { ScriptView } from '@cofferdam/operator';

/** A duration as a person reads it at a glance: `850ms`, `4.2s`, `3m`, `2h`, `5d`. */
export function shortDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)}s`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)}s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)}m`;
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)}h`;
  return `${Math.round(ms / 86_400_000)}d`;
}

export function ago(iso: string | undefined, now: number): string {
  return iso === undefined ? '-' : `${wholeSeconds(now - Date.parse(iso))} ago`;
}

export function fromNow(iso: string | undefined, now: number): string {
  return iso === undefined ? '-' : `in ${wholeSeconds(Date.parse(iso) - now)}`;
}

function wholeSeconds(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  return seconds < 120 ? `${seconds}s` : shortDuration(seconds * 1_000);
}

export function scheduleOf({ spec }: Pick<ScriptView, 'spec'>): string {
  if (!spec?.schedule) return '-';
  const { every, cron, timeZone } = spec.schedule;
  const text = every === undefined ? [cron, timeZone].filter(Boolean).join(' ') : `every ${every}`;
  return spec.suspend === true ? `${text} (suspended)` : text;
}

export function conditionOf(view: Pick<ScriptView, 'status'>, type: Condition['type']) {
  return view.status.conditions.find((condition) => condition.type === type);
}
