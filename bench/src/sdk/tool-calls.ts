import type { IsolateHost } from 'cofferdam';
import ivm from 'isolated-vm';
import type { Figures } from '../samples.ts';
import { Arrivals, inRounds } from './rounds.ts';

const ROUNDS = 12;
const CALLS = 250;
/** V8 has compiled both ways by then. */
const WARM_UP = 1_000;
const CONCURRENT = 1_000;
const BATCHES = 3;

/** A guest whose `echo` is a function of this process, which answers what it was given. */
interface Caller {
  readonly arrivals: Arrivals;
  /** Runs the body of an async function in the guest. */
  run(body: string): Promise<void>;
  stop(): Promise<void>;
}

/** One after the other; the time between two arrivals is one way back, the guest's work, one way there. */
const sequence = (count: number) =>
  `for (let i = 0; i < ${count}; i++) await echo({ id: i, name: 'item', tags: ['a', 'b'] });`;

/** The first and the last call stand around the others, which cross together. */
const BATCH = `
  await echo(0);
  await Promise.all(Array.from({ length: ${CONCURRENT} }, (_, i) => again({ id: i, name: 'item', tags: ['a', 'b'] })));
  await echo(0);`;

async function runtimeCaller(host: IsolateHost): Promise<Caller> {
  const arrivals = new Arrivals();
  const tools = {
    echo: async (value: unknown) => {
      arrivals.note();
      return value;
    },
    again: async (value: unknown) => value,
  };
  const runtime = await host.createRuntime({ bindings: { tools } });
  return {
    arrivals,
    run: async (body) => void (await runtime.eval(body)),
    stop: () => runtime.dispose(),
  };
}

/** The fastest that isolated-vm has for an async function that answers data. */
const APPLY = `{ arguments: { copy: true }, result: { promise: true, copy: true } }`;

/** The same in this process: plain data there, a promise of plain data back, the guest on its thread. */
async function bareCaller(): Promise<Caller> {
  const arrivals = new Arrivals();
  const isolate = new ivm.Isolate({ memoryLimit: 128 });
  const context = await isolate.createContext();
  const functions = {
    echo: async (value: unknown) => {
      arrivals.note();
      return value;
    },
    again: async (value: unknown) => value,
  };
  for (const [name, answer] of Object.entries(functions)) {
    // eslint-disable-next-line no-await-in-loop -- there are two
    await context.evalClosure(
      `globalThis.${name} = (value) => $0.apply(undefined, [value], ${APPLY})`,
      [new ivm.Reference(answer)],
    );
  }
  return {
    arrivals,
    run: async (body) => {
      await context.evalClosure(`return (async () => {${body}})()`, [], {
        result: { promise: true, copy: true },
      });
    },
    stop: async () => isolate.dispose(),
  };
}

export interface ToolCalls {
  call: Figures;
  bareCall: Figures;
  batch: Figures;
  bareBatch: Figures;
}

/** A tool's call across the processes, and the same with isolated-vm alone in one process. */
export async function measureToolCalls(host: IsolateHost): Promise<ToolCalls> {
  const [ours, bare] = [await runtimeCaller(host), await bareCaller()];
  try {
    await Promise.all([ours, bare].map(warmUp));
    const figures = await inRounds(ROUNDS, [
      { name: 'call', take: () => calls(ours) },
      { name: 'bareCall', take: () => calls(bare) },
      { name: 'batch', take: () => batches(ours) },
      { name: 'bareBatch', take: () => batches(bare) },
    ]);
    return figures as unknown as ToolCalls;
  } finally {
    await Promise.all([ours.stop(), bare.stop()]);
  }
}

async function warmUp(caller: Caller): Promise<void> {
  await caller.run(sequence(WARM_UP));
  await caller.run(BATCH);
  caller.arrivals.gaps();
}

async function calls(caller: Caller): Promise<number[]> {
  await caller.run(sequence(CALLS));
  return caller.arrivals.gaps();
}

async function batches(caller: Caller): Promise<number[]> {
  const samples: number[] = [];
  for (let count = 0; count < BATCHES; count++) {
    // eslint-disable-next-line no-await-in-loop -- at a time one is measured
    await caller.run(BATCH);
    samples.push(...caller.arrivals.gaps());
  }
  return samples;
}
