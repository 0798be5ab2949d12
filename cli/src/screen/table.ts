import { styleText } from 'node:util';
import type { Condition } from '@cofferdam/protocol';
import { oneLine, type ScriptView } from '@cofferdam/operator';
import { ago, conditionOf, fromNow, scheduleOf, shortDuration } from './format.ts';

export interface TableOptions {
  /** Milliseconds since the epoch. */
  now: number;
  /** Characters in a line. */
  columns: number;
  color: boolean;
}

interface Cell {
  text: string;
  style?: 'green' | 'red' | 'yellow' | 'dim' | 'bold';
}

const HEAD = ['SCRIPT', 'SCHEDULE', 'READY', 'HEALTHY', 'LAST RUN', 'TOOK', 'NEXT', 'LAST RESULT'];
const GAP = '  ';
/** A long name does not push the rest off the screen. */
const MAX_WIDTHS = [32, 30, 24, 24, 10, 7, 10, Number.MAX_SAFE_INTEGER];

/** The scripts as lines of text, none longer than the screen is wide. */
export function renderTable(views: readonly ScriptView[], options: TableOptions): string[] {
  const rows = [HEAD.map((text): Cell => ({ text, style: 'bold' }))];
  for (const view of views) rows.push(rowOf(view, options.now));
  const widths = HEAD.map((_, column) =>
    Math.min(MAX_WIDTHS[column]!, Math.max(...rows.map((row) => row[column]!.text.length))),
  );
  return rows.map((row) => renderRow(row, widths, options));
}

function rowOf(view: ScriptView, now: number): Cell[] {
  const { lastRun, nextRun } = view.status;
  return [
    { text: `${view.namespace}/${view.name}` },
    { text: scheduleOf(view), style: 'dim' },
    conditionCell(conditionOf(view, 'Ready')),
    conditionCell(conditionOf(view, 'Healthy')),
    { text: view.running > 0 ? 'running' : ago(lastRun?.startedAt, now), style: 'dim' },
    { text: lastRun ? shortDuration(lastRun.durationMs) : '-', style: 'dim' },
    { text: fromNow(nextRun, now), style: 'dim' },
    resultCell(view),
  ];
}

function conditionCell(condition: Condition | undefined): Cell {
  if (!condition) return { text: '-', style: 'dim' };
  const { status, reason } = condition;
  if (status === 'True') return { text: 'yes', style: 'green' };
  return { text: reason, style: status === 'False' ? 'red' : 'yellow' };
}

/** What the last run said; of a script that cannot run, why. */
function resultCell(view: ScriptView): Cell {
  const ready = conditionOf(view, 'Ready');
  if (ready?.status === 'False') return { text: oneLine(ready.message), style: 'red' };
  const { lastRun } = view.status;
  if (!lastRun) return { text: '-', style: 'dim' };
  if (lastRun.exitReason === 'Completed') return { text: oneLine(lastRun.summary) };
  return { text: oneLine(`${lastRun.exitReason}: ${lastRun.summary}`), style: 'red' };
}

function renderRow(row: Cell[], widths: number[], { columns, color }: TableOptions): string {
  let left = columns;
  let line = '';
  for (const [index, { text, style }] of row.entries()) {
    const isLast = index === row.length - 1;
    const width = Math.min(widths[index]!, Math.max(0, left));
    if (width === 0) break;
    const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text;
    const padded = isLast ? cut : cut.padEnd(width);
    line += color && style ? styleText(style, padded, { validateStream: false }) : padded;
    left -= width + GAP.length;
    if (!isLast && left > 0) line += GAP;
  }
  return color ? line : line.trimEnd();
}
