import { BlockList } from 'node:net';
import { describe, expect, it } from 'vitest';
import { permissions, type Permission, type PodPermissions } from './permissions.ts';
import type { AddressedPod, ClusterState, NetworkPolicy } from './resources.ts';

type Spec = NetworkPolicy['spec'];
type Labels = Record<string, string>;
type Ports = NonNullable<AddressedPod['pod']['spec']['containers'][number]['ports']>;

function pod(address: string, where: string, labels: Labels = {}, ports: Ports = []): AddressedPod {
  const [namespace = '', name = ''] = where.split('/');
  const metadata = { namespace, name, uid: where, labels };
  return { address, pod: { metadata, spec: { containers: [{ ports }] } } };
}

const WEB_PORTS = [
  { name: 'http', containerPort: 8080 },
  { name: 'dns', containerPort: 53, protocol: 'UDP' },
];
const web = pod('10.0.0.1', 'shop/web', { app: 'web', tier: 'front' }, WEB_PORTS);
const database = pod('10.0.0.2', 'shop/database', { app: 'database' }, [
  { name: 'http', containerPort: 9090 },
]);
const probe = pod('10.0.0.3', 'watch/probe', { app: 'probe' });
const stranger = pod('10.0.0.4', 'other/web', { app: 'web' });
const WORLD = '203.0.113.9';

function cluster(...specs: Spec[]): ClusterState {
  return {
    pods: [web, database, probe, stranger],
    namespaces: [
      { metadata: { name: 'shop', uid: '1', labels: { name: 'shop', team: 'a' } } },
      { metadata: { name: 'watch', uid: '2', labels: { name: 'watch', team: 'a' } } },
      { metadata: { name: 'other', uid: '3', labels: { name: 'other' } } },
    ],
    policies: specs.map((spec, index) => ({
      metadata: { name: `p${index}`, namespace: 'shop', uid: `p${index}` },
      spec,
    })),
  };
}

function covers(permission: Permission, address: string, protocol: string, port: number): boolean {
  const { addresses, block, ports } = permission;
  if (addresses !== undefined && !addresses.includes(address)) return false;
  if (
    block !== undefined &&
    (!within(block.cidr, address) || block.except.some((each) => within(each, address)))
  )
    return false;
  return (
    ports === undefined ||
    (ports.protocol === protocol && port >= ports.first && port <= ports.last)
  );
}

function within(cidr: string, address: string): boolean {
  const [network = '', prefix = ''] = cidr.split('/');
  const list = new BlockList();
  list.addSubnet(network, Number(prefix));
  return list.check(address);
}

type End = AddressedPod | string;

/** Whether a connection is allowed by the permissions of both ends. */
function connects(state: ClusterState, from: End, to: End, service = 'TCP:8080'): boolean {
  const [protocol = '', port = ''] = service.split(':');
  const all = permissions(state);
  const address = (end: End): string => (typeof end === 'string' ? end : end.address);
  const of = (end: End): PodPermissions | undefined =>
    all.find((each) => each.address === address(end));
  const allowed = (list: readonly Permission[] | undefined, peer: End): boolean =>
    list === undefined || list.some((each) => covers(each, address(peer), protocol, Number(port)));
  return allowed(of(from)?.egress, to) && allowed(of(to)?.ingress, from);
}

const WEB = { matchLabels: { app: 'web' } };
const DATABASE = { matchLabels: { app: 'database' } };
const EVERY = {};

describe('which pods a policy governs', () => {
  it('allows everything where there is none', () => {
    expect(connects(cluster(), stranger, web)).toBe(true);
    expect(connects(cluster(), web, WORLD)).toBe(true);
    expect(permissions(cluster())[0]).toEqual({
      address: web.address,
      ingress: undefined,
      egress: undefined,
    });
  });

  it('denies by default in the directions it names', () => {
    const ingress = cluster({ podSelector: EVERY, policyTypes: ['Ingress'] });
    expect(connects(ingress, stranger, web)).toBe(false);
    expect(connects(ingress, web, database)).toBe(false);
    expect(connects(ingress, web, stranger)).toBe(true);
    expect(connects(ingress, web, WORLD)).toBe(true);
    const egress = cluster({ podSelector: EVERY, policyTypes: ['Egress'] });
    expect(connects(egress, web, WORLD)).toBe(false);
    expect(connects(egress, stranger, web)).toBe(true);
    const both = cluster({ podSelector: EVERY, policyTypes: ['Ingress', 'Egress'] });
    expect(connects(both, stranger, web)).toBe(false);
    expect(connects(both, web, stranger)).toBe(false);
  });

  it('is about ingress, and about egress with rules, when it names no direction', () => {
    const silent = cluster({ podSelector: WEB });
    expect(connects(silent, stranger, web)).toBe(false);
    expect(connects(silent, web, stranger)).toBe(true);
    const ruled = cluster({ podSelector: WEB, egress: [] });
    expect(connects(ruled, web, stranger)).toBe(false);
  });

  it('governs the pods it selects in its own namespace only', () => {
    const state = cluster({ podSelector: WEB, policyTypes: ['Ingress'] });
    expect(connects(state, probe, web)).toBe(false);
    expect(connects(state, probe, database)).toBe(true);
    expect(connects(state, probe, stranger)).toBe(true);
  });

  it('allows what any of several policies allows', () => {
    const deny: Spec = { podSelector: EVERY, policyTypes: ['Ingress'] };
    const fromWeb: Spec = {
      podSelector: DATABASE,
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: WEB }] }],
    };
    const fromProbe: Spec = {
      podSelector: DATABASE,
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ namespaceSelector: { matchLabels: { name: 'watch' } } }] }],
    };
    const state = cluster(deny, fromWeb, fromProbe);
    expect(connects(state, web, database)).toBe(true);
    expect(connects(state, probe, database)).toBe(true);
    expect(connects(state, stranger, database)).toBe(false);
    expect(connects(state, database, web)).toBe(false);
  });
});

