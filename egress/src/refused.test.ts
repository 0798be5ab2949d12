import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { classify } from './address.ts';
import { Refused, type RefusedOptions } from './refused.ts';

function isRefused(
  options: Partial<RefusedOptions>,
  reached: { address: string; port: number; isNameAlias?: boolean },
): boolean {
  const none = { cidrs: [], ports: [], ownPorts: [], dnsServers: () => [] };
  const { address, ...rest } = reached;
  return new Refused({ ...none, ...options }).has({ address: classify(address), ...rest });
}

describe('what nobody reaches', () => {
  it('is where egress itself listens, by every address of its machine', () => {
    const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const own = all.map(({ address }) => address.split('%')[0]!);
    for (const address of [...own, '127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) {
      for (const isNameAlias of [false, true]) {
        const reached = { address, port: 5912, isNameAlias };
        expect([address, isRefused({ ownPorts: [5911, 5912] }, reached)]).toEqual([address, true]);
        expect([address, isRefused({ ownPorts: [5911] }, reached)]).toEqual([address, false]);
      }
    }
    expect(isRefused({ ownPorts: [5912] }, { address: '192.0.2.9', port: 5912 })).toBe(false);
  });

  it('is a DNS server, public or not, by the ports that DNS has', () => {
    const dnsServers = () => ['10.96.0.10', '8.8.8.8', '2001:4860:4860::8888', 'fe80::1%eth0'];
    const decide = (address: string, port: number) => isRefused({ dnsServers }, { address, port });
    for (const port of [53, 853]) {
      expect(decide('10.96.0.10', port)).toBe(true);
      expect(decide('::ffff:10.96.0.10', port)).toBe(true);
      expect(decide('8.8.8.8', port)).toBe(true);
      expect(decide('64:ff9b::808:808', port)).toBe(true);
      expect(decide('2001:4860:4860:0::8888', port)).toBe(true);
      expect(decide('fe80::1', port)).toBe(true);
      expect(decide('8.8.4.4', port)).toBe(false);
    }
    expect(decide('10.96.0.10', 443)).toBe(false);
  });

  it('is a DNS server by the port that it has of its own', () => {
    const dnsServers = () => ['127.0.0.1:5353', '[::1]:1053'];
    const decide = (address: string, port: number) => isRefused({ dnsServers }, { address, port });
    expect(decide('127.0.0.1', 5353)).toBe(true);
    expect(decide('::1', 1053)).toBe(true);
    expect(decide('::1', 5353)).toBe(false);
    expect(decide('127.0.0.1', 53)).toBe(true);
  });

  it('is a range of the cluster, however it is spelled, but for an alias’s name', () => {
    const cidrs = ['10.96.0.0/12', '130.1.0.0/16', 'fd00:96::/64'];
    for (const address of ['10.96.0.1', '::ffff:10.96.0.1', '130.1.2.3', 'fd00:96::1']) {
      expect([address, isRefused({ cidrs }, { address, port: 443 })]).toEqual([address, true]);
      const behind = { address, port: 443, isNameAlias: true };
      expect([address, isRefused({ cidrs }, behind)]).toEqual([address, false]);
    }
    for (const address of ['64:ff9b::8201:203', '2002:8201:203::1']) {
      expect([address, isRefused({ cidrs }, { address, port: 443 })]).toEqual([address, true]);
    }
    expect(isRefused({ cidrs }, { address: '10.112.0.1', port: 443 })).toBe(false);
  });

  it('is a port of private addresses, as kubelets have', () => {
    const ports = ['6443', '10248-10260'];
    const decide = (address: string, port: number) => isRefused({ ports }, { address, port });
    for (const port of [6443, 10248, 10250, 10260]) {
      expect(decide('192.168.1.2', port)).toBe(true);
      expect(decide('fd12::2', port)).toBe(true);
      expect(decide('8.8.8.8', port)).toBe(false);
    }
    for (const port of [443, 6444, 10247, 10261]) expect(decide('192.168.1.2', port)).toBe(false);
  });

  it('needs ranges that are some', () => {
    expect(() => new Refused({ cidrs: ['10.0.0.0/99'], ports: [], ownPorts: [] })).toThrow(
      /no address range/,
    );
  });
});
