import type { Comparison } from './compare.ts';
import type { MemoryFigures } from './memory-figures.ts';

export interface Target {
  what: string;
  wanted: string;
  reached: number;
  met: boolean;
}

interface Measured {
  comparison: Comparison;
  memory: MemoryFigures | undefined;
}

/** The promises of docs/benchmarks.md, each against the reference of the same run. */
export function judge({ comparison, memory }: Measured): Target[] {
  const of = (name: string) => comparison[name]!;
  const ours = of('Cofferdam');
  const fastify = of('isolated-vm behind fastify');
  const workerd = of('workerd Worker Loader');
  const cold = of('Deno process per script');
  return [
    atMost('p50 of isolated-vm behind fastify', ours.p50 / fastify.p50, 1),
    atMost('p99 of isolated-vm behind fastify', ours.p99 / fastify.p99, 2),
    atLeast('throughput of isolated-vm behind fastify', ours.perSecond! / fastify.perSecond!, 1.2),
    atLeast('workerd loader: p50 is longer', workerd.p50 / ours.p50, 1.5),
    atLeast('workerd loader: throughput is lower', ours.perSecond! / workerd.perSecond!, 3),
    atLeast('a Deno process per script: p50 is longer', cold.p50 / ours.p50, 12),
    atMost(
      'Deno engine: p50 of a cold process',
      of('Cofferdam, Deno engine').p50 / cold.p50,
      1 / 3,
    ),
    atLeast(
      'reuse: throughput of a fresh isolate',
      of('Cofferdam, reuse: script').perSecond! / ours.perSecond!,
      2,
    ),
    ...(memory ? memoryTargets(memory) : []),
  ];
}

function memoryTargets({ idle, afterRuns }: MemoryFigures): Target[] {
  const [early, late] = afterRuns;
  return [
    atMost('idle whole, MiB of proportional set size', idle.totalMiB, 300),
    atMost('memory after 10,000 runs against 1,000', late!.totalMiB / early!.totalMiB, 1.1),
  ];
}

export function atMost(what: string, reached: number, limit: number): Target {
  return {
    what,
    wanted: `at most ${round(limit)}`,
    reached: round(reached),
    met: reached <= limit,
  };
}

export function atLeast(what: string, reached: number, limit: number): Target {
  return {
    what,
    wanted: `at least ${round(limit)}`,
    reached: round(reached),
    met: reached >= limit,
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
