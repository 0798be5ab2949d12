import {
  API_VERSION,
  DEFAULT_LIMITS,
  resolvePool,
  type SandboxPoolSpec,
} from '@cofferdam/protocol';
import { describe, expect, it } from 'vitest';
import { intent } from '../../../test/peer.ts';
import { PoolDirectory } from '../pools.ts';
import { withinPool } from './within-pool.ts';

const pool = (spec: SandboxPoolSpec, name = 'local') =>
  resolvePool({ apiVersion: API_VERSION, kind: 'SandboxPool', metadata: { name }, spec });
const net = (...hosts: string[]) => hosts.map((host) => ({ host, ports: [443] }));

describe('a run within its pool', () => {
  it('gets no more of any limit than the ceilings say', () => {
    const ceilings = { cpuTime: '1s', memory: '32Mi', requests: 3 };
    const asked = intent({
      limits: { ...DEFAULT_LIMITS, cpuTimeMs: 5_000, memoryBytes: 2 ** 27 },
      maxRequests: 100,
    });
    const { limits, maxRequests } = withinPool(asked, pool({ limits: { ceilings } }));
    expect(limits).toMatchObject({ cpuTimeMs: 1_000, memoryBytes: 2 ** 25 });
    expect(limits.wallTimeMs).toBe(DEFAULT_LIMITS.wallTimeMs);
    expect(maxRequests).toBe(3);
  });

  it('keeps less than they say', () => {
    const asked = intent({ limits: { ...DEFAULT_LIMITS, cpuTimeMs: 7 }, maxRequests: 2 });
    const ceilings = { cpuTime: '1s', requests: 3 };
    const within = withinPool(asked, pool({ limits: { ceilings } }));
    expect(within.limits.cpuTimeMs).toBe(7);
    expect(within.maxRequests).toBe(2);
  });

  it('may name the hosts of the pool and no others', () => {
    const hosts = ['api.example.org', '*.example.com'];
    const narrow = pool({ egress: { hosts } });
    const run =
      (...names: string[]) =>
      () =>
        withinPool(intent({ net: net(...names) }), narrow);
    expect(
      run('api.example.org', 'a.example.com', '*.b.example.com', 'API.example.org'),
    ).not.toThrow();
    for (const beyond of ['example.org', '*.example.org', 'example.com', 'badexample.com', '*']) {
      expect(run('a.example.com', beyond)).toThrow(
        expect.objectContaining({ code: 'FORBIDDEN', message: expect.stringContaining(beyond) }),
      );
    }
  });

  it('may name none where the pool lists none', () => {
    const none = pool({ egress: { hosts: [] } });
    expect(() => withinPool(intent({ net: net('a.example') }), none)).toThrow('a.example');
    expect(() => withinPool(intent({ net: [] }), none)).not.toThrow();
  });
});

describe('the pool of a run', () => {
  const directory = new PoolDirectory([
    pool({ namespaces: ['lab'] }, 'alone'),
    pool({}, 'default'),
    pool({ namespaces: ['home'] }, 'big'),
  ]);

  it('is the one that it names, where that one takes its namespace', () => {
    expect(directory.choose('home', 'big').name).toBe('big');
    for (const [namespace, name] of [
      ['lab', 'big'],
      ['home', 'none'],
    ] as const) {
      expect(() => directory.choose(namespace, name)).toThrow(
        expect.objectContaining({ code: 'UNAVAILABLE' }),
      );
    }
  });

  it('is the default one, else the first by name that takes it', () => {
    expect(directory.choose('home', undefined).name).toBe('default');
    directory.set([pool({ namespaces: ['lab'] }, 'z'), pool({ namespaces: ['lab'] }, 'y')]);
    expect(directory.choose('lab', undefined).name).toBe('y');
    expect(() => directory.choose('home', undefined)).toThrow('the namespace home');
  });
});
