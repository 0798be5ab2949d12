import type { Comparison } from './compare.ts';
import type { machine } from './machine.ts';
import type { MemoryFigures } from './memory-figures.ts';
import type { Target } from './targets.ts';

export interface Report {
  at: string;
  machine: ReturnType<typeof machine>;
  comparison: Comparison;
  memory: MemoryFigures | undefined;
  targets: Target[];
}

/** The report as tables of Markdown, ready for docs/benchmarks.md. */
export function printReport({ machine, comparison, memory, targets }: Report): void {
  const lines = [
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node ${machine.node}, V8 ${machine.v8}`,
    '',
    ...table(
      ['contender', 'p50 ms', 'p95 ms', 'p99 ms', 'requests/s'],
      Object.entries(comparison).map(([name, figures]) => [
        name,
        figures.p50.toFixed(2),
        figures.p95.toFixed(2),
        figures.p99.toFixed(2),
        figures.perSecond?.toFixed(0) ?? '',
      ]),
    ),
    '',
    ...(memory ? memoryLines(memory) : []),
    ...targetLines(targets),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** What was promised, and whether it was reached. */
export function targetLines(targets: readonly Target[]): string[] {
  return table(
    ['target', 'wanted', 'reached', ''],
    targets.map(({ what, wanted, reached, met }) => [
      ...[what, wanted, String(reached)],
      met ? 'met' : 'MISSED',
    ]),
  );
}

function memoryLines({ idle, perLiveIsolateMiB, afterRuns }: MemoryFigures): string[] {
  return [
    ...table(
      ['process, idle', 'PSS MiB'],
      [
        ...idle.processes.map(({ command, pssMiB }) => [command, pssMiB.toFixed(1)]),
        ['together', idle.totalMiB.toFixed(1)],
      ],
    ),
    '',
    `One live isolate: ${perLiveIsolateMiB.toFixed(2)} MiB.`,
    ...afterRuns.map(({ runs, totalMiB }) => `After ${runs} runs: ${totalMiB.toFixed(1)} MiB.`),
    '',
  ];
}

/** A table of Markdown. */
export function table(head: string[], rows: string[][]): string[] {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
