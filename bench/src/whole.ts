import { Installation } from './cases/cofferdam.ts';
import { denoEngine } from './cases/deno-engine.ts';
import { denoProcess } from './cases/deno-process.ts';
import { bareIsolatedVm, nodeVm } from './cases/in-process.ts';
import { runnerOnly } from './cases/runner-only.ts';
import { fastifyIsolatedVm, workerdLoader } from './cases/servers.ts';
import { compare, type Comparison } from './compare.ts';
import { machine } from './machine.ts';
import { memoryFigures } from './memory-figures.ts';
import { printReport } from './report.ts';
import { keepResults } from './results.ts';
import { judge } from './targets.ts';

export interface WholeOptions {
  seconds: number;
  /** Whether memory is measured too, which takes a few minutes. */
  memory: boolean;
}

/** `cofferdam up` beside its contenders, in one run. */
export async function benchWhole({ seconds, memory }: WholeOptions): Promise<void> {
  const installation = await Installation.start();
  try {
    const contenders = [
      installation.fresh(),
      installation.reused(),
      await runnerOnly(),
      bareIsolatedVm(),
      await fastifyIsolatedVm(),
      nodeVm(),
      await workerdLoader(),
      denoProcess(),
      denoEngine(installation.url),
    ];
    const comparison: Comparison = await compare(contenders, seconds);
    for (const contender of contenders) await contender.stop();
    const figures = memory ? await memoryFigures(installation) : undefined;
    const report = {
      at: new Date().toISOString(),
      machine: machine(),
      comparison,
      memory: figures,
    };
    const judged = { ...report, targets: judge(report) };
    printReport(judged);
    await keepResults('main', judged);
  } finally {
    await installation.stop();
  }
}
