import { networkInterfaces } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NetRule } from '@cofferdam/protocol';
import { classify } from './address.ts';
import { Policy } from './policy.ts';
import { parseTarget } from './target.ts';

function decide(net: NetRule[], url: string, method = 'GET'): string {
  try {
    return new Policy({ net, allowedCIDRs: [] }).match(parseTarget(url), method);
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const rule = (host: string, rest: Partial<NetRule> = {}): NetRule[] => [{ host, ...rest }];

describe('a rule', () => {
  it.each([
    ['example.com', 'https://example.com/', 'named'],
    ['example.com', 'http://example.com/', 'named'],
    ['Example.COM', 'https://eXample.com./', 'named'],
    ['example.com', 'https://example.com..', 'EGRESS_DENIED'],
    ['example.com', 'https://example.com:8443/', 'EGRESS_DENIED'],
    ['example.com', 'https://example.com:0/', 'EGRESS_DENIED'],
    ['example.com', 'https://www.example.com/', 'EGRESS_DENIED'],
    ['example.com', 'https://example.com.evil.test/', 'EGRESS_DENIED'],
    ['example.com', 'https://evil-example.com/', 'EGRESS_DENIED'],
    ['example.com', 'https://evil.test/example.com', 'EGRESS_DENIED'],
    ['example.com', 'https://evil.test#@example.com', 'EGRESS_DENIED'],
    ['example.com', 'https://evil.test\\@example.com', 'EGRESS_DENIED'],
    ['example.com', 'https://example.com@evil.test', 'EGRESS_DENIED'],
    ['example.com', 'https://evil.test:80#@example.com:80', 'EGRESS_DENIED'],
    ['example.com', 'https://user:pw@example.com/', 'EGRESS_DENIED'],
    ['example.com', 'https://user@example.com/', 'EGRESS_DENIED'],
    ['example.com', 'ftp://example.com/', 'EGRESS_DENIED'],
    ['example.com', 'file:///etc/passwd', 'EGRESS_DENIED'],
    ['example.com', 'data:text/plain,x', 'EGRESS_DENIED'],
    ['example.com', 'ws://example.com/', 'EGRESS_DENIED'],
    ['example.com', 'gopher://example.com/', 'EGRESS_DENIED'],
    ['example.com', '//example.com/', 'INVALID_INPUT'],
    ['example.com', 'nonsense', 'INVALID_INPUT'],
    ['*.example.com', 'https://www.example.com/', 'named'],
    ['*.example.com', 'https://a.b.example.com/', 'named'],
    ['*.example.com', 'https://example.com/', 'EGRESS_DENIED'],
    ['*.example.com', 'https://.example.com/', 'EGRESS_DENIED'],
    ['*.example.com', 'https://wwwexample.com/', 'EGRESS_DENIED'],
    ['*.0.0.1', 'https://127.0.0.1/', 'EGRESS_DENIED'],
    ['127.0.0.1', 'http://2130706433/', 'named'],
    ['[::1]', 'http://[0:0::1]/', 'named'],
    ['[::ffff:127.0.0.1]', 'http://[::ffff:7f00:1]/', 'named'],
    ['127.0.0.1', 'http://[::ffff:127.0.0.1]/', 'EGRESS_DENIED'],
    ['xn--mnchen-3ya.de', 'https://münchen.de/', 'named'],
    ['999.1.1.1', 'https://example.com/', 'EGRESS_DENIED'],
  ])('for %s decides %s: %s', (host, url, expected) => {
    expect(decide(rule(host), url)).toBe(expected);
  });

  it('covers the ports that it names and no other', () => {
    const net = rule('nas', { ports: [8080] });
    expect(decide(net, 'http://nas:8080/')).toBe('explicit');
    expect(decide(net, 'http://nas/')).toBe('EGRESS_DENIED');
    expect(decide(net, 'https://nas/')).toBe('EGRESS_DENIED');
  });

  it('covers the methods that it names and no other', () => {
    const net = rule('example.com', { methods: ['GET', 'HEAD'] });
    expect(decide(net, 'https://example.com', 'HEAD')).toBe('named');
    expect(decide(net, 'https://example.com', 'POST')).toBe('EGRESS_DENIED');
    expect(decide(net, 'https://example.com', 'get')).toBe('EGRESS_DENIED');
    expect(decide(rule('example.com'), 'https://example.com', 'PROPFIND')).toBe('named');
  });

  it('does not lend its ports or methods to another rule for the host', () => {
    const net: NetRule[] = [
      { host: 'nas', ports: [8080], methods: ['GET'] },
      { host: 'nas', ports: [9090], methods: ['POST'] },
    ];
    expect(decide(net, 'http://nas:8080/', 'GET')).toBe('explicit');
    expect(decide(net, 'http://nas:8080/', 'POST')).toBe('EGRESS_DENIED');
    expect(decide(net, 'http://nas:9090/', 'GET')).toBe('EGRESS_DENIED');
  });

  it('says which of host, port and method is missing', () => {
    const policy = new Policy({ net: rule('nas', { methods: ['GET'] }), allowedCIDRs: [] });
    const match = (url: string, method: string) => () => policy.match(parseTarget(url), method);
    expect(match('http://other/', 'GET')).toThrow('other is not in permissions.net of this run');
    expect(match('http://nas:81/', 'GET')).toThrow(
      'permissions.net names nas, but not its port 81',
    );
    expect(match('http://nas/', 'PUT')).toThrow('permissions.net does not allow PUT to nas:80');
  });

  it('covers no host that it does not name, whatever is asked', () => {
    const policy = new Policy({ net: rule('*.home.test'), allowedCIDRs: [] });
    fc.assert(
      fc.property(fc.webUrl({ validSchemes: ['http', 'https'] }), (url) => {
        const target = parseTarget(url);
        fc.pre(!target.host.endsWith('.home.test'));
        expect(() => policy.match(target, 'GET')).toThrow('is not in permissions.net');
      }),
    );
  });

  it('covers every subdomain and only them', () => {
    const policy = new Policy({ net: rule('*.home.test'), allowedCIDRs: [] });
    fc.assert(
      fc.property(fc.domain(), (domain) => {
        expect(policy.match(parseTarget(`http://${domain}.home.test/`), 'GET')).toBe('named');
        expect(() => policy.match(parseTarget(`http://${domain}home.test/`), 'GET')).toThrow(
          'is not in permissions.net',
        );
      }),
    );
  });
});

describe('an address', () => {
  const policy = new Policy({ net: [], allowedCIDRs: ['192.168.1.0/24', '0.0.0.0/0', '::/0'] });
  const strict = new Policy({ net: [], allowedCIDRs: ['192.168.1.0/24'] });

  it.each([
    ['8.8.8.8', 'named', true],
    ['192.168.1.9', 'explicit', true],
    ['::ffff:192.168.1.9', 'explicit', true],
    ['192.168.1.9', 'named', false],
    ['192.168.2.9', 'explicit', false],
    ['127.0.0.1', 'explicit', false],
    ['fd00::1', 'explicit', false],
  ] as const)('%s for a target that is %s: %s', (address, match, expected) => {
    expect(strict.admits(classify(address), match)).toBe(expected);
  });

  it.each([
    '169.254.169.254',
    '168.63.129.16',
    '100.100.100.200',
    'fd00:ec2::254',
    '0.0.0.0',
    '255.255.255.255',
    '224.0.0.1',
    '::',
    'ff02::1',
    '64:ff9b::c0a8:109',
    '2002:c0a8:109::',
  ])('%s is refused even where every range is allowed', (address) => {
    expect(policy.admits(classify(address), 'explicit')).toBe(false);
    expect(policy.admitsAlias(classify(address), 'explicit')).toBe(false);
    expect(policy.admitsNameAlias(classify(address), 'explicit')).toBe(false);
  });

  it.each([
    ['10.96.0.17', 'explicit', true],
    ['fd12::17', 'explicit', true],
    ['8.8.8.8', 'explicit', true],
    ['10.96.0.17', 'named', false],
    ['8.8.8.8', 'named', false],
    ['127.0.0.1', 'explicit', false],
    ['::1', 'explicit', false],
    ['::ffff:127.0.0.1', 'explicit', false],
    ['169.254.1.1', 'explicit', false],
    ['fe80::1', 'explicit', false],
  ] as const)(
    "%s behind an alias's name, for a target that is %s: %s",
    (address, match, expected) => {
      expect(strict.admitsNameAlias(classify(address), match)).toBe(expected);
    },
  );

  it("of egress's own machine needs its range behind an alias's name too", () => {
    for (const own of Object.values(networkInterfaces()).flatMap((list) => list ?? [])) {
      const address = classify(own.address);
      expect(strict.admitsNameAlias(address, 'explicit')).toBe(false);
      expect(policy.admitsNameAlias(address, 'explicit')).toBe(address.reach !== 'refused');
    }
  });
});
