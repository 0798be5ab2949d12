import { describe, expect, it } from 'vitest';
import type { NetRule } from '@cofferdam/protocol';
import { Policy } from './policy.ts';
import { parseTarget } from './target.ts';

const HOST = 'https://example.com';

function covers(paths: string[], url: string, method = 'GET'): boolean {
  const net: NetRule[] = [{ host: 'example.com', paths }];
  const policy = new Policy({ net, allowedCIDRs: [] });
  const target = parseTarget(url);
  const isCovering = policy.covering(target, method).length > 0;
  try {
    policy.match(target, method);
    expect(isCovering).toBe(true);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'EGRESS_DENIED' });
    expect(isCovering).toBe(false);
    return false;
  }
}

describe('a path of a rule', () => {
  it.each([
    ['/api', '/api'],
    ['/api', '/api/'],
    ['/api', '/api/x?y=../z#/other'],
    ['/api', '/other/../api/x'],
    ['/api', '/./api'],
    ['/api', '\\api\\x'],
    ['/api', '/%2E%2e/api/x'],
    ['/api/', '/api/x'],
    ['/', '/anything'],
    ['/a b'.replace(' ', '%20'), '/a b/c'],
    ['/caf%C3%A9', '/café'],
    ['/v1/../v2', '/v2/x'],
    ['/v1', '/v1/..x/a.b;c=d'],
    ['/v1', '/v1/100%25'],
  ])('%s covers %s', (prefix, path) => {
    expect(covers([prefix], HOST + path)).toBe(true);
  });

  it.each([
    ['/api', '/apix'],
    ['/api', '/'],
    ['/api', '/API'],
    ['/api', '//api'],
    ['/api', '/api/../admin'],
    ['/api', '/api/%2e%2e/admin'],
    ['/api', '/api\\..\\admin'],
    ['/api', '/%61pi'],
    ['/api/', '/api'],
    ['/v2', '/v1/../v2x'],
  ])('%s does not cover %s', (prefix, path) => {
    expect(covers([prefix], HOST + path)).toBe(false);
  });

  it.each([
    '/api/..%2fadmin',
    '/api/..%2Fadmin',
    '/api%2f..%2fadmin',
    '/api/..%5cadmin',
    '/api/%252e%252e/admin',
    '/api/%25252e%25252e%25252fadmin',
    '/api/..%252fadmin',
    '/api/..;/admin',
    '/api/.;x/..;x/admin',
    '/api/x%00/../admin%00',
    '/api/%2e%2e%2fadmin',
  ])('is not left by %s, which servers read in two ways', (path) => {
    expect(covers(['/api'], HOST + path)).toBe(false);
    expect(covers(['/'], HOST + path)).toBe(false);
  });

  it('is one of several, and lends nothing to another rule', () => {
    expect(covers(['/a', '/b'], `${HOST}/b/c`)).toBe(true);
    const net: NetRule[] = [
      { host: 'example.com', ports: [443], methods: ['GET'], paths: ['/read'] },
      { host: 'example.com', ports: [443], methods: ['POST'], paths: ['/write'] },
      { host: 'example.com', ports: [8443] },
    ];
    const policy = new Policy({ net, allowedCIDRs: [] });
    const decide = (method: string, url: string) => () => policy.match(parseTarget(url), method);
    expect(decide('GET', `${HOST}/read`)()).toBe('explicit');
    expect(decide('POST', `${HOST}/write`)()).toBe('explicit');
    expect(decide('GET', `${HOST}:8443/write`)()).toBe('explicit');
    expect(decide('POST', `${HOST}/read`)).toThrow(/does not allow this path of example.com:443/);
    expect(decide('GET', `${HOST}/write`)).toThrow(/does not allow this path/);
  });

  it('opens no tunnel, in which anything might be asked for', () => {
    expect(covers(['/'], 'http://example.com/', 'CONNECT')).toBe(false);
  });
});
