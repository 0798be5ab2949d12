import { setTimeout as sleep } from 'node:timers/promises';
import { Installation } from './cases/cofferdam.ts';
import { totalMiB, type ProcessMemory } from './memory.ts';
import { post } from './http-client.ts';
import { BODY, INPUT } from './workload.ts';

/** Long enough after the last run for V8's own idle work and for isolates to be let go. */
const SETTLE_MS = 5_000;
const LIVE_ISOLATES = 20;

export interface MemoryFigures {
  /** A second start on a warm cache, before its first run. */
  idle: { totalMiB: number; processes: ProcessMemory[] };
  /** What one more run that waits costs while it lives. */
  perLiveIsolateMiB: number;
  afterRuns: { runs: number; totalMiB: number }[];
}

export async function memoryFigures(warm: Installation): Promise<MemoryFigures> {
  const idle = await idleFigures();
  const perLiveIsolateMiB = await liveIsolate(warm);
  const afterRuns: MemoryFigures['afterRuns'] = [];
  let done = 0;
  for (const runs of [1_000, 10_000]) {
    await execute(warm, runs - done);
    done = runs;
    await sleep(SETTLE_MS);
    afterRuns.push({ runs, totalMiB: totalMiB(warm.memory()) });
  }
  return { idle, perLiveIsolateMiB, afterRuns };
}

async function idleFigures(): Promise<MemoryFigures['idle']> {
  const installation = await Installation.start();
  try {
    await sleep(SETTLE_MS);
    const processes = installation.memory();
    return { totalMiB: totalMiB(processes), processes };
  } finally {
    await installation.stop();
  }
}

async function liveIsolate(installation: Installation): Promise<number> {
  const before = totalMiB(installation.memory());
  const body = JSON.stringify({ code: 'await new Promise(() => {})', timeout: 10_000 });
  const runs = Array.from({ length: LIVE_ISOLATES }, () =>
    fetch(`${installation.url}/execute`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    }),
  );
  await sleep(SETTLE_MS);
  const during = totalMiB(installation.memory());
  await Promise.all(runs);
  return (during - before) / LIVE_ISOLATES;
}

async function execute(installation: Installation, runs: number): Promise<void> {
  const body = JSON.stringify({ code: BODY, input: INPUT });
  for (let count = 0; count < runs; count++) await post(`${installation.url}/execute`, body);
}
