import { isIPv4 } from 'node:net';
import type { Permission, PodPermissions } from './permissions.ts';

const TABLE = 'inet cofferdam_policy';

/**
 * The text for `nft -f -` that replaces the table with one that enforces these permissions at once.
 * - A Service's address has been replaced by a pod's before a packet comes to the forward hook.
 * - Between pods both ends have to allow it: the sender's chain returns, then the receiver's is asked.
 * - What the node itself sends (the kubelet's probes) passes neither hook. What a pod sends to the node is egress.
 * - An address of the pods' range that no known pod has may do nothing: policies that nobody knows yet may be about it.
 */
export function ruleset(podRange: string, pods: readonly PodPermissions[]): string {
  const lines = [
    `table ${TABLE} {}`,
    `delete table ${TABLE}`,
    `table ${TABLE} {`,
    'set pods {',
    'type ipv4_addr',
    ...elements(pods.map(({ address }) => v4(address))),
    '}',
    ...pods.flatMap((pod, index) => [
      ...chain(`egress-${index}`, { self: pod.address, other: 'daddr', permissions: pod.egress }),
      ...chain(`ingress-${index}`, { self: pod.address, other: 'saddr', permissions: pod.ingress }),
    ]),
    ...verdicts('egress', pods),
    ...verdicts('ingress', pods),
    'chain forward {',
    'type filter hook forward priority filter; policy accept;',
    'meta nfproto ipv6 counter drop',
    `ip saddr ${cidr(podRange)} ip saddr != @pods counter drop`,
    `ip daddr ${cidr(podRange)} ip daddr != @pods counter drop`,
    'ct state established,related accept',
    'ip saddr vmap @egress',
    'ip daddr vmap @ingress',
    '}',
    'chain input {',
    'type filter hook input priority filter; policy accept;',
    'ct state established,related accept',
    `ip saddr ${cidr(podRange)} ip saddr != @pods counter drop`,
    'ip saddr vmap @egress',
    '}',
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

function elements(list: readonly string[]): string[] {
  return list.length === 0 ? [] : [`elements = { ${list.join(', ')} }`];
}

function verdicts(direction: 'egress' | 'ingress', pods: readonly PodPermissions[]): string[] {
  const entries = pods.flatMap((pod, index) =>
    pod[direction] === undefined ? [] : [`${v4(pod.address)} : jump ${direction}-${index}`],
  );
  return [`map ${direction} {`, 'type ipv4_addr : verdict', ...elements(entries), '}'];
}

interface ChainContent {
  readonly self: string;
  readonly other: 'saddr' | 'daddr';
  readonly permissions: readonly Permission[] | undefined;
}

function chain(name: string, content: ChainContent): string[] {
  if (content.permissions === undefined) return [];
  const allowed = content.permissions.map(
    (permission) => `${[...matches(content.other, permission), 'return'].join(' ')}`,
  );
  // No policy keeps a pod from itself, which a Service may lead it to.
  const self = `ip ${content.other} ${v4(content.self)} return`;
  return [`chain ${name} {`, self, ...new Set(allowed), 'counter drop', '}'];
}

function matches(side: 'saddr' | 'daddr', permission: Permission): string[] {
  const { addresses, block, ports } = permission;
  const found: string[] = [];
  if (addresses !== undefined) found.push(`ip ${side} { ${addresses.map(v4).join(', ')} }`);
  if (block !== undefined) {
    found.push(`ip ${side} ${cidr(block.cidr)}`);
    for (const each of block.except) found.push(`ip ${side} != ${cidr(each)}`);
  }
  if (ports !== undefined)
    found.push(`${ports.protocol.toLowerCase()} dport ${port(ports.first)}-${port(ports.last)}`);
  return found;
}

// The text is a program for the kernel: whatever goes into it is what it says it is, or nothing is applied.

function v4(address: string): string {
  if (!isIPv4(address)) throw new Error(`not an IPv4 address: ${address}`);
  return address;
}

function cidr(text: string): string {
  const [address = '', length = '', ...rest] = text.split('/');
  if (rest.length > 0 || !isIPv4(address) || !/^\d{1,2}$/.test(length) || Number(length) > 32)
    throw new Error(`not an IPv4 range: ${text}`);
  return text;
}

function port(number: number): number {
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw new Error(`not a port: ${number}`);
  return number;
}
