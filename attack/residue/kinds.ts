/** How a pair of runs is run. */
export const KINDS = [
  'isolate',
  'warm',
  'module',
  'deno',
  'wasm',
  'session',
  'prefix',
  'server',
] as const;
export type Kind = (typeof KINDS)[number];

/** Of twenty pairs: what is most used is tried most. */
const SHARES: Record<Kind, number> = {
  ...{ isolate: 7, warm: 6, module: 1, deno: 1, wasm: 1 },
  ...{ session: 2, prefix: 1, server: 1 },
};
const WHEEL = KINDS.flatMap((kind) => Array.from({ length: SHARES[kind] }, () => kind));
/** Coprime with the wheel's twenty: kinds come mixed, and the first twenty have each of them. */
const STRIDE = 17;

export const TENANTS = ['ash', 'birch'] as const;
/** Leaver and looker: the other tenant mostly, and the same one's next run too. */
const ORDERS = [
  [0, 1],
  [1, 0],
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const;

/** Which pair it is, and whose. */
export interface Turn {
  round: number;
  /** Turns of the wheel so far: what a kind has several of goes by this. */
  lap: number;
  kind: Kind;
  leaver: string;
  looker: string;
}

export function turnOf(round: number): Turn {
  const [leaver, looker] = ORDERS[round % ORDERS.length]!;
  return {
    round,
    lap: Math.floor(round / WHEEL.length),
    kind: WHEEL[(round * STRIDE) % WHEEL.length]!,
    leaver: TENANTS[leaver],
    looker: TENANTS[looker],
  };
}
