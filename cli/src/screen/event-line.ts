import { describeProblem, oneLine, type OperatorEvent } from '@cofferdam/operator';
import { conditionOf, shortDuration } from './format.ts';

/** What happened, as lines for a log; what a table shows better has none. */
export function eventLines(event: OperatorEvent): string[] {
  switch (event.type) {
    case 'run': {
      const { exitReason, durationMs, summary, trigger } = event.run;
      const how = trigger === 'schedule' ? '' : ` (${trigger})`;
      const took = shortDuration(durationMs);
      return [oneLine(`${event.key} ${exitReason} in ${took}${how}: ${summary}`, 240)];
    }
    case 'refused':
      return [oneLine(`${event.key} could not run: ${event.code}: ${event.message}`, 240)];
    case 'skip': {
      const time = new Date(event.scheduledAt).toISOString();
      const why = event.reason === 'late' ? 'it was too late' : 'the last run still goes on';
      return [`${event.key} skipped its run of ${time}: ${why}`];
    }
    case 'status':
      return statusLines(event);
    case 'problems':
      return event.problems.map((problem) => `problem: ${oneLine(describeProblem(problem), 300)}`);
    case 'source-error':
      return [oneLine(`the folder cannot be watched: ${event.message}`)];
    case 'start':
      return [];
  }
}

function statusLines({ key, view }: Extract<OperatorEvent, { type: 'status' }>): string[] {
  if (!view) return [`${key} is gone`];
  const of = (type: 'Ready' | 'Healthy') => {
    const condition = conditionOf(view, type);
    return condition ? `${type}=${condition.status} ${condition.reason}` : `${type}=Unknown`;
  };
  const ready = conditionOf(view, 'Ready');
  // Not decided yet: the next line says how.
  if (ready?.status === 'Unknown') return [];
  const why = ready?.status === 'False' ? `: ${oneLine(ready.message, 300)}` : '';
  return [`${key} ${of('Ready')}, ${of('Healthy')}${why}`];
}
