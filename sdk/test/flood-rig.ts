import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeAll, expect } from 'vitest';
import type { HostBindings, ScriptRuntime } from '../src/index.ts';
import { ownDaemon, runtimesOn, until } from './harness.ts';

const MiB = 2 ** 20;
/** What a flood may add to a process that does not run the guest: buffers of 64 MiB and garbage of V8's. */
const GROWTH_BYTES = 192 * MiB;

function rssOf(pid: number): number {
  const path = `/proc/${pid}/statm`;
  // Pages of 4 KiB, the second of them resident.
  return existsSync(path) ? Number(readFileSync(path, 'utf8').split(' ')[1]) * 4_096 : 0;
}

/** The most that a process had while it was watched. */
function peakOf(pid: number) {
  let peak = rssOf(pid);
  const timer = setInterval(() => (peak = Math.max(peak, rssOf(pid))), 20);
  return {
    stop(): number {
      clearInterval(timer);
      return Math.max(peak, rssOf(pid));
    },
  };
}

type Outcome = { value: unknown } | { error: { code: string } };
interface Grown {
  own: number;
  daemon: number;
}

/** A daemon of its own, with a guest that floods and another connection's that goes on meanwhile. */
export function floods() {
  const { openHost, daemonPids } = ownDaemon();
  const open = runtimesOn(openHost);
  let daemon = 0;
  let bystander: ScriptRuntime;
  let answered = 0;
  let over = new AbortController();
  let asking = Promise.resolve();

  const ask = async (): Promise<void> => {
    while (!over.signal.aborted) {
      // eslint-disable-next-line no-await-in-loop -- one after the other
      await bystander.eval(`export default await add(1, ${answered})`);
      answered++;
    }
  };

  beforeAll(async () => {
    await (await openHost()).createRuntime();
    [daemon] = daemonPids() as [number];
  });
  afterEach(async () => {
    over.abort();
    await asking;
  });

  /** Runs code of a flooding guest while another one is asked again and again. */
  const flood = async (
    code: string,
    bindings: HostBindings = {},
    { executionTimeout = 1_000, memoryLimitMB = 64 } = {},
  ): Promise<{ runtime: ScriptRuntime; outcome: Outcome; grown: Grown }> => {
    const other = await openHost();
    const tools = { add: (a: number, b: number) => a + b };
    // Within this time each of its evals is answered, whatever others do.
    bystander = await other.createRuntime({ executionTimeout: 10_000, bindings: { tools } });
    await bystander.eval('1');
    const { runtime } = await open({ bindings, executionTimeout, memoryLimitMB });
    await runtime.eval('1');
    const before = { own: process.memoryUsage.rss(), daemon: rssOf(daemon) };
    const peaks = [peakOf(process.pid), peakOf(daemon)];
    over = new AbortController();
    answered = 0;
    asking = ask();
    const outcome = await runtime.eval(code).then(
      (value) => ({ value }),
      (error: { code: string }) => ({ error }),
    );
    const [own, its] = peaks.map((peak) => peak.stop()) as [number, number];
    await until(() => answered > 0);
    return { runtime, outcome, grown: { own: own - before.own, daemon: its - before.daemon } };
  };
  return { flood, openHost, daemon: () => daemon };
}

export type Flood = ReturnType<typeof floods>['flood'];

export function expectBounded({ own, daemon }: Grown): void {
  expect(own / MiB).toBeLessThan(GROWTH_BYTES / MiB);
  expect(daemon / MiB).toBeLessThan(GROWTH_BYTES / MiB);
}
