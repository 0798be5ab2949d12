import type { SandboxPoolSpec } from '@cofferdam/protocol';
import { describe, expect, it } from 'vitest';
import { checkPoolMeaning } from './pool-meaning.ts';

const problems = (spec: SandboxPoolSpec) =>
  checkPoolMeaning({
    apiVersion: 'cofferdam.dev/v1alpha1',
    kind: 'SandboxPool',
    metadata: { name: 'x' },
    spec,
  }).map(({ path, message }) => `${path}: ${message}`);

describe('a pool', () => {
  it.each<[string, SandboxPoolSpec, string]>([
    ['more at least than at most', { warm: { minimum: 17 } }, 'spec.warm.minimum: '],
    ['no time to be idle', { idleTime: '1ms' }, 'spec.idleTime: '],
    ['pods of a second', { recycle: { age: '1s' } }, 'spec.recycle.age: '],
    ['a prefix too long', { egress: { allowedCIDRs: ['::1/129'] } }, 'allowedCIDRs.0: '],
    ['a range of no addresses', { egress: { allowedCIDRs: ['10.0.0.256/8'] } }, 'allowedCIDRs.0: '],
    [
      'a default above its ceiling',
      { limits: { defaults: { memory: '1Gi' }, ceilings: { memory: '64Mi' } } },
      'spec.limits.defaults: memoryBytes',
    ],
    [
      'requests above their ceiling',
      { limits: { defaults: { requests: 9 }, ceilings: { requests: 8 } } },
      'spec.limits.defaults: requests',
    ],
    [
      'more cores asked for than it gets',
      { resources: { requests: { cpu: 1 }, limits: { cpu: '999m' } } },
      'spec.resources.requests.cpu: ',
    ],
    [
      'more memory asked for than it gets by default',
      { resources: { requests: { memory: '2Gi' } } },
      'spec.resources.requests.memory: ',
    ],
    [
      'less memory for a browser than it asks for by default',
      { browser: true, resources: { limits: { memory: '400Mi' } } },
      'spec.resources.requests.memory: ',
    ],
  ])('with %s', (_what, spec, expected) => {
    expect(problems(spec)).toEqual([expect.stringContaining(expected)]);
  });

  it('of sense has no problems', () => {
    expect(problems({})).toEqual([]);
    const spec: SandboxPoolSpec = {
      egress: { allowedCIDRs: ['192.168.0.0/16', 'fd00::/8'] },
      resources: { requests: { cpu: '1.5', memory: '1Gi' }, limits: { cpu: 2, memory: '1Gi' } },
      limits: { defaults: { cpuTime: '1s' }, ceilings: { cpuTime: '1s' } },
      recycle: { age: '1m', runs: 1 },
    };
    expect(problems(spec)).toEqual([]);
  });
});
