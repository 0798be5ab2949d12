import { readdirSync, readFileSync } from 'node:fs';
import { MiB } from '../attack/killers/killer.ts';

/** Prints what full runs have measured as docs/attacks-killers.md has it: `node scripts/killers-table.ts`. */
const RESULTS = new URL('../attack/results/', import.meta.url);

interface Shape {
  class: string;
  name: string;
  engine: string;
  limitBytes: number;
  runsPerProcess: number;
  reason: string;
  servedMs: number;
  again: number;
  told: number;
  growthBytes: number;
}

function shapesOf(target: string): Shape[] {
  const name = `killers-${target}.json`;
  if (!readdirSync(RESULTS).includes(name)) return [];
  return (JSON.parse(readFileSync(new URL(name, RESULTS), 'utf8')) as { shapes: Shape[] }).shapes;
}

const inMiB = (bytes: number) => String(Math.round(bytes / MiB));

function row(shapes: readonly Shape[]): string {
  const [{ class: kind, name, limitBytes }] = shapes as [Shape];
  const of = (runs: number, pick: (shape: Shape) => string) =>
    shapes
      .filter(({ runsPerProcess }) => runsPerProcess === runs)
      .map(pick)
      .join() || '–';
  const reasons = [...new Set(shapes.map(({ reason }) => reason))].join(', ');
  const both = (pick: (shape: Shape) => string) => [of(8, pick), of(1, pick)];
  return [
    ...[kind, name, reasons, inMiB(limitBytes)],
    ...both(({ growthBytes }) => inMiB(growthBytes)),
    ...both(({ servedMs }) => String(Math.round(servedMs))),
    of(8, ({ again, told }) => String(again + told)),
  ].join(' | ');
}

const HEAD = [
  'class | killer | ends as | limit | growth, 8 | growth, 1 | served, 8 | served, 1 | neighbours',
  '--- | --- | --- | --- | --- | --- | --- | --- | ---',
];

for (const target of ['process', 'runc', 'gvisor']) {
  const byName = Map.groupBy(shapesOf(target), ({ class: kind, name }) => `${kind}: ${name}`);
  if (byName.size === 0) continue;
  const rows = [...HEAD, ...[...byName.values()].map(row)];
  console.log(`## ${target}\n\n${rows.map((each) => `| ${each} |`).join('\n')}\n`);
}
