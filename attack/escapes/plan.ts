import type { Preset } from '@cofferdam/protocol';
import { scaled } from '../src/scale.ts';
import type { Attempt } from './attempt.ts';
import { ATTEMPTS } from './corpus.ts';
import { EMBEDDED_ATTEMPTS, type EmbeddedAttempt } from './embedded.ts';
import { SHIM_ATTEMPTS } from './shims.ts';
import { FORMS, type Form } from './source.ts';

const PRESETS: readonly Preset[] = ['minimal', 'compute', 'data', 'agent', 'web'];

/** One attempt in one place. */
export interface Trial {
  attempt: Attempt;
  engine: 'isolate' | 'deno';
  preset: Preset;
  form: Form;
}

/** Runs of this scale, and their seed: a sample has each category at least once. */
const SIZE = scaled({ quick: 60, ci: 400, full: Infinity });
const EMBEDDED_SIZE = scaled({ quick: 12, ci: 60, full: Infinity });
const DENO_SIZE = scaled({ quick: 4, ci: 16, full: Infinity });
const SEED = Number(process.env.COFFERDAM_ATTACK_SEED ?? 1);

/** Every attempt in both forms: those of the realm with every preset, those of shims with the least and the most. */
export function trials(): Trial[] {
  const everywhere = ATTEMPTS.flatMap((attempt) => PRESETS.map((preset) => ({ attempt, preset })));
  const shims = SHIM_ATTEMPTS.flatMap((attempt) =>
    [...new Set([attempt.preset, 'web' as const])].map((preset) => ({ attempt, preset })),
  );
  return sampled(inForms([...everywhere, ...shims], 'isolate'), SIZE);
}

/** On Deno each in both forms; there are no presets. */
export function denoTrials(): Trial[] {
  const all = [...ATTEMPTS, ...SHIM_ATTEMPTS].map((attempt) => ({
    attempt,
    preset: 'web' as const,
  }));
  return sampled(inForms(all, 'deno'), DENO_SIZE);
}

export function embeddedTrials(): EmbeddedAttempt[] {
  const all = EMBEDDED_ATTEMPTS.map((attempt) => ({ attempt, kind: attempt.kind }));
  return sampled(all, EMBEDDED_SIZE).map(({ attempt }) => attempt);
}

function inForms(all: Pick<Trial, 'attempt' | 'preset'>[], engine: Trial['engine']): Trial[] {
  return all.flatMap((one) => FORMS.map((form) => ({ ...one, engine, form })));
}

/** So many of them, in an order that a seed decides: first one of each category, then one of each attempt. */
function sampled<T extends { attempt: Attempt }>(all: T[], size: number): T[] {
  if (size >= all.length) return all;
  const categories = new Set<string>();
  const names = new Set<string>();
  const ranks = new Map<T, number>();
  const order = shuffled(all);
  for (const trial of order) {
    const { category, name } = trial.attempt;
    const rank = categories.has(category) ? (names.has(name) ? 2 : 1) : 0;
    ranks.set(trial, rank);
    categories.add(category);
    names.add(name);
  }
  return order.sort((a, b) => ranks.get(a)! - ranks.get(b)!).slice(0, size);
}

/** Fisher and Yates, by a generator whose whole state is the seed (mulberry32). */
function shuffled<T>(all: readonly T[]): T[] {
  let state = SEED >>> 0;
  const next = (below: number) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
  const order = [...all];
  for (let i = order.length - 1; i > 0; i--) {
    const j = next(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
