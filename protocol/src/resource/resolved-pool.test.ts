import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS, LIMIT_BOUNDS } from '../run/limits.ts';
import { checker } from '../schema/validate.ts';
import {
  applyPoolLimits,
  choosePool,
  hostsBeyond,
  limitsInPool,
  poolAllows,
  requestsInPool,
  resolvePool,
} from './resolved-pool.ts';
import { SandboxPoolSchema, type SandboxPool, type SandboxPoolSpec } from './sandbox-pool.ts';

const check = checker(SandboxPoolSchema);

function pool(name: string, spec: SandboxPoolSpec = {}): SandboxPool {
  const checked = check({
    apiVersion: 'cofferdam.dev/v1alpha1',
    kind: 'SandboxPool',
    metadata: { name },
    spec,
  });
  expect(checked).toMatchObject({ ok: true });
  return (checked as { value: SandboxPool }).value;
}
const resolved = (name: string, spec: SandboxPoolSpec = {}) => resolvePool(pool(name, spec));

describe('resolvePool', () => {
  it('has the defaults that the schema describes', () => {
    expect(resolved('p')).toEqual({
      name: 'p',
      namespaces: ['*'],
      isolation: 'Tenant',
      warm: { minimum: 0, spare: 1, maximum: 16 },
      idleMs: 600_000,
      runsPerProcess: 8,
      ceilings: {},
      defaults: {},
      defaultRequests: 50,
      maxRequests: 10_000,
      allowedCIDRs: [],
      requireClosed: true,
    });
  });

  it('turns what is written into figures', () => {
    const spec: SandboxPoolSpec = {
      warm: { minimum: 2 },
      idleTime: '90s',
      recycle: { runs: 1000, age: '1h30m' },
      limits: { defaults: { cpuTime: '200ms' }, ceilings: { memory: '128Mi', requests: 5 } },
      egress: { hosts: ['*.lan'], allowedCIDRs: ['10.0.0.0/8'], requireClosed: false },
    };
    expect(resolved('p', spec)).toMatchObject({
      warm: { minimum: 2, spare: 1, maximum: 16 },
      idleMs: 90_000,
      recycleRuns: 1000,
      recycleAgeMs: 5_400_000,
      defaults: { cpuTimeMs: 200 },
      ceilings: { memoryBytes: 128 * 2 ** 20 },
      maxRequests: 5,
      hosts: ['*.lan'],
      allowedCIDRs: ['10.0.0.0/8'],
      requireClosed: false,
    });
  });

  it('is a copy: what is done to it leaves the resource and the defaults alone', () => {
    resolved('p').namespaces.push('evil');
    resolved('p').allowedCIDRs.push('0.0.0.0/0');
    resolved('p').warm.maximum = 500;
    expect(resolved('p')).toMatchObject({
      namespaces: ['*'],
      allowedCIDRs: [],
      warm: { maximum: 16 },
    });
  });
});

describe('choosing a pool', () => {
  const home = resolved('home', { namespaces: ['home', 'garden'] });
  const work = resolved('work', { namespaces: ['work'] });
  const open = resolved('zoo');
  const standard = resolved('default');

  it('allows the namespaces that are named, and not those that look like them', () => {
    expect(poolAllows(home, 'garden')).toBe(true);
    for (const other of ['work', 'hom', 'home-2', '', '*'])
      expect(poolAllows(home, other)).toBe(false);
    expect(poolAllows(open, 'anything')).toBe(true);
  });

  it.each([
    ['the one that is named', 'home', 'zoo', 'zoo'],
    ['never a named one that does not allow it', 'home', 'work', undefined],
    ['never another for one that does not exist', 'home', 'nowhere', undefined],
    ['default when none is named', 'home', undefined, 'default'],
  ])('takes %s', (_what, namespace, poolRef, expected) => {
    expect(choosePool([open, work, home, standard], namespace, poolRef)?.name).toBe(expected);
  });

  it('takes the first by name without a default', () => {
    expect(choosePool([open, work, home], 'home')?.name).toBe('home');
    expect(choosePool([open, work, home], 'elsewhere')?.name).toBe('zoo');
    const closed = resolved('default', { namespaces: ['work'] });
    expect(choosePool([closed, open], 'home')?.name).toBe('zoo');
    expect(choosePool([work], 'home')).toBeUndefined();
  });
});

describe('limits in a pool', () => {
  const strict = resolved('strict', {
    limits: {
      defaults: { cpuTime: '100ms', requests: 3 },
      ceilings: { cpuTime: '2s', memory: '32Mi', requests: 7 },
    },
  });

  it('are the script’s, else the pool’s, else ours, and never above a ceiling', () => {
    expect(limitsInPool({}, strict)).toEqual({
      ...DEFAULT_LIMITS,
      cpuTimeMs: 100,
      memoryBytes: 32 * 2 ** 20,
    });
    expect(limitsInPool({ cpuTime: '1s' }, strict).cpuTimeMs).toBe(1_000);
    expect(limitsInPool({ cpuTime: '1m' }, strict).cpuTimeMs).toBe(2_000);
    expect(applyPoolLimits({ memoryBytes: 2 ** 40 }, strict).memoryBytes).toBe(32 * 2 ** 20);
    expect(limitsInPool({ cpuTime: '1m' })).toMatchObject({ cpuTimeMs: 60_000 });
  });

  it('cannot be lifted above what no configuration raises', () => {
    const lavish = resolved('lavish', {
      limits: { defaults: { wallTime: '9d' }, ceilings: { wallTime: '9d' } },
    });
    expect(limitsInPool({}, lavish).wallTimeMs).toBe(LIMIT_BOUNDS.wallTimeMs.maximum);
  });

  it('have a place for outbound requests', () => {
    expect(requestsInPool(undefined, strict)).toBe(3);
    expect(requestsInPool(100, strict)).toBe(7);
    expect(requestsInPool(0, strict)).toBe(0);
    expect(requestsInPool(undefined)).toBe(50);
  });
});

describe('hosts of a pool', () => {
  const lan = resolved('lan', { egress: { hosts: ['*.home.lan', 'api.example.com'] } });
  const beyond = (...hosts: string[]) =>
    hostsBeyond(
      lan,
      hosts.map((host) => ({ host })),
    );

  it('cover what they name, in whatever case', () => {
    expect(beyond('nas.home.lan', 'a.b.home.lan', '*.b.home.lan', 'API.example.com')).toEqual([]);
    expect(beyond('*.home.lan')).toEqual([]);
  });

  it('cover nothing that only looks like it', () => {
    const others = ['home.lan', 'evilhome.lan', '*.lan', 'x.api.example.com', '*.example.com'];
    expect(beyond(...others)).toEqual(others);
  });

  it('are any when none are named, and none when the list is empty', () => {
    expect(hostsBeyond(resolved('p'), [{ host: 'x' }])).toEqual([]);
    expect(hostsBeyond(resolved('p', { egress: { hosts: [] } }), [{ host: 'x' }])).toEqual(['x']);
  });
});
