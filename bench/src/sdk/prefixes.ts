import { setTimeout as sleep } from 'node:timers/promises';
import { createSandbox, type Prefix, type Sandbox } from 'cofferdam';
import ivm from 'isolated-vm';
import type { Figures } from '../samples.ts';
import { librarySource } from './library.ts';
import { inRounds, timed } from './rounds.ts';

const ROUNDS = 10;
const TIMES = 3;
/** A spare of the library is made within it, also on a busy machine; the run finds it there. */
const SPARE_MS = 250;
const MEMORY_MB = 128;

/** The work of a run, with the library's function, and with the same one of its own. */
const USE = `const { normalize } = library.use('unit7');`;
const OWN = `const normalize = (text, { separator = '-', limit = 15 } = {}) =>
  text.toLowerCase().split(/[^a-z0-9]+/).filter((word) => word !== '').slice(0, limit).join(separator);`;
const RESULT = `normalize('One Prefix, Many Runs')`;
const EXPECTED = 'one-prefix-many-runs';

export interface Prefixes {
  /** A spare was there: of an empty prefix, and of one with the library. */
  empty: Figures;
  library: Figures;
  /** One run after the other: each waits for an isolate that evaluates the library for it. */
  unprepared: Figures;
  /** A fresh isolate of this process evaluates the same library, and runs the same. */
  bare: Figures;
}

/** Runs behind a megabyte of library, against runs behind nothing and against evaluating it in process. */
export async function measurePrefixes(socketPath: string): Promise<Prefixes> {
  const source = librarySource();
  const sandbox = await createSandbox({ daemon: { socketPath } });
  try {
    const { library, empty } = await precompiled(sandbox, source);
    const turns = {
      empty: () => withSpares(empty, OWN),
      library: () => withSpares(library, USE),
      unprepared: () => withoutSpares(library),
      bare: () => inProcess(source),
    };
    for (const take of Object.values(turns)) await take();
    const named = Object.entries(turns).map(([name, take]) => ({ name, take }));
    return (await inRounds(ROUNDS, named)) as unknown as Prefixes;
  } finally {
    await sandbox.dispose();
  }
}

async function precompiled(sandbox: Sandbox, source: string) {
  const options = { memoryMb: MEMORY_MB };
  const empty = await sandbox.precompile(options);
  return { empty, library: await sandbox.precompile({ ...options, code: source }) };
}

async function withSpares(prefix: Prefix<Record<string, never>>, start: string): Promise<number[]> {
  const samples: number[] = [];
  for (let count = 0; count < TIMES; count++) {
    // eslint-disable-next-line no-await-in-loop -- at a time one is measured
    await sleep(SPARE_MS);
    // eslint-disable-next-line no-await-in-loop
    samples.push(await timed(() => run(prefix, start)));
  }
  return samples;
}

/** The first takes the spare that is there; it is none of those that are measured. */
async function withoutSpares(prefix: Prefix<Record<string, never>>): Promise<number[]> {
  const samples: number[] = [];
  for (let count = 0; count <= TIMES; count++) {
    // eslint-disable-next-line no-await-in-loop -- one after the other
    samples.push(await timed(() => run(prefix, USE)));
  }
  return samples.slice(1);
}

async function run(prefix: Prefix<Record<string, never>>, start: string): Promise<void> {
  const result = await prefix.run({ code: `${start}\nexport default ${RESULT};` });
  check(result.ok ? result.exports.default : result.error.message);
}

async function inProcess(source: string): Promise<number[]> {
  const samples: number[] = [];
  for (let count = 0; count < TIMES; count++) {
    // eslint-disable-next-line no-await-in-loop -- at a time one is measured
    samples.push(await timed(() => evaluate(source)));
  }
  return samples;
}

async function evaluate(source: string): Promise<void> {
  const isolate = new ivm.Isolate({ memoryLimit: MEMORY_MB });
  try {
    const context = await isolate.createContext();
    const prefix = await isolate.compileScript(source);
    await prefix.run(context);
    check(await context.eval(`(() => { ${USE} return ${RESULT}; })()`));
  } finally {
    isolate.dispose();
  }
}

function check(result: unknown): void {
  if (result === EXPECTED) return;
  throw new Error(`a run answered ${String(result)} and not ${EXPECTED}`);
}
