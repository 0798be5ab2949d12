import { Installation } from '../cases/cofferdam.ts';
import { runnerOnly } from '../cases/runner-only.ts';
import type { Contender } from '../contender.ts';
import { machine } from '../machine.ts';
import { table, targetLines } from '../report.ts';
import { keepResults } from '../results.ts';
import { sample, type Figures } from '../samples.ts';
import { inRounds } from '../sdk/rounds.ts';
import { atMost, type Target } from '../targets.ts';
import { checkOut } from './checkout.ts';

const HERE = new URL('../../../', import.meta.url);
const ROUNDS = 12;
const SAMPLES = 60;
const WARM_UP = 600;

export interface HardeningOptions {
  /** The commit that is measured beside what is here. */
  base: string;
}

/** A run in a fresh isolate, as it is here and as it was at another commit, in turns. */
export async function benchHardening({ base }: HardeningOptions): Promise<void> {
  const described = machine();
  await using stack = new AsyncDisposableStack();
  const { root } = stack.use(await checkOut(base));
  const contenders = new Map<string, Contender>();
  for (const [name, at] of [
    ['base', root],
    ['here', HERE],
  ] as const) {
    // eslint-disable-next-line no-await-in-loop -- each start has the machine for itself
    const installation = await Installation.start({}, at);
    stack.defer(() => installation.stop());
    contenders.set(`${name}: over HTTP`, installation.fresh());
    // eslint-disable-next-line no-await-in-loop -- each start has the machine for itself
    const runner = await runnerOnly(at);
    stack.defer(() => runner.stop());
    contenders.set(`${name}: a runner alone`, runner);
  }
  const figures = await measure(contenders);
  const targets = judge(figures);
  print({ described, base, figures, targets });
  const at = new Date().toISOString();
  await keepResults('hardening', { at, machine: described, base, figures, targets });
}

async function measure(
  contenders: ReadonlyMap<string, Contender>,
): Promise<Record<string, Figures>> {
  // eslint-disable-next-line no-await-in-loop -- at a time one is warmed up
  for (const contender of contenders.values()) await sample(WARM_UP, contender);
  const turns = [...contenders].map(([name, contender]) => ({
    name,
    take: () => sample(SAMPLES, contender),
  }));
  return inRounds(ROUNDS, turns);
}

function judge(figures: Record<string, Figures>): Target[] {
  return ['over HTTP', 'a runner alone'].map((way) => {
    const ratio = figures[`here: ${way}`]!.p50 / figures[`base: ${way}`]!.p50;
    return atMost(`a fresh isolate ${way}: p50 against the base`, ratio, 1.1);
  });
}

interface Printed {
  described: ReturnType<typeof machine>;
  base: string;
  figures: Record<string, Figures>;
  targets: Target[];
}

function print({ described, base, figures, targets }: Printed): void {
  const { cores, cpu, kernel, node, loadAverage } = described;
  const lines = [
    `${cores} cores (${cpu}), Linux ${kernel}, Node ${node}, load average ${loadAverage}; base ${base}`,
    '',
    ...table(
      ['a run in a fresh isolate', 'p50 ms', 'p95 ms', 'p99 ms', 'samples'],
      Object.entries(figures).map(([name, { p50, p95, p99, samples }]) => [
        name,
        ...[p50, p95, p99].map((ms) => ms.toFixed(2)),
        String(samples),
      ]),
    ),
    '',
    ...targetLines(targets),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
