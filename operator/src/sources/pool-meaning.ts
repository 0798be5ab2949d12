import { isIP } from 'node:net';
import {
  parseBytes,
  podAmounts,
  readScriptLimits,
  readTraffic,
  resolvePool,
  type Problem,
  type ResolvedPool,
  type SandboxPool,
  type ScriptLimits,
} from '@cofferdam/protocol';

/** A pod that is replaced more often than this would do little else. */
const MIN_AGE_MS = 60_000;
const MIN_IDLE_MS = 1_000;

/** What a schema cannot say of a pool. */
export function checkPoolMeaning(pool: SandboxPool): Problem[] {
  const resolved = resolvePool(pool);
  return [
    ...checkCounts(resolved),
    ...checkRanges(resolved.allowedCIDRs),
    ...checkLimits(pool),
    ...checkResources(pool),
  ];
}

function checkCounts({ warm, idleMs, recycleAgeMs }: ResolvedPool): Problem[] {
  const problems: Problem[] = [];
  const add = (path: string, message: string) => problems.push({ path: `spec.${path}`, message });
  if (warm.minimum > warm.maximum) add('warm.minimum', 'must not be greater than `warm.maximum`');
  if (idleMs < MIN_IDLE_MS) add('idleTime', 'must be at least 1s');
  if (recycleAgeMs !== undefined && recycleAgeMs < MIN_AGE_MS) {
    add('recycle.age', 'must be at least 1m');
  }
  return problems;
}

function checkRanges(ranges: readonly string[]): Problem[] {
  return ranges.flatMap((range, index) =>
    isRange(range)
      ? []
      : [{ path: `spec.egress.allowedCIDRs.${index}`, message: 'is no range of addresses' }],
  );
}

function isRange(text: string): boolean {
  const [address = '', length = ''] = text.split('/');
  const family = isIP(address);
  return family !== 0 && Number(length) <= (family === 4 ? 32 : 128);
}

/** A default above its ceiling would never be given to anything. */
function checkLimits({ spec: { limits } }: SandboxPool): Problem[] {
  const figures = (of: ScriptLimits | undefined) => ({
    ...readScriptLimits(of),
    ...readTraffic(of),
    requests: of?.requests,
  });
  const [ceilings, defaults] = [figures(limits?.ceilings), figures(limits?.defaults)];
  return (Object.keys(defaults) as (keyof typeof defaults)[])
    .filter((name) => (defaults[name] ?? 0) > (ceilings[name] ?? Number.POSITIVE_INFINITY))
    .map((name) => ({
      path: 'spec.limits.defaults',
      message: `${name} must not be greater than in \`limits.ceilings\``,
    }));
}

function checkResources({ spec }: SandboxPool): Problem[] {
  const problems: Problem[] = [];
  const [requests, limits] = [podAmounts(spec, 'requests'), podAmounts(spec, 'limits')];
  const compare = (field: string, asked: number, most: number) => {
    if (asked <= most) return;
    const message = 'must not be greater than in `resources.limits`';
    problems.push({ path: `spec.resources.requests.${field}`, message });
  };
  compare('cpu', cores(requests.cpu), cores(limits.cpu));
  for (const field of ['memory', 'ephemeralStorage'] as const) {
    compare(field, parseBytes(requests[field])!, parseBytes(limits[field])!);
  }
  return problems;
}

function cores(text: string): number {
  return text.endsWith('m') ? Number(text.slice(0, -1)) / 1_000 : Number(text);
}
