import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
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
import { judge } from './targets.ts';

const RESULTS = new URL('../results/', import.meta.url);

const { values } = parseArgs({
  options: {
    /** Seconds of load for each contender. */
    seconds: { type: 'string', default: '5' },
    /** Leaves out the memory figures, which take a few minutes. */
    'no-memory': { type: 'boolean', default: false },
  },
});

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
  const comparison: Comparison = await compare(contenders, Number(values.seconds));
  for (const contender of contenders) await contender.stop();
  const memory = values['no-memory'] ? undefined : await memoryFigures(installation);
  const report = { at: new Date().toISOString(), machine: machine(), comparison, memory };
  const judged = { ...report, targets: judge(report) };
  printReport(judged);
  await mkdir(RESULTS, { recursive: true });
  await writeFile(new URL('main.json', RESULTS), `${JSON.stringify(judged, null, 2)}\n`);
} finally {
  await installation.stop();
}
