import type { machine } from '../machine.ts';
import { table } from '../report.ts';
import { figuresOf } from '../samples.ts';
import { atMost, type Target } from '../targets.ts';
import type { KubernetesFigures } from './bench.ts';
import type { ManyScripts } from './many-scripts.ts';
import type { PodMemory } from './pod-memory.ts';

interface KubernetesReport {
  machine: ReturnType<typeof machine>;
  figures: KubernetesFigures;
}

/** The report as tables of Markdown, ready for docs/benchmarks.md. */
export function printKubernetesReport({ machine, figures }: KubernetesReport): void {
  const { cores, cpu, memoryGiB, kernel, node, loadAverage } = machine;
  const lines = [
    `${cores} cores (${cpu}), ${memoryGiB} GiB, Linux ${kernel}, Node ${node}, load average ${loadAverage}`,
    ...freshLines(figures),
    ...timeLines(figures),
    ...manyLines(figures.many ?? []),
    ...memoryLines('pod, distributed', figures.memory),
    ...memoryLines('pod, single', figures.single),
    '',
    ...table(
      ['target', 'wanted', 'reached', ''],
      judgeKubernetes(figures).map(({ what, wanted, reached, met }) => [
        ...[what, wanted, String(reached)],
        met ? 'met' : 'MISSED',
      ]),
    ),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function freshLines({ fresh }: KubernetesFigures): string[] {
  if (!fresh) return [];
  const contenders = Object.entries(fresh.comparison).map(
    ([name, { p50, p95, p99, perSecond }]) => [
      name,
      ...[p50, p95, p99].map((ms) => ms.toFixed(2)),
      perSecond?.toFixed(0) ?? '',
    ],
  );
  const parts = Object.entries(fresh.breakdown).map(([name, ms]) => [name, ms.toFixed(2)]);
  return [
    '',
    ...table(['contender', 'p50 ms', 'p95 ms', 'p99 ms', 'requests/s'], contenders),
    '',
    ...table(['of a run', 'median ms'], parts),
  ];
}

function timeLines({ first, start }: KubernetesFigures): string[] {
  const rows: [string, number[]][] = [];
  for (const [name, results] of Object.entries(first ?? {})) {
    rows.push([`tenant ${name}: SandboxRun created to Complete`, results.run]);
    rows.push([`tenant ${name}: SandboxScript created to Ready`, results.ready]);
    rows.push([`tenant ${name}: SandboxScript created to first result`, results.script]);
  }
  if (start) {
    rows.push(['pod of gVisor: created to Ready', start.ready]);
    rows.push(['pod of gVisor: created to first run Complete', start.firstRun]);
    rows.push(['SandboxRun that needs a pod: created to Complete', start.whole]);
  }
  if (rows.length === 0) return [];
  const cells = rows.map(([name, samples]) => {
    const { p50, p95, p99 } = figuresOf(samples);
    return [name, ...[p50, p95, p99].map((ms) => ms.toFixed(0)), String(samples.length)];
  });
  return ['', ...table(['time', 'p50 ms', 'p95 ms', 'p99 ms', 'samples'], cells)];
}

function manyLines(many: readonly ManyScripts[]): string[] {
  if (many.length === 0) return [];
  const rows = many.map(({ count, applied, ready, perScript, requests }) => [
    String(count),
    ...[applied, ready].map((ms) => (ms / 1_000).toFixed(1)),
    perScript.toFixed(2),
    Object.entries(requests)
      .sort(([, one], [, other]) => other - one)
      .map(([what, times]) => `${times} ${what}`)
      .join(', '),
  ]);
  return ['', ...table(['scripts', 'applied s', 'all Ready s', 'requests each', 'requests'], rows)];
}

function memoryLines(title: string, memories: readonly PodMemory[] | undefined): string[] {
  if (!memories) return [];
  const rows = memories.map(({ pod, pssMiB }) => [pod, pssMiB.toFixed(0)]);
  return ['', ...table([title, 'PSS MiB'], [...rows, ['together', total(memories).toFixed(0)]])];
}

function total(memories: readonly PodMemory[]): number {
  return memories.reduce((sum, { pssMiB }) => sum + pssMiB, 0);
}

function judgeKubernetes({ fresh, first, many, single }: KubernetesFigures): Target[] {
  const targets: Target[] = [];
  if (fresh) {
    const bare = fresh.comparison['isolated-vm in a pod of gVisor']!;
    const ours = fresh.comparison.Cofferdam!;
    targets.push(atMost('p50 against isolated-vm in a pod of gVisor', ours.p50 / bare.p50, 1.5));
  }
  for (const [name, { run, script }] of Object.entries(first ?? {})) {
    for (const [kind, samples] of Object.entries({ SandboxRun: run, SandboxScript: script })) {
      const { p50, p99 } = figuresOf(samples);
      targets.push(atMost(`${kind} to first result, tenant ${name}: p50 ms`, p50, 250));
      targets.push(atMost(`${kind} to first result, tenant ${name}: p99 ms`, p99, 1_000));
    }
  }
  if (many?.length) {
    const rate = (one: ManyScripts) => one.perScript;
    const growth = Math.max(...many.map(rate)) / Math.min(...many.map(rate));
    targets.push(atMost('requests per script: most against fewest', growth, 1.2));
  }
  if (single) targets.push(atMost('the whole of `single`, MiB', total(single), 400));
  return targets;
}