describe('peers', () => {
  const ingressFrom = (
    ...from: NonNullable<NonNullable<Spec['ingress']>[number]['from']>
  ): ClusterState =>
    cluster({ podSelector: DATABASE, policyTypes: ['Ingress'], ingress: [{ from }] });

  it('a rule without peers is about everybody', () => {
    const state = cluster({
      podSelector: EVERY,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{}],
      egress: [{ to: [] }],
    });
    expect(connects(state, WORLD, web)).toBe(true);
    expect(connects(state, web, WORLD)).toBe(true);
  });

  it('a pod selector selects in the namespace of the policy', () => {
    const state = ingressFrom({ podSelector: WEB });
    expect(connects(state, web, database)).toBe(true);
    expect(connects(state, stranger, database)).toBe(false);
    expect(connects(state, WORLD, database)).toBe(false);
  });

  it('a namespace selector selects all pods of the namespaces, and no other address', () => {
    const state = ingressFrom({ namespaceSelector: { matchLabels: { team: 'a' } } });
    expect(connects(state, web, database)).toBe(true);
    expect(connects(state, probe, database)).toBe(true);
    expect(connects(state, stranger, database)).toBe(false);
    const everywhere = ingressFrom({ namespaceSelector: EVERY });
    expect(connects(everywhere, stranger, database)).toBe(true);
    expect(connects(everywhere, WORLD, database)).toBe(false);
  });

  it('both selectors in one peer have to hold; in two peers, one of them', () => {
    const namespaceSelector = { matchLabels: { name: 'other' } };
    const podSelector = { matchLabels: { app: 'probe' } };
    expect(connects(ingressFrom({ namespaceSelector, podSelector }), stranger, database)).toBe(
      false,
    );
    expect(connects(ingressFrom({ namespaceSelector }, { podSelector }), stranger, database)).toBe(
      true,
    );
    expect(connects(ingressFrom({ namespaceSelector, podSelector: WEB }), stranger, database)).toBe(
      true,
    );
    expect(connects(ingressFrom({ namespaceSelector, podSelector: WEB }), web, database)).toBe(
      false,
    );
  });

  it('selectors that select nobody allow nobody', () => {
    const state = ingressFrom({ podSelector: { matchLabels: { app: 'none' } } });
    expect(connects(state, web, database)).toBe(false);
    expect(permissions(state)[1]?.ingress).toEqual([]);
  });

  it('a block is its addresses but for the exceptions', () => {
    const egressTo = (cidr: string, except?: string[]): ClusterState =>
      cluster({
        podSelector: WEB,
        policyTypes: ['Egress'],
        egress: [{ to: [{ ipBlock: { cidr, ...(except && { except }) } }] }],
      });
    const world = egressTo('0.0.0.0/0', ['10.0.0.0/8', '169.254.0.0/16']);
    expect(connects(world, web, WORLD)).toBe(true);
    expect(connects(world, web, database)).toBe(false);
    expect(connects(world, web, '169.254.169.254')).toBe(false);
    expect(connects(egressTo('203.0.113.9/32'), web, WORLD)).toBe(true);
    expect(connects(egressTo('203.0.113.8/32'), web, WORLD)).toBe(false);
    expect(connects(egressTo('::/0'), web, WORLD)).toBe(false);
  });

  it('knows every operator of expressions', () => {
    const allowed = (operator: string, key: string, ...values: string[]): string[] => {
      const state = ingressFrom({
        namespaceSelector: EVERY,
        podSelector: { matchExpressions: [{ key, operator, values }] },
      });
      return [web, probe, stranger]
        .filter((from) => connects(state, from, database))
        .map(({ pod: { metadata } }) => metadata.uid);
    };
    expect(allowed('In', 'app', 'web', 'x')).toEqual(['shop/web', 'other/web']);
    expect(allowed('In', 'tier', 'front')).toEqual(['shop/web']);
    expect(allowed('NotIn', 'app', 'web')).toEqual(['watch/probe']);
    expect(allowed('NotIn', 'tier', 'front')).toEqual(['watch/probe', 'other/web']);
    expect(allowed('Exists', 'tier')).toEqual(['shop/web']);
    expect(allowed('DoesNotExist', 'tier')).toEqual(['watch/probe', 'other/web']);
    expect(() => allowed('Like', 'app', 'w')).toThrow('operator');
  });

  it('labels and expressions have to hold together', () => {
    const podSelector = {
      matchLabels: { app: 'web' },
      matchExpressions: [{ key: 'tier', operator: 'Exists' }],
    };
    const state = ingressFrom({ namespaceSelector: EVERY, podSelector });
    expect(connects(state, web, database)).toBe(true);
    expect(connects(state, stranger, database)).toBe(false);
  });
});

