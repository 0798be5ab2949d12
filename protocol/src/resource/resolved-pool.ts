import { DEFAULT_LIMITS, LIMIT_NAMES, resolveLimits, type Limits } from '../run/limits.ts';
import type { NetRule } from '../run/permissions.ts';
import { resolveTraffic, type PoolTraffic, type Traffic } from '../run/traffic.ts';
import { parseDuration } from '../run/units.ts';
import {
  ANY_NAMESPACE,
  POOL_DEFAULTS,
  type Isolation,
  type SandboxPool,
  type SandboxPoolSpec,
} from './sandbox-pool.ts';
import { readScriptLimits, readTraffic, type ScriptLimits } from './script-limits.ts';

/** A pool with every default filled in: milliseconds, bytes and counts. */
export interface ResolvedPool {
  name: string;
  /** Names; `*` is every one. */
  namespaces: string[];
  isolation: Isolation;
  warm: { minimum: number; spare: number; maximum: number };
  idleMs: number;
  recycleRuns?: number;
  recycleAgeMs?: number;
  runsPerProcess: number;
  /** Of a pool whose pods hold browsers: sessions at once in each. Absent: its pods run scripts. */
  browserSessions?: number;
  ceilings: Partial<Limits>;
  defaults: Partial<Limits>;
  /** Outbound requests of a run, which are no limit of the engine. */
  defaultRequests: number;
  maxRequests: number;
  /** Bytes, connections and bandwidth of a run. Absent: as we have them. */
  traffic?: PoolTraffic;
  allowedCIDRs: string[];
  /** The only hosts that a script may name; absent: any. */
  hosts?: string[];
  requireClosed: boolean;
}

/** What a script gets that no pool says anything about. */
export const DEFAULT_MAX_REQUESTS = 50;
const MOST_REQUESTS = 10_000;

type EgressBounds = Pick<ResolvedPool, 'allowedCIDRs' | 'hosts' | 'requireClosed'>;

/** The pool of scripts that name none. */
const DEFAULT_POOL = 'default';

/** Fills in every default of a checked resource. */
export function resolvePool(resource: SandboxPool): ResolvedPool {
  const spec = { ...POOL_DEFAULTS, ...resource.spec };
  const egress: EgressBounds = { ...POOL_DEFAULTS.egress, ...spec.egress };
  const { defaults, ceilings } = spec.limits ?? {};
  return {
    name: resource.metadata.name,
    namespaces: [...spec.namespaces],
    isolation: spec.isolation,
    warm: { ...POOL_DEFAULTS.warm, ...spec.warm },
    idleMs: parseDuration(spec.idleTime)!,
    ...recycling(spec),
    runsPerProcess: spec.runsPerProcess,
    ...(spec.browser ? { browserSessions: spec.sessionsPerPod } : {}),
    ceilings: readScriptLimits(ceilings),
    defaults: readScriptLimits(defaults),
    defaultRequests: defaults?.requests ?? DEFAULT_MAX_REQUESTS,
    maxRequests: ceilings?.requests ?? MOST_REQUESTS,
    ...trafficOf(spec),
    allowedCIDRs: [...egress.allowedCIDRs],
    ...(egress.hosts ? { hosts: [...egress.hosts] } : {}),
    requireClosed: egress.requireClosed,
  };
}

function recycling({ recycle = {} }: SandboxPoolSpec) {
  const { runs, age } = recycle;
  return {
    ...(runs === undefined ? {} : { recycleRuns: runs }),
    ...(age === undefined ? {} : { recycleAgeMs: parseDuration(age)! }),
  };
}

function trafficOf({ limits }: SandboxPoolSpec): Pick<ResolvedPool, 'traffic'> {
  const [defaults, ceilings] = [readTraffic(limits?.defaults), readTraffic(limits?.ceilings)];
  const says = Object.keys({ ...defaults, ...ceilings }).length > 0;
  return says ? { traffic: { defaults, ceilings } } : {};
}

/** Whether scripts of a namespace may run in a pool. */
export function poolAllows({ namespaces }: ResolvedPool, namespace: string): boolean {
  return namespaces.includes(ANY_NAMESPACE) || namespaces.includes(namespace);
}

/** The pool that a script names, else `default`, else the first by name; only one that allows and runs it. */
export function choosePool(
  pools: Iterable<ResolvedPool>,
  namespace: string,
  poolRef?: string,
): ResolvedPool | undefined {
  const allowed = [...pools].filter(
    (pool) => poolAllows(pool, namespace) && pool.browserSessions === undefined,
  );
  if (poolRef !== undefined) return allowed.find(({ name }) => name === poolRef);
  allowed.sort((a, b) => (a.name < b.name ? -1 : 1));
  return allowed.find(({ name }) => name === DEFAULT_POOL) ?? allowed[0];
}

/** The first pool of browsers by name that allows the namespace. */
export function chooseBrowserPool(
  pools: Iterable<ResolvedPool>,
  namespace: string,
): ResolvedPool | undefined {
  return [...pools]
    .filter((pool) => poolAllows(pool, namespace) && pool.browserSessions !== undefined)
    .sort((a, b) => (a.name < b.name ? -1 : 1))[0];
}

/** Every limit of a run: what its script says, else the pool, else we; never above the ceilings. */
export function limitsInPool(asked: ScriptLimits = {}, pool?: ResolvedPool): Limits {
  return applyPoolLimits(readScriptLimits(asked), pool);
}

/** The same for limits that are figures already, such as those of a request. */
export function applyPoolLimits(asked: Partial<Limits>, pool?: ResolvedPool): Limits {
  const wanted: Limits = { ...DEFAULT_LIMITS };
  for (const name of LIMIT_NAMES) {
    wanted[name] = asked[name] ?? pool?.defaults[name] ?? DEFAULT_LIMITS[name];
  }
  return resolveLimits(wanted, pool?.ceilings);
}

/** Outbound requests that a run may make. */
export function requestsInPool(asked: number | undefined, pool?: ResolvedPool): number {
  const wanted = asked ?? pool?.defaultRequests ?? DEFAULT_MAX_REQUESTS;
  return Math.min(wanted, pool?.maxRequests ?? MOST_REQUESTS);
}

/** Bytes, connections and bandwidth that a run has. */
export function trafficInPool(asked: Partial<Traffic> = {}, pool?: ResolvedPool): Traffic {
  return resolveTraffic(asked, pool?.traffic);
}

/** The hosts among a script's rules that its pool does not let it name. */
export function hostsBeyond({ hosts }: ResolvedPool, net: readonly NetRule[]): string[] {
  if (!hosts) return [];
  return net.map(({ host }) => host).filter((host) => !hosts.some((most) => covers(most, host)));
}

/** Whether everything that one pattern names is named by the other as well. */
function covers(most: string, host: string): boolean {
  const [wide, narrow] = [most.toLowerCase(), host.toLowerCase()];
  return wide === narrow || (wide.startsWith('*.') && narrow.endsWith(wide.slice(1)));
}
