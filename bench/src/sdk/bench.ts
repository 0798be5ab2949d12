import { machine } from '../machine.ts';
import { keepResults } from '../results.ts';
import type { Figures } from '../samples.ts';
import { measureBodies, type Bodies } from './bodies.ts';
import { measureDaemonStart, type DaemonStart } from './daemon-start.ts';
import { measureFirstTouch } from './first-touch.ts';
import { measurePrefixes, type Prefixes } from './prefixes.ts';
import { printSdkReport } from './report.ts';
import { Stand } from './stand.ts';
import { judgeSdk } from './targets.ts';
import { measureToolCalls, type ToolCalls } from './tool-calls.ts';

/** What was measured: everything, or what was asked for. */
export interface SdkFigures {
  toolCalls?: ToolCalls;
  bodies?: Bodies;
  firstTouch?: Record<string, Figures>;
  prefixes?: Prefixes;
  daemonStart?: DaemonStart;
}

/** The library over a daemon of its own, beside what each target is measured against. */
export async function benchSdk(only?: readonly string[]): Promise<void> {
  const described = machine();
  const figures = await measure((part) => only?.includes(part) ?? true);
  const report = {
    at: new Date().toISOString(),
    machine: described,
    figures,
    targets: judgeSdk(figures),
  };
  printSdkReport(report);
  if (!only) await keepResults('sdk', report);
}

async function measure(wants: (part: string) => boolean): Promise<SdkFigures> {
  await using stand = await Stand.make();
  const host = await stand.openHost();
  const figures: SdkFigures = {};
  try {
    if (wants('calls')) figures.toolCalls = await measureToolCalls(host);
    if (wants('bodies')) figures.bodies = await measureBodies(host);
    if (wants('touch')) figures.firstTouch = await measureFirstTouch(host);
    if (wants('prefix')) figures.prefixes = await measurePrefixes(stand.socketPath);
  } finally {
    await host.close();
  }
  if (wants('start')) figures.daemonStart = await measureDaemonStart();
  return figures;
}