describe('ports', () => {
  type Port = NonNullable<NonNullable<Spec['ingress']>[number]['ports']>[number];
  const into = (...ports: Port[]): ClusterState =>
    cluster({ podSelector: WEB, policyTypes: ['Ingress'], ingress: [{ ports }] });
  const outOf = (...ports: Port[]): ClusterState =>
    cluster({ podSelector: WEB, policyTypes: ['Egress'], egress: [{ ports }] });

  it('are TCP unless they say otherwise', () => {
    expect(connects(into({ port: 80 }), probe, web, 'TCP:80')).toBe(true);
    expect(connects(into({ port: 80 }), probe, web, 'UDP:80')).toBe(false);
    expect(connects(into({ port: 80 }), probe, web, 'TCP:81')).toBe(false);
    expect(connects(into({ port: 80, protocol: 'UDP' }), probe, web, 'UDP:80')).toBe(true);
    expect(connects(into({ port: 80, protocol: 'SCTP' }), probe, web, 'SCTP:80')).toBe(true);
    expect(
      () => into({ port: 80, protocol: 'tcp' }) && permissions(into({ port: 80, protocol: 'tcp' })),
    ).toThrow('protocol');
  });

  it('may be a range, or a whole protocol', () => {
    const state = outOf({ port: 1000, endPort: 2000 });
    expect(
      ['TCP:999', 'TCP:1000', 'TCP:2000', 'TCP:2001'].map((at) => connects(state, web, WORLD, at)),
    ).toEqual([false, true, true, false]);
    expect(connects(outOf({ protocol: 'UDP' }), web, WORLD, 'UDP:5353')).toBe(true);
    expect(connects(outOf({ protocol: 'UDP' }), web, WORLD, 'TCP:5353')).toBe(false);
  });

  it('any of several is enough, and each holds with the peers of its rule only', () => {
    const state = cluster({
      podSelector: WEB,
      policyTypes: ['Ingress'],
      ingress: [
        { from: [{ podSelector: DATABASE }], ports: [{ port: 1 }, { port: 2 }] },
        { from: [{ namespaceSelector: { matchLabels: { name: 'watch' } } }], ports: [{ port: 3 }] },
      ],
    });
    expect([1, 2, 3].map((port) => connects(state, database, web, `TCP:${port}`))).toEqual([
      true,
      true,
      false,
    ]);
    expect([1, 2, 3].map((port) => connects(state, probe, web, `TCP:${port}`))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('by name are those of the receiving pod', () => {
    expect(connects(into({ port: 'http' }), probe, web, 'TCP:8080')).toBe(true);
    expect(connects(into({ port: 'http' }), probe, web, 'TCP:9090')).toBe(false);
    expect(connects(into({ port: 'none' }), probe, web, 'TCP:8080')).toBe(false);
    // The name with the protocol: web's `dns` is UDP.
    expect(connects(into({ port: 'dns' }), probe, web, 'TCP:53')).toBe(false);
    expect(connects(into({ port: 'dns', protocol: 'UDP' }), probe, web, 'UDP:53')).toBe(true);
  });

  it('by name differ from destination to destination, and are none where there is no pod', () => {
    const state = cluster({
      podSelector: EVERY,
      policyTypes: ['Egress'],
      egress: [{ ports: [{ port: 'http' }] }],
    });
    expect(connects(state, web, database, 'TCP:9090')).toBe(true);
    expect(connects(state, web, database, 'TCP:8080')).toBe(false);
    expect(connects(state, database, web, 'TCP:8080')).toBe(true);
    expect(connects(state, web, WORLD, 'TCP:8080')).toBe(false);
    const to = [{ podSelector: DATABASE }, { ipBlock: { cidr: '0.0.0.0/0' } }];
    const narrow = cluster({
      podSelector: EVERY,
      policyTypes: ['Egress'],
      egress: [{ to, ports: [{ port: 'http' }] }],
    });
    expect(connects(narrow, web, database, 'TCP:9090')).toBe(true);
    expect(connects(narrow, database, web, 'TCP:8080')).toBe(false);
    expect(connects(narrow, web, WORLD, 'TCP:8080')).toBe(false);
  });
});
