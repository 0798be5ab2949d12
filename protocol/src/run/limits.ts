import { Type } from '../schema/typebox.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

interface Bound {
  default: number;
  minimum: number;
  /** The ceiling that no configuration raises. */
  maximum: number;
}

/**
 * Every limit of a run with its unit in its name. `outputBytes` bounds the console lines together
 * (cut with a marker) and the result by itself (an `Output` ending). Timers are not bridge calls.
 */
export const LIMIT_BOUNDS = {
  cpuTimeMs: { default: 1_000, minimum: 1, maximum: 60_000 },
  wallTimeMs: { default: 5_000, minimum: 1, maximum: 300_000 },
  memoryBytes: { default: 64 * MiB, minimum: 16 * MiB, maximum: 512 * MiB },
  // A megabyte of control characters is six in JSON: the answer still fits into one frame.
  outputBytes: { default: 256 * KiB, minimum: 1 * KiB, maximum: 1 * MiB },
  bridgeCalls: { default: 1_000, minimum: 0, maximum: 100_000 },
  bridgePayloadBytes: { default: 1 * MiB, minimum: 1 * KiB, maximum: 16 * MiB },
} as const satisfies Record<string, Bound>;

export type LimitName = keyof typeof LIMIT_BOUNDS;
export type Limits = Record<LimitName, number>;

export const LIMIT_NAMES = Object.keys(LIMIT_BOUNDS) as LimitName[];

const integer = (name: LimitName) =>
  Type.Integer({ minimum: LIMIT_BOUNDS[name].minimum, maximum: LIMIT_BOUNDS[name].maximum });

export const LimitsSchema = Type.Object(
  {
    cpuTimeMs: integer('cpuTimeMs'),
    wallTimeMs: integer('wallTimeMs'),
    memoryBytes: integer('memoryBytes'),
    outputBytes: integer('outputBytes'),
    bridgeCalls: integer('bridgeCalls'),
    bridgePayloadBytes: integer('bridgePayloadBytes'),
  },
  { additionalProperties: false },
);

export const DEFAULT_LIMITS: Limits = Object.freeze(
  Object.fromEntries(LIMIT_NAMES.map((name) => [name, LIMIT_BOUNDS[name].default])) as Limits,
);

/** What was asked for over the defaults, cut down to the ceilings and up to the minimums. */
export function resolveLimits(asked: Partial<Limits> = {}, ceilings: Partial<Limits> = {}): Limits {
  const resolved = {} as Limits;
  for (const name of LIMIT_NAMES) {
    const { default: fallback, minimum, maximum } = LIMIT_BOUNDS[name];
    const ceiling = Math.min(maximum, figure(ceilings[name], maximum));
    resolved[name] = Math.max(minimum, Math.min(figure(asked[name], fallback), ceiling));
  }
  return resolved;
}

/** A whole number; what is no number at all counts as not given. */
function figure(value: number | undefined, fallback: number): number {
  return value === undefined || Number.isNaN(value) ? fallback : Math.floor(value);
}
