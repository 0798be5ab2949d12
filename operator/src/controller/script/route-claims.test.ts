import { API_VERSION, type Route, type ScriptStatus } from '@cofferdam/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ScriptEntry } from '../../sources/source.ts';
import { RouteClaims } from './route-claims.ts';

let entries: Map<string, ScriptEntry>;
let statuses: Map<string, Partial<ScriptStatus>>;
let claims: RouteClaims;

beforeEach(() => {
  entries = new Map();
  statuses = new Map();
  claims = new RouteClaims({
    source: { get: (key) => entries.get(key), keys: () => [...entries.keys()], problems: () => [] },
    store: {
      uidOf: (key) => key,
      read: (uid) => ({ generation: 1, status: statuses.get(uid) as ScriptStatus }),
    },
    hosts: ['*.example.com'],
  });
});

/** A server as it is applied now; answers which others that may change something for. */
function apply(name: string, route: Route | undefined, createdAt?: number): string[] {
  const key = `default/${name}`;
  const spec = { source: { inline: '' }, mode: 'server' as const, ...(route ? { route } : {}) };
  entries.set(key, {
    ...{ namespace: 'default', name, file: '', line: 0, column: 0, problems: [] },
    ...(createdAt === undefined ? {} : { createdAt }),
    resource: { apiVersion: API_VERSION, kind: 'SandboxScript', metadata: { name }, spec },
  });
  return claims.note(key);
}

const holds = (name: string) => claims.obstacle(`default/${name}`)?.reason ?? 'holds';

describe('a route that two scripts want', () => {
  const route = { path: '/shop' };

  it('is that of the older one, whichever is read first', () => {
    apply('newer', route, 2_000);
    expect(holds('newer')).toBe('holds');
    expect(apply('older', route, 1_000)).toEqual(['default/newer']);
    expect([holds('older'), holds('newer')]).toEqual(['holds', 'RouteConflict']);
    expect(claims.obstacle('default/newer')).toMatchObject({
      status: 'False',
      message: 'the route /shop is that of default/older, which had it before',
    });
  });

  it('is that of the first by name, where nobody knows which is older', () => {
    apply('b', route);
    apply('a', route);
    expect([holds('a'), holds('b')]).toEqual(['holds', 'RouteConflict']);
  });

  it('stays with who has it, whatever an older one wants later', () => {
    apply('newer', route, 2_000);
    statuses.set('default/newer', { url: '/shop/' });
    apply('older', { path: '/other' }, 1_000);
    expect(apply('older', route, 1_000)).toEqual(['default/newer']);
    expect([holds('older'), holds('newer')]).toEqual(['RouteConflict', 'holds']);
  });

  it('is free when who had it has gone, or wants another', () => {
    apply('a', route, 1);
    apply('b', route, 2);
    statuses.set('default/a', { url: '/shop/' });
    expect(apply('a', { path: '/a' }, 1)).toEqual(['default/b']);
    expect([holds('a'), holds('b')]).toEqual(['holds', 'holds']);
    apply('c', route, 3);
    entries.delete('default/b');
    expect(claims.note('default/b')).toEqual(['default/c']);
    expect(holds('c')).toBe('holds');
  });

  it('is not the same at another host or path', () => {
    apply('a', route, 1);
    apply('b', { ...route, host: 'a.example.com' }, 2);
    apply('c', { path: '/shop/inner' }, 3);
    apply('d', undefined, 4);
    expect(['a', 'b', 'c', 'd'].map(holds)).toEqual(['holds', 'holds', 'holds', 'holds']);
  });
});

describe('a route that the instance does not allow', () => {
  it.each<[Route, string]>([
    [{ host: 'example.com' }, 'ISOLATE_SERVER_HOSTS'],
    [{ host: 'a.evil.com' }, 'lets no server have the host a.evil.com'],
    [{ host: 'evilexample.com' }, 'lets no server'],
    [{ path: '/metrics' }, 'the API has the path /metrics'],
    [{ path: '/v1/namespaces' }, 'the API has the path'],
  ])('is refused: %o', (route, message) => {
    apply('a', route);
    expect(claims.obstacle('default/a')).toMatchObject({
      ...{ status: 'False', reason: 'RouteRefused' },
      message: expect.stringContaining(message) as string,
    });
  });
});
