import { describe, expect, it } from 'vitest';
import type { EgressPolicy, NetRule } from '@cofferdam/protocol';
import { admit } from './admit.ts';
import { readAliases } from './aliases.ts';
import { Policy } from './policy.ts';
import { Refused } from './refused.ts';
import { parseTarget } from './target.ts';

const NAMED: NetRule[] = [{ host: 'demo', ports: [80] }];
/** Nothing but what is refused anyway. */
const REFUSED = new Refused({ cidrs: [], ports: [], ownPorts: [], dnsServers: () => [] });
const SERVICE = 'demo.cofferdam.svc';

interface Asked {
  url?: string;
  net?: NetRule[];
  allowedCIDRs?: EgressPolicy['allowedCIDRs'];
  found?: string[];
}

/** Decides about one hop where the alias `demo` leads to a Service; `asked` are the names looked up. */
function decide({ url = 'http://demo/', net = NAMED, allowedCIDRs = [], found = [] }: Asked) {
  const asked: string[] = [];
  const resolver = async (name: string) => {
    asked.push(name);
    return found;
  };
  const pinned = admit(parseTarget(url), 'GET', {
    policy: new Policy({ net, allowedCIDRs }),
    resolver,
    refused: REFUSED,
    aliases: readAliases({ demo: `${SERVICE}:8080` }),
    signal: new AbortController().signal,
  });
  return { asked, pinned };
}

describe('an alias that leads to a name', () => {
  it.each([['10.96.0.17'], ['fd12::17'], ['203.0.114.5']])(
    'is pinned to %s with no range allowed',
    async (address) => {
      const { asked, pinned } = decide({ found: [address] });
      expect(await pinned).toMatchObject({ addresses: [{ address }], port: 8080 });
      expect(asked).toEqual([SERVICE]);
    },
  );

  it.each([
    '169.254.169.254', // metadata
    'fd00:ec2::254',
    '168.63.129.16',
    '0.0.0.0',
    '::',
    '224.0.0.1',
    'ff02::1',
    '255.255.255.255',
    '64:ff9b::a9fe:a9fe',
    'no address',
  ])('never leads to %s, whatever range is allowed', async (address) => {
    const allowedCIDRs = ['0.0.0.0/0', '::/0'];
    for (const found of [[address], ['10.96.0.17', address], [address, '8.8.8.8']]) {
      const { pinned } = decide({ found, allowedCIDRs });
      const error = (await pinned.catch((thrown: unknown) => thrown)) as Error;
      expect(error).toMatchObject({ code: 'EGRESS_ADDRESS_DENIED' });
      expect(error.message).toContain('demo is an alias');
      for (const hidden of [...found, SERVICE]) expect(error.message).not.toContain(hidden);
    }
  });

  it.each([
    ['127.0.0.1', '127.0.0.0/8'],
    ['::1', '::1/128'],
    ['::ffff:7f00:1', '127.0.0.0/8'],
    ['169.254.7.7', '169.254.0.0/16'],
    ['fe80::1', 'fe80::/10'],
  ])("leads to %s of egress's own machine or link only where %s is allowed", async (own, range) => {
    const denied = decide({ found: ['10.96.0.17', own] });
    await expect(denied.pinned).rejects.toMatchObject({ code: 'EGRESS_ADDRESS_DENIED' });
    const allowed = decide({ found: [own], allowedCIDRs: [range] });
    expect(await allowed.pinned).toMatchObject({ addresses: [{ address: own }] });
  });

  it.each([
    ['a rule without ports', [{ host: 'demo' }], 'http://demo/'],
    ['a wildcard', [{ host: '*.home', ports: [80] }], 'http://demo.home/'],
  ])('is not opened by %s, and not looked up', async (_what, net, url) => {
    const asked: string[] = [];
    const pinned = admit(parseTarget(url), 'GET', {
      policy: new Policy({ net, allowedCIDRs: ['0.0.0.0/0'] }),
      resolver: async (name) => [String(asked.push(name))],
      refused: REFUSED,
      aliases: readAliases({ demo: `${SERVICE}:80`, 'demo.home': `${SERVICE}:80` }),
      signal: new AbortController().signal,
    });
    await expect(pinned).rejects.toMatchObject({
      code: 'EGRESS_ADDRESS_DENIED',
      message: expect.stringContaining('a rule has to name it with its port') as string,
    });
    expect(asked).toEqual([]);
  });

  it('lends nothing to its name, which is asked for like any other', async () => {
    const url = `http://${SERVICE}:8080/`;
    const unnamed = decide({ url, found: ['10.96.0.17'] });
    await expect(unnamed.pinned).rejects.toMatchObject({ code: 'EGRESS_DENIED' });
    expect(unnamed.asked).toEqual([]);
    const net = [{ host: SERVICE, ports: [8080] }];
    const named = decide({ url, net, found: ['10.96.0.17'] });
    await expect(named.pinned).rejects.toMatchObject({
      code: 'EGRESS_ADDRESS_DENIED',
      message: expect.stringContaining('--allow-private') as string,
    });
  });

  it.each(['http://demo.:81/', 'http://demo.cofferdam/', 'http://xdemo/', 'http://demo.example/'])(
    'is not %s',
    async (url) => {
      const { asked, pinned } = decide({ url, found: ['10.96.0.17'] });
      await expect(pinned).rejects.toMatchObject({ code: 'EGRESS_DENIED' });
      expect(asked).toEqual([]);
    },
  );

  it('fails by its own word where its name has no address', async () => {
    const none = decide({ found: [] });
    await expect(none.pinned).rejects.toMatchObject({
      code: 'EGRESS_FAILED',
      message: 'demo has no address',
    });
    const lost = admit(parseTarget('http://demo/'), 'GET', {
      policy: new Policy({ net: NAMED, allowedCIDRs: [] }),
      resolver: () => Promise.reject(Object.assign(new Error(SERVICE), { code: 'ENOTFOUND' })),
      refused: REFUSED,
      aliases: readAliases({ demo: `${SERVICE}:8080` }),
      signal: new AbortController().signal,
    });
    await expect(lost).rejects.toMatchObject({
      code: 'EGRESS_FAILED',
      message: 'demo:80 could not be fetched: its name was not found',
    });
  });
});
