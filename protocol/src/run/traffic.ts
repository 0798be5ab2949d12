const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

/**
 * What one run may send and receive on its way out, beside its number of requests: bytes, connections
 * at once, and bytes a second each way. No configuration goes beyond the maximum.
 */
export const TRAFFIC_BOUNDS = {
  bytesUp: { default: 16 * MiB, minimum: 0, maximum: GiB },
  bytesDown: { default: 64 * MiB, minimum: 0, maximum: GiB },
  connections: { default: 8, minimum: 1, maximum: 64 },
  // Not slowed down unless somebody says so: the bytes of a run are bounded as it is.
  bandwidth: { default: undefined, minimum: KiB, maximum: GiB },
} as const;

export type TrafficName = keyof typeof TRAFFIC_BOUNDS;

export interface Traffic {
  /** Heads and bodies of requests together, in bytes. Default 16 MiB. */
  bytesUp: number;
  /** Heads and bodies of responses together, in bytes. Default 64 MiB. */
  bytesDown: number;
  /** Requests, WebSockets and tunnels at once; the next ones wait. Default 8. */
  connections: number;
  /** Bytes a second each way, of all connections together. Default: as fast as it goes. */
  bandwidth?: number;
}

export const TRAFFIC_NAMES = Object.keys(TRAFFIC_BOUNDS) as TrafficName[];

/** What a pool says of it. */
export interface PoolTraffic {
  defaults: Partial<Traffic>;
  ceilings: Partial<Traffic>;
}

/** What was asked for, else the pool's default, else ours; never above the pool's ceiling or the maximum. */
export function resolveTraffic(asked: Partial<Traffic> = {}, pool?: PoolTraffic): Traffic {
  const figures = TRAFFIC_NAMES.flatMap((name) => {
    const wanted = asked[name] ?? pool?.defaults[name];
    const figure = within(name, wanted, pool?.ceilings[name]);
    return figure === undefined ? [] : [[name, figure] as const];
  });
  return Object.fromEntries(figures) as unknown as Traffic;
}

function within(name: TrafficName, asked?: number, ceiling?: number): number | undefined {
  const { default: fallback, minimum, maximum } = TRAFFIC_BOUNDS[name];
  const wanted = asked ?? fallback ?? ceiling;
  if (wanted === undefined) return undefined;
  return Math.max(minimum, Math.min(wanted, ceiling ?? maximum, maximum));
}

/** What is said of it among other limits; nothing where none of it is. */
export function pickTraffic(limits: Partial<Traffic>): { traffic?: Partial<Traffic> } {
  const named = TRAFFIC_NAMES.filter((name) => limits[name] !== undefined);
  if (named.length === 0) return {};
  return { traffic: Object.fromEntries(named.map((name) => [name, limits[name]!])) };
}
