import { describe, expect, it } from 'vitest';
import { MAX_REDIRECTS, nextHop, type Hop } from './redirect.ts';
import { parseTarget } from './target.ts';

function hop(method: string, rest: Partial<Hop> = {}): Hop {
  return {
    target: parseTarget('https://one.test/a/b'),
    method,
    headers: [
      ['Authorization', 'Bearer x'],
      ['Cookie', 'a=b'],
      ['Content-Type', 'text/plain'],
      ['Content-Length', '3'],
      ['X-Mine', 'y'],
    ],
    hasBody: method !== 'GET' && method !== 'HEAD',
    redirects: 0,
    ...rest,
  };
}

const to = (status: number, location: string) => ({
  status,
  headers: [['Location', location]] as [string, string][],
});
const follow = (from: Hop, status: number, location: string) =>
  nextHop(from, to(status, location), 'follow')!;
const names = ({ headers }: Hop) => headers.map(([name]) => name.toLowerCase());

describe('a redirect', () => {
  it.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
    [301, 'PUT', 'PUT'],
    [302, 'DELETE', 'DELETE'],
    [303, 'PUT', 'GET'],
    [303, 'DELETE', 'GET'],
    [303, 'HEAD', 'HEAD'],
    [301, 'HEAD', 'HEAD'],
    [307, 'GET', 'GET'],
  ])('%i of %s goes on as %s', (status, method, expected) => {
    const next = follow(hop(method), status, '/c');
    expect(next.method).toBe(expected);
    const keepsBody = expected === method && method !== 'GET' && method !== 'HEAD';
    expect(next.hasBody).toBe(keepsBody);
    if (method !== expected) {
      expect(names(next)).not.toContain('content-type');
      expect(names(next)).not.toContain('content-length');
    } else {
      expect(names(next)).toContain('content-type');
    }
    expect(next.target.url.href).toBe('https://one.test/c');
    expect(next.redirects).toBe(1);
  });

  it.each([
    ['https://one.test/x', true],
    ['https://one.test:443/x', true],
    ['../x', true],
    ['https://one.test:8443/x', false],
    ['https://two.test/x', false],
    ['//two.test/x', false],
    ['https://sub.one.test/x', false],
  ])('to %s keeps credentials: %s', (location, kept) => {
    const next = follow(hop('GET'), 302, location);
    expect(names(next).includes('authorization')).toBe(kept);
    expect(names(next).includes('cookie')).toBe(kept);
    expect(names(next)).toContain('x-mine');
  });

  it('does not get credentials back on the way home', () => {
    const away = follow(hop('GET'), 302, 'https://two.test/');
    expect(names(follow(away, 302, 'https://one.test/'))).not.toContain('authorization');
  });

  it('from https to http is refused, from http to https is not', () => {
    expect(() => follow(hop('GET'), 302, 'http://one.test/')).toThrow(/from https to http/);
    const plain = hop('GET', { target: parseTarget('http://one.test/') });
    expect(follow(plain, 302, 'https://one.test/').target.secure).toBe(true);
  });

  it.each([
    ['https://user:pw@two.test/', 'EGRESS_DENIED'],
    ['file:///etc/passwd', 'EGRESS_DENIED'],
    ['javascript:alert(1)', 'EGRESS_DENIED'],
    ['http://[::1', 'EGRESS_FAILED'],
    ['https://256.0.0.1/', 'EGRESS_FAILED'],
  ])('to %s is %s', (location, code) => {
    expect(() => follow(hop('GET'), 302, location)).toThrow(expect.objectContaining({ code }));
  });

  it(`is followed ${MAX_REDIRECTS} times`, () => {
    let at = hop('GET');
    for (let i = 0; i < MAX_REDIRECTS; i++) at = follow(at, 302, `/${i}`);
    expect(() => follow(at, 302, '/again')).toThrow(/more than 10 redirects/);
  });

  it('is the answer itself in manual mode, without a location, or with another status', () => {
    expect(nextHop(hop('GET'), to(302, 'http://x/'), 'manual')).toBeUndefined();
    expect(nextHop(hop('GET'), { status: 302, headers: [] }, 'follow')).toBeUndefined();
    expect(nextHop(hop('GET'), to(304, '/c'), 'follow')).toBeUndefined();
    expect(nextHop(hop('GET'), to(201, '/c'), 'error')).toBeUndefined();
  });

  it('fails in error mode', () => {
    expect(() => nextHop(hop('GET'), to(302, '/c'), 'error')).toThrow(/follows none/);
  });
});
