import type { machine } from '../machine.ts';
import { table, targetLines } from '../report.ts';
import type { Figures } from '../samples.ts';
import type { Target } from '../targets.ts';
import type { SdkFigures } from './bench.ts';
import { BODY_BYTES, type Bodies } from './bodies.ts';
import type { DaemonStart } from './daemon-start.ts';
import type { Prefixes } from './prefixes.ts';
import type { ToolCalls } from './tool-calls.ts';

interface SdkReport {
  machine: ReturnType<typeof machine>;
  figures: SdkFigures;
  targets: Target[];
}

const HEAD = ['', 'p50 ms', 'p95 ms', 'p99 ms', 'samples'];

/** The report as tables of Markdown, ready for docs/benchmarks.md. */
export function printSdkReport({ machine, figures, targets }: SdkReport): void {
  const { cores, cpu, memoryGiB, kernel, node, v8, loadAverage } = machine;
  const { toolCalls, bodies, firstTouch, prefixes, daemonStart } = figures;
  const lines = [
    `${cores} cores (${cpu}), ${memoryGiB} GiB, Linux ${kernel}, Node ${node}, V8 ${v8}, load average ${loadAverage}`,
    '',
    ...table(HEAD, [
      ...(toolCalls ? callRows(toolCalls) : []),
      ...(prefixes ? prefixRows(prefixes) : []),
      ...(daemonStart ? startRows(daemonStart) : []),
    ]),
    '',
    ...(bodies ? [...bodyLines(bodies), ''] : []),
    ...(firstTouch ? [...touchLines(firstTouch), ''] : []),
    ...targetLines(targets),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function callRows({ call, bareCall, batch, bareBatch }: ToolCalls): string[][] {
  return [
    row('a tool’s call, guest to host and back', call),
    row('isolated-vm in process: an async function’s call', bareCall),
    row('1,000 calls of a tool at once', batch),
    row('isolated-vm in process: 1,000 calls at once', bareBatch),
  ];
}

function prefixRows({ empty, library, unprepared, bare }: Prefixes): string[][] {
  return [
    row('prefix.run, an empty prefix, with a spare', empty),
    row('prefix.run, 1 MB of library, with a spare', library),
    row('prefix.run, 1 MB of library, with none', unprepared),
    row('isolated-vm in process: a fresh isolate evaluates the library', bare),
  ];
}

function startRows({ firstResult, secondResult, node, nodeWithLibrary }: DaemonStart): string[][] {
  return [
    row('no daemon running: createIsolateHost, createRuntime, eval', firstResult),
    row('the same with a daemon running', secondResult),
    row('node -e ""', node),
    row('node, import "cofferdam"', nodeWithLibrary),
  ];
}

function row(what: string, { p50, p95, p99, samples }: Figures): string[] {
  return [what, p50.toFixed(3), p95.toFixed(3), p99.toFixed(3), String(samples)];
}

function bodyLines({ down, up, copy }: Bodies): string[] {
  const rate = ({ p50 }: Figures) => (BODY_BYTES / 1e6 / (p50 / 1e3)).toFixed(0);
  return table(
    ['10 MB', 'p50 ms', 'MB/s'],
    [
      ['through the fetch binding, to the guest', down.p50.toFixed(1), rate(down)],
      ['through the fetch binding, from the guest', up.p50.toFixed(1), rate(up)],
      ['in process: a stream’s pieces through a Response', copy.p50.toFixed(1), rate(copy)],
    ],
  );
}

/** What a touch costs beyond the two calls around it. */
function touchLines(firstTouch: Record<string, Figures>): string[] {
  const none = firstTouch['none']!.p50;
  const groups = Object.entries(firstTouch).filter(([name]) => name !== 'none');
  return table(
    ['first touch of', 'p50 ms', 'p95 ms'],
    groups.map(([name, { p50, p95 }]) => [name, ...[p50, p95].map((ms) => beyond(ms, none))]),
  );
}

function beyond(ms: number, none: number): string {
  return Math.max(0, ms - none).toFixed(2);
}
