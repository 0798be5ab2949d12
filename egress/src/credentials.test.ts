import { describe, expect, it } from 'vitest';
import type { NetRule } from '@cofferdam/protocol';
import { Credentials } from './credentials.ts';
import { Policy } from './policy.ts';
import { parseTarget } from './target.ts';

const HEADERS: [string, string][] = [['X-Key', 'secret']];

function sent(rule: NetRule, url: string, ...addresses: string[]) {
  const policy = new Policy({ net: [rule], allowedCIDRs: ['10.0.0.0/8'] });
  const credentials = new Credentials(policy, [{ rule: 0, headers: HEADERS }]);
  const pinned = {
    addresses: addresses.map((address) => ({ address, family: 4 as const })),
    port: 1,
  };
  const hop = { target: parseTarget(url), method: 'GET', pinned };
  return credentials.over([['x-key', 'own']], hop)[0]![1];
}

describe('whether a hop carries a credential', () => {
  const named = { host: 'a.test', ports: [80] };
  it.each([
    { what: 'https anywhere', rule: { host: 'a.test' }, url: 'https://a.test', at: ['8.8.8.8'] },
    {
      what: 'https by a pattern',
      rule: { host: '*.test' },
      url: 'https://a.test',
      at: ['8.8.8.8'],
    },
    { what: 'http to a private address', rule: named, url: 'http://a.test', at: ['10.0.0.1'] },
  ])('yes: $what', ({ rule, url, at }) => {
    expect(sent(rule, url, ...at)).toBe('secret');
  });

  it.each([
    { what: 'http to a public address', rule: named, at: ['8.8.8.8'] },
    { what: 'http to two, one of them public', rule: named, at: ['10.0.0.1', '8.8.8.8'] },
    { what: 'http to a port that is not named', rule: { host: 'a.test' }, at: ['10.0.0.1'] },
    { what: 'http by a pattern', rule: { host: '*.test', ports: [80] }, at: ['10.0.0.1'] },
    {
      what: 'http on the port of https',
      rule: { host: 'a.test', ports: [443] },
      url: 'http://a.test:443',
      at: ['10.0.0.1'],
    },
  ])('no: $what', ({ rule, url = 'http://a.test', at }) => {
    expect(sent(rule, url, ...at)).toBe('own');
  });
});
