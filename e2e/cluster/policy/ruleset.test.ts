import { describe, expect, it } from 'vitest';
import type { Permission } from './permissions.ts';
import { ruleset } from './ruleset.ts';

const RANGE = '10.244.0.0/24';

/** The rules of a pod's chain, without the two that every chain has. */
function rules(direction: 'ingress' | 'egress', list: Permission[]): string[] {
  const pod = { address: '10.244.0.5', ingress: undefined, egress: undefined, [direction]: list };
  const lines = ruleset(RANGE, [pod]).split('\n');
  const start = lines.indexOf(`chain ${direction}-0 {`);
  const end = lines.indexOf('counter drop', start);
  expect(lines[start + 1]).toBe(
    `ip ${direction === 'ingress' ? 'saddr' : 'daddr'} 10.244.0.5 return`,
  );
  return lines.slice(start + 2, end);
}

describe('ruleset', () => {
  it('replaces its own table and touches no other', () => {
    const text = ruleset(RANGE, []);
    expect(
      text.startsWith('table inet cofferdam_policy {}\ndelete table inet cofferdam_policy\n'),
    ).toBe(true);
    expect(text.match(/table \S+ \S+/g)).toEqual(Array(3).fill('table inet cofferdam_policy'));
    expect(text).not.toContain('flush');
  });

  it('drops what comes from or goes to an address of the range that no known pod has', () => {
    const text = ruleset(RANGE, [{ address: '10.244.0.5', ingress: undefined, egress: undefined }]);
    expect(text).toContain('elements = { 10.244.0.5 }');
    expect(text).toContain('ip saddr 10.244.0.0/24 ip saddr != @pods counter drop');
    expect(text).toContain('ip daddr 10.244.0.0/24 ip daddr != @pods counter drop');
  });

  it('asks about a pod only in the directions that are governed', () => {
    const text = ruleset(RANGE, [
      { address: '10.244.0.5', ingress: undefined, egress: [] },
      { address: '10.244.0.6', ingress: [], egress: undefined },
    ]);
    expect(text).toContain('elements = { 10.244.0.5 : jump egress-0 }');
    expect(text).toContain('elements = { 10.244.0.6 : jump ingress-1 }');
    expect(text).not.toContain('chain ingress-0');
    expect(text).not.toContain('chain egress-1');
  });

  it('lets replies through before any pod is asked, on both hooks', () => {
    for (const hook of ['chain forward {', 'chain input {']) {
      const chain = ruleset(RANGE, []).split(hook)[1]?.split('}')[0] ?? '';
      const established = chain.indexOf('ct state established,related accept');
      expect(established).toBeGreaterThan(0);
      expect(chain.indexOf('vmap @egress')).toBeGreaterThan(established);
    }
  });

  it('writes each permission as one rule, the same one once', () => {
    expect(rules('ingress', [])).toEqual([]);
    expect(rules('ingress', [{}, {}])).toEqual(['return']);
    expect(rules('ingress', [{ addresses: ['10.244.0.6', '10.244.0.7'] }])).toEqual([
      'ip saddr { 10.244.0.6, 10.244.0.7 } return',
    ]);
    const block = { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '192.168.0.0/16'] };
    const ports = { protocol: 'UDP', first: 53, last: 54 } as const;
    expect(rules('egress', [{ block, ports }])).toEqual([
      'ip daddr 0.0.0.0/0 ip daddr != 10.0.0.0/8 ip daddr != 192.168.0.0/16 udp dport 53-54 return',
    ]);
  });

  it.each([
    [{ addresses: ['10.0.0.1; flush ruleset'] }],
    [{ block: { cidr: '10.0.0.0/8 accept', except: [] } }],
    [{ block: { cidr: '10.0.0.0/33', except: [] } }],
    [{ block: { cidr: '10.0.0.0/8', except: ['}'] } }],
    [{ ports: { protocol: 'TCP', first: 1.5, last: 2 } }],
    [{ ports: { protocol: 'TCP', first: 0, last: 65_536 } }],
  ] as [Permission][])(
    'writes no program that is not made of addresses and ports: %j',
    (permission) => {
      expect(() => rules('egress', [permission])).toThrow('not a');
    },
  );
});
