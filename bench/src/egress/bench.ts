import { Agent, fetch as undiciFetch, request } from 'undici';
import { machine } from '../machine.ts';
import { table, targetLines } from '../report.ts';
import { keepResults } from '../results.ts';
import { figuresOf, type Figures } from '../samples.ts';
import { startServer } from '../server-process.ts';
import { atLeast, atMost, type Target } from '../targets.ts';
import { startRelay } from './relay.ts';
import { startWayOut } from './way-out.ts';
import { ask, CONNECTIONS, GAPS_PATH, type Work } from './workload.ts';

const ROUNDS = 10;
/** V8 has compiled all of it then. */
const WARM_UP = 1_500;
const ALONE = 300;
const AT_ONCE = 1_500;

/** Something that does the work: ours, or a reference. */
type Asker = (work: Work) => Promise<unknown>;

/** A guest's fetch through runner and egress, beside undici without anything between. */
export async function benchEgress(): Promise<void> {
  const described = machine();
  await using stack = new AsyncDisposableStack();
  const server = await startServer(process.execPath, ['target-process.ts'], {
    cwd: new URL('./', import.meta.url),
    ready: /http:\S+/,
  });
  stack.defer(() => server.stop());
  const wayOut = stack.use(await startWayOut());
  const relay = stack.use(await startRelay());
  const dispatcher = new Agent({ connections: CONNECTIONS });
  stack.defer(() => dispatcher.close());
  const figures = await measure(server.ready, {
    guest: (work) => wayOut.run(work),
    relay: (work) => relay.run(work),
    undici: (work) => ask(work, async (url) => (await request(url, { dispatcher })).body.text()),
    undiciFetch: (work) =>
      ask(work, async (url) => (await undiciFetch(url, { dispatcher })).text()),
  });
  const report = {
    at: new Date().toISOString(),
    machine: described,
    figures,
    targets: judge(figures),
  };
  print(report);
  await keepResults('egress', report);
}

type EgressFigures = Record<'guest' | 'relay' | 'undici' | 'undiciFetch', Required<Figures>>;

async function measure(
  url: string,
  askers: Record<keyof EgressFigures, Asker>,
): Promise<EgressFigures> {
  const all = Object.entries(askers).map(([name, asker]) => ({
    ...{ name, asker },
    alone: [] as number[],
    rates: [] as number[],
  }));
  for (const { asker } of all) {
    await asker({ url, count: WARM_UP, atOnce: CONNECTIONS });
    await asker({ url, count: ALONE, atOnce: 1 });
  }
  await gaps(url);
  for (let round = 0; round < ROUNDS; round++) {
    for (const { asker, alone, rates } of all) {
      await asker({ url, count: ALONE, atOnce: 1 });
      alone.push(...(await gaps(url)));
      await asker({ url, count: AT_ONCE, atOnce: CONNECTIONS });
      rates.push(rateOf(await gaps(url)));
    }
  }
  return Object.fromEntries(
    all.map(({ name, alone, rates }) => [
      name,
      { ...figuresOf(alone), perSecond: figuresOf(rates).p50 },
    ]),
  ) as EgressFigures;
}

async function gaps(url: string): Promise<number[]> {
  const { body } = await request(url + GAPS_PATH);
  return (await body.json()) as number[];
}

/** From the first request that came to the last: the start of a run is none of it. */
function rateOf(times: readonly number[]): number {
  return (times.length * 1_000) / times.reduce((sum, time) => sum + time, 0);
}

function judge({ guest, undici }: EgressFigures): Target[] {
  return [
    atMost('a bridge fetch against undici direct, p50', guest.p50 / undici.p50, 2.5),
    atLeast('requests/s against the same', guest.perSecond / undici.perSecond, 0.4),
  ];
}

interface Report {
  machine: ReturnType<typeof machine>;
  figures: EgressFigures;
  targets: Target[];
}

function print({ machine: described, figures, targets }: Report): void {
  const { cores, cpu, memoryGiB, kernel, node, v8, loadAverage } = described;
  const row = (what: string, { p50, p95, p99, perSecond }: Required<Figures>) => [
    what,
    ...[p50, p95, p99].map((ms) => ms.toFixed(3)),
    perSecond.toFixed(0),
  ];
  const lines = [
    `${cores} cores (${cpu}), ${memoryGiB} GiB, Linux ${kernel}, Node ${node}, V8 ${v8}, load average ${loadAverage}`,
    '',
    ...table(
      ['a request', 'alone, p50 ms', 'p95 ms', 'p99 ms', `requests/s, ${CONNECTIONS} at once`],
      [
        row('a guest’s fetch: isolate, runner, egress', figures.guest),
        row('undici.request behind as many processes', figures.relay),
        row('undici.request from a process of its own', figures.undici),
        row('undici’s fetch from the same', figures.undiciFetch),
      ],
    ),
    '',
    ...targetLines(targets),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
