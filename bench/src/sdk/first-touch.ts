import type { IsolateHost } from 'cofferdam';
import { PLATFORM_GROUPS } from '../platform-groups.ts';
import type { Figures } from '../samples.ts';
import { Arrivals, inRounds, type Turn } from './rounds.ts';

const ROUNDS = 8;

/** By group: from one call of a tool to the next with its first touch between them, in fresh runtimes. */
export function measureFirstTouch(host: IsolateHost): Promise<Record<string, Figures>> {
  const turns = PLATFORM_GROUPS.map<Turn>(({ name, touch }) => ({
    name,
    take: () => touchOnce(host, touch),
  }));
  return inRounds(ROUNDS, turns);
}

async function touchOnce(host: IsolateHost, touch: string): Promise<number[]> {
  const arrivals = new Arrivals();
  const mark = async () => arrivals.note();
  const runtime = await host.createRuntime({ bindings: { tools: { mark } } });
  // The first call makes what calls need themselves.
  await runtime.eval(`await mark(); await mark();`);
  arrivals.gaps();
  await runtime.eval(`await mark(); ${touch}; await mark();`);
  await runtime.dispose();
  return arrivals.gaps();
}
