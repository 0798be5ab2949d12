import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { RunSummary } from '@cofferdam/protocol';
import type { ScriptView } from '@cofferdam/operator';
import { eventLines } from './event-line.ts';
import { ago, fromNow, scheduleOf, shortDuration } from './format.ts';
import { LiveScreen, type Terminal } from './live-screen.ts';
import { renderTable } from './table.ts';

const NOW = Date.parse('2026-05-01T10:00:00Z');
const RUN: RunSummary = {
  runId: 'run-00000001',
  startedAt: '2026-05-01T09:59:57Z',
  durationMs: 12,
  exitReason: 'Completed',
  trigger: 'schedule',
  summary: '{"ok":true}',
};

const condition = (
  type: 'Ready' | 'Healthy',
  status: 'True' | 'False' | 'Unknown',
  reason: string,
) => ({
  type,
  status,
  reason,
  message: 'because',
  lastTransitionTime: '2026-05-01T09:00:00Z',
});

const view = (
  over: Partial<ScriptView['status']> = {},
  rest: Partial<ScriptView> = {},
): ScriptView => ({
  namespace: 'examples',
  name: 'check',
  file: 'a.yaml',
  generation: 1,
  spec: { source: { inline: 'return 1' }, schedule: { every: '10s' } },
  running: 0,
  status: {
    observedGeneration: 1,
    conditions: [
      condition('Ready', 'True', 'Compiled'),
      condition('Healthy', 'True', 'RunsSucceed'),
    ],
    recentRuns: [RUN],
    lastRun: RUN,
    nextRun: '2026-05-01T10:00:07Z',
    ...over,
  },
  ...rest,
});
const plain = { now: NOW, columns: 200, color: false };

describe('the table', () => {
  it('says of each script when it runs, how it is, and what it said last', () => {
    const [head, line] = renderTable([view()], plain);
    expect(head).toMatch(/^SCRIPT +SCHEDULE +READY +HEALTHY +LAST RUN +TOOK +NEXT +LAST RESULT$/);
    expect(line!.split(/ {2,}/)).toEqual([
      'examples/check',
      'every 10s',
      'yes',
      'yes',
      '3s ago',
      '12ms',
      'in 7s',
      '{"ok":true}',
    ]);
  });

  it('says why a script is not ready, and how its last run failed', () => {
    const broken = view({ conditions: [condition('Ready', 'False', 'InvalidSpec')] });
    expect(renderTable([broken], plain)[1]).toMatch(/InvalidSpec.* because$/);
    const failed = view({ lastRun: { ...RUN, exitReason: 'CpuTime', summary: 'too long' } });
    expect(renderTable([failed], plain)[1]).toMatch(/CpuTime: too long$/);
  });

  it('has a script that nothing is known of', () => {
    const { spec: _spec, ...bare } = view({ conditions: [], recentRuns: [] });
    const { lastRun: _run, nextRun: _next, ...status } = bare.status;
    expect(renderTable([{ ...bare, status }], plain)[1]).toMatch(/^examples\/check( +-){7}$/);
  });

  it('is never wider than the screen, in color or not', () => {
    const long = view({ lastRun: { ...RUN, summary: 'x'.repeat(500) } });
    for (const columns of [10, 40, 80, 120]) {
      for (const line of renderTable([long], { ...plain, columns, color: true })) {
        expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(columns);
      }
    }
  });

  it('lets no result steer the terminal', () => {
    const evil = view({ lastRun: { ...RUN, summary: '\u001b[2J\u001b]0;title\u0007\r\n' } });
    expect(renderTable([evil], plain).join('\n')).not.toMatch(/[^\P{Cc}\n]/u);
  });
});

describe('the live table', () => {
  it('is drawn over itself, line for line, and gives the cursor back', () => {
    const written: string[] = [];
    const terminal: Terminal = {
      columns: 80,
      rows: 24,
      write: (text: string) => written.push(text),
      on: () => undefined,
      off: () => undefined,
    };
    const screen = new LiveScreen(terminal, () => ({ list: () => [view()], problems: () => [] }));
    screen.onEvent({ type: 'skip', key: 'a/b', scheduledAt: NOW, reason: 'late' });
    screen.start();
    screen.close();
    const [first, second, last] = written;
    const lines = first!.split('\n').length - 1;
    expect(second).toContain(`\u001b[${lines}A`);
    expect(second!.split('\n').length - 1).toBe(lines);
    expect(first).toContain('a/b skipped its run');
    expect(last).toBe('\u001b[?25h');
  });

  it('never draws more lines than the screen has', () => {
    const written: string[] = [];
    const terminal = {
      columns: 80,
      rows: 10,
      write: (t: string) => written.push(t),
      on() {},
      off() {},
    };
    const many = Array.from({ length: 50 }, () => view());
    const screen = new LiveScreen(terminal, () => ({ list: () => many, problems: () => [] }));
    screen.start();
    screen.close();
    expect(written[0]!.split('\n').length - 1).toBeLessThan(10);
    expect(written[0]).toMatch(/and \d+ more/);
  });
});

describe('a line for an event', () => {
  it.each([
    [{ type: 'run', key: 'a/b', run: RUN }, ['a/b Completed in 12ms: {"ok":true}']],
    [
      { type: 'run', key: 'a/b', run: { ...RUN, trigger: 'manual' } },
      ['a/b Completed in 12ms (manual): {"ok":true}'],
    ],
    [
      { type: 'refused', key: 'a/b', code: 'QUEUE_FULL', message: 'full' },
      ['a/b could not run: QUEUE_FULL: full'],
    ],
    [{ type: 'start', key: 'a/b' }, []],
    [{ type: 'status', key: 'a/b', view: undefined }, ['a/b is gone']],
    [
      { type: 'status', key: 'a/b', view: view() },
      ['a/b Ready=True Compiled, Healthy=True RunsSucceed'],
    ],
    [{ type: 'source-error', message: 'no' }, ['the folder cannot be watched: no']],
    [
      {
        type: 'problems',
        problems: [{ file: 'a.yaml', line: 3, column: 2, path: 'spec', message: 'is wrong' }],
      },
      ['problem: a.yaml:3:2: spec: is wrong'],
    ],
  ] as const)('%j', (event, lines) => {
    expect(eventLines(event as Parameters<typeof eventLines>[0])).toEqual(lines);
  });
});

it('writes durations and distances as a person reads them', () => {
  expect([5, 999, 1_234, 59_000, 600_000, 7_200_000, 500_000_000].map(shortDuration)).toEqual([
    '5ms',
    '999ms',
    '1.2s',
    '59s',
    '10m',
    '2h',
    '6d',
  ]);
  expect(ago('2026-05-01T09:00:00Z', NOW)).toBe('60m ago');
  expect(fromNow('2026-05-01T09:59:00Z', NOW)).toBe('in 0s');
  expect([ago(undefined, NOW), fromNow(undefined, NOW)]).toEqual(['-', '-']);
});

it('writes schedules as they are written', () => {
  const source = { inline: 'x' };
  const of = (spec: ScriptView['spec']) => scheduleOf({ spec: spec! });
  expect(of({ source, schedule: { cron: '0 3 * * *', timeZone: 'Europe/Berlin' } })).toBe(
    '0 3 * * * Europe/Berlin',
  );
  expect(of({ source, schedule: { every: '5s' }, suspend: true })).toBe('every 5s (suspended)');
  expect(of({ source })).toBe('-');
});
