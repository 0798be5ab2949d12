import type { Preset } from '@cofferdam/protocol';
import type { Attempt } from './attempt.ts';
import { SURFACES, type Surface } from './surfaces.ts';
import { TRICKS } from './tricks.ts';

/** An attempt on one function of the platform. */
interface ShimAttempt extends Attempt {
  /** The smallest preset that has it. */
  preset: Preset;
}

/** Each trick on each surface. */
export const SHIM_ATTEMPTS: readonly ShimAttempt[] = Object.entries(SURFACES).flatMap(
  ([surface, { preset, use }]) =>
    crossed(surface, use).map((attempt): ShimAttempt => ({ ...attempt, preset })),
);

/** Every trick on one surface. */
export function crossed(surface: string, use: Surface['use']): Attempt[] {
  return Object.entries(TRICKS).map(([trick, code]) => ({
    category: `shim: ${trick}`,
    name: `${surface}: ${trick}`,
    code: `const use = async (value, callback) => { ${use} };\n${code}`,
  }));
}
