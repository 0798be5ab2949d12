import { scaled } from '../src/scale.ts';
import type { Killer } from './killer.ts';
import { COLLECTIONS } from './shapes/collections.ts';
import { COMPILER_SHAPES } from './shapes/compiler.ts';
import { DENOS } from './shapes/deno.ts';
import { JSONS } from './shapes/json.ts';
import { MODULES } from './shapes/modules.ts';
import { NUMBERS } from './shapes/numbers.ts';
import { REGEXPS } from './shapes/regexps.ts';
import { RESULTS } from './shapes/results.ts';
import { STACK } from './shapes/stack.ts';
import { STRINGS } from './shapes/strings.ts';
import { TASKS } from './shapes/tasks.ts';

const ALL_KILLERS: readonly Killer[] = [
  ...STRINGS,
  ...REGEXPS,
  ...JSONS,
  ...COLLECTIONS,
  ...NUMBERS,
  ...STACK,
  ...TASKS,
  ...RESULTS,
  ...DENOS,
  ...MODULES,
  ...COMPILER_SHAPES,
];

const quick = ALL_KILLERS.filter(({ from }) => from === 'quick');
const ci = ALL_KILLERS.filter(({ from }) => from !== undefined);
/** One for each way in which a process or a run ends. */
const FEW = new Set(['a heap used up at once by a map', 'nested repetition', 'parentheses']);

/** Those of this scale, for so many runs in a process. */
export function killersOf(runsPerProcess: number): readonly Killer[] {
  if (runsPerProcess > 1) return scaled({ quick, ci, full: ALL_KILLERS });
  const few = quick.filter(({ name }) => FEW.has(name));
  return scaled({ quick: few, ci: quick, full: ALL_KILLERS });
}
