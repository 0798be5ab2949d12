import type { machine } from '../machine.ts';
import { table, targetLines } from '../report.ts';
import type { Figures } from '../samples.ts';
import type { Target } from '../targets.ts';
import type { ServersFigures } from './bench.ts';
import type { Cold } from './cold.ts';
import { CONNECTIONS, WINDOW } from './echo.ts';
import type { IdleSessions } from './idle-sessions.ts';
import { CONCURRENCY } from './load.ts';
import type { Requests } from './requests.ts';
import type { Sessions } from './sessions.ts';
import type { Sockets } from './sockets.ts';
import type { Suite } from './suite.ts';

interface ServersReport {
  machine: ReturnType<typeof machine>;
  figures: ServersFigures;
  targets: Target[];
}

const TIMES = ['', 'p50 ms', 'p95 ms', 'p99 ms', 'samples'];

/** The report as tables of Markdown, ready for docs/benchmarks.md. */
export function printServersReport({ machine, figures, targets }: ServersReport): void {
  const { cores, cpu, memoryGiB, kernel, node, v8, loadAverage } = machine;
  const { requests, sockets, idle } = figures;
  const lines = [
    `${cores} cores (${cpu}), ${memoryGiB} GiB, Linux ${kernel}, Node ${node}, V8 ${v8}, load average ${loadAverage}`,
    '',
    ...(requests ? [...requestLines(requests), ''] : []),
    ...(sockets ? [...socketLines(sockets), ''] : []),
    ...timeLines(figures),
    ...(idle ? [...idleLines(idle), ''] : []),
    ...targetLines(targets),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function timeLines({ cold, sessions, suite }: ServersFigures): string[] {
  const rows = [
    ...(cold ? coldRows(cold) : []),
    ...(sessions ? sessionRows(sessions) : []),
    ...(suite ? suiteRows(suite) : []),
  ];
  return rows.length === 0 ? [] : [...table(TIMES, rows), ''];
}

function requestLines({ handle, gateway, fastify, fastifyByFetch }: Requests): string[] {
  return table(
    ['requests', 'alone, p50 ms', 'p95 ms', 'p99 ms', `requests/s, ${CONCURRENCY} at once`],
    [
      rateRow('an app server, by handle()', handle),
      rateRow('the same as mode server, through a gateway', gateway),
      rateRow('the same handler in fastify', fastify),
      ['fastify, asked by this process’ fetch', '', '', '', fastifyByFetch.toFixed(0)],
    ],
  );
}

function socketLines({ server, gateway, bare }: Sockets): string[] {
  return table(
    [
      'WebSocket messages',
      'alone, p50 ms',
      'p95 ms',
      'p99 ms',
      `echoed/s, ${CONNECTIONS * WINDOW} on their way`,
    ],
    [
      rateRow('an app server, by server.ws', server),
      rateRow('the same as mode server, through a gateway', gateway),
      rateRow('`ws` alone', bare),
    ],
  );
}

function rateRow(what: string, { p50, p95, p99, perSecond }: Figures): string[] {
  return [what, ...[p50, p95, p99].map((ms) => ms.toFixed(2)), perSecond!.toFixed(0)];
}

function coldRows({ handle, gateway, fastify }: Cold): string[][] {
  return [
    row('cold: createAppServer and the first handle()', handle),
    row('cold: the first request through a gateway', gateway),
    row('a fastify process to its first answer', fastify),
  ];
}

function sessionRows(sessions: Sessions): string[][] {
  return [
    row('a session again: getNamespacedRuntime', sessions.acquire),
    row('the same, and an eval', sessions.acquireAndEval),
    row('the first, and dispose()', sessions.cycle),
    row('an eval in an open runtime', sessions.evalAlone),
    row('a fresh runtime, and an eval', sessions.fresh),
  ];
}

function suiteRows({ warm, cold, program, vitest }: Suite): string[][] {
  return [
    row('1,000 tests, a daemon running: createTestRuntime, run', warm),
    row('the same, no daemon running, with createIsolateHost', cold),
    row('a program that does the same, with a daemon running', program),
    row('vitest run of the same file', vitest),
  ];
}

function row(what: string, { p50, p95, p99, samples }: Figures): string[] {
  return [what, ...[p50, p95, p99].map((ms) => ms.toFixed(2)), String(samples)];
}

function idleLines(idle: IdleSessions): string[] {
  const MiB = (value: number) => value.toFixed(1);
  return table(
    ['idle sessions', 'daemon before, MiB', 'after, MiB', 'each, MiB', 'a bare isolate, MiB'],
    [
      [
        `${idle.count}, in ${idle.processes} processes, made in ${idle.madeMs.toFixed(1)} ms each`,
        ...[MiB(idle.beforeMiB), MiB(idle.afterMiB)],
        ...[idle.perSessionMiB.toFixed(2), idle.perIsolateMiB.toFixed(2)],
      ],
    ],
  );
}
