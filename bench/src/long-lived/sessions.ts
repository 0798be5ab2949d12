import type { IsolateHost } from 'cofferdam';
import { sample, type Figures } from '../samples.ts';
import { inRounds, timed } from '../sdk/rounds.ts';

const ROUNDS = 8;
const TIMES = 40;
/** Runtimes of their own are dearer. */
const FRESH_TIMES = 3;
const KEY = 'bench/session';
const CODE = `export default globalThis.visits = (globalThis.visits ?? 0) + 1`;

export interface Sessions {
  /** `getNamespacedRuntime` of a session that is there. */
  acquire: Figures;
  /** The same, and an eval. */
  acquireAndEval: Figures;
  /** The same as the first, and the `dispose()` that gives it back. */
  cycle: Figures;
  /** An eval in a runtime that is open: what one way there and back costs. */
  evalAlone: Figures;
  /** Without a session: `createRuntime`, the same eval. */
  fresh: Figures;
}

/** Getting a session back, beside an eval in a runtime that was never given away, and a fresh runtime. */
export async function measureSessions(host: IsolateHost): Promise<Sessions> {
  const bindings = { tools: { note: async () => {} } };
  const open = () => host.getNamespacedRuntime(KEY, { bindings });
  const first = await open();
  await first.eval(CODE);
  await first.dispose();
  const runtime = await host.createRuntime({ bindings });
  const acquired = async (andEval: boolean) => {
    const began = performance.now();
    const session = await open();
    if (andEval) await session.eval(CODE);
    const took = performance.now() - began;
    if (session.created) throw new Error('the session was gone');
    await session.dispose();
    return took;
  };
  const cycle = async () => (await open()).dispose();
  const turns = {
    acquire: () => repeat(TIMES, () => acquired(false)),
    acquireAndEval: () => repeat(TIMES, () => acquired(true)),
    cycle: () => repeat(TIMES, () => timed(cycle)),
    evalAlone: () => sample(TIMES, { once: async () => void (await runtime.eval(CODE)) }),
    fresh: () => repeat(FRESH_TIMES, () => fresh(host)),
  };
  try {
    // V8 has compiled all of it then.
    for (const take of Object.values(turns)) await take();
    const named = Object.entries(turns).map(([name, take]) => ({ name, take }));
    return (await inRounds(ROUNDS, named)) as unknown as Sessions;
  } finally {
    await runtime.dispose();
    await host.disposeNamespace(KEY);
  }
}

async function fresh(host: IsolateHost): Promise<number> {
  const began = performance.now();
  const runtime = await host.createRuntime();
  await runtime.eval(CODE);
  const took = performance.now() - began;
  await runtime.dispose();
  return took;
}

async function repeat(times: number, once: () => Promise<number>): Promise<number[]> {
  const samples: number[] = [];
  for (let count = 0; count < times; count++) {
    // eslint-disable-next-line no-await-in-loop -- at a time one is measured
    samples.push(await once());
  }
  return samples;
}
