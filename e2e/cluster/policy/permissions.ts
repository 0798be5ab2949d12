import type {
  AddressedPod,
  ClusterState,
  NetworkPolicy,
  PolicyPeer,
  PolicyPort,
} from './resources.ts';
import { selects } from './selector.ts';

export interface PortRange {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly first: number;
  readonly last: number;
}

/** One kind of packet that may pass. What is left out is not asked about. */
export interface Permission {
  readonly addresses?: readonly string[];
  readonly block?: { readonly cidr: string; readonly except: readonly string[] };
  readonly ports?: PortRange;
}

/** What a pod may receive and send; undefined: no policy speaks about that direction, so everything. */
export interface PodPermissions {
  readonly address: string;
  readonly ingress: readonly Permission[] | undefined;
  readonly egress: readonly Permission[] | undefined;
}

type Direction = 'ingress' | 'egress';

interface Rule {
  readonly peers: readonly PolicyPeer[];
  readonly ports: readonly PolicyPort[];
}

/** What the policies of a cluster allow each of its pods. */
export function permissions(state: ClusterState): PodPermissions[] {
  return state.pods.map((pod) => ({
    address: pod.address,
    ingress: permitted(state, pod, 'ingress'),
    egress: permitted(state, pod, 'egress'),
  }));
}

function permitted(
  state: ClusterState,
  subject: AddressedPod,
  direction: Direction,
): Permission[] | undefined {
  const applying = state.policies.filter(
    (policy) => governs(policy, direction) && concerns(policy, subject),
  );
  if (applying.length === 0) return undefined;
  return applying.flatMap((policy) =>
    rules(policy, direction).flatMap((rule) => {
      const peers = peersOf(state, policy, rule.peers);
      if (rule.ports.length === 0) return peers;
      return rule.ports.flatMap((port) =>
        direction === 'ingress'
          ? towards(subject, peers, port)
          : peers.flatMap((peer) => outwards(state, peer, port)),
      );
    }),
  );
}

/** A policy that names no directions is about ingress, and about egress when it has rules for it. */
function governs(policy: NetworkPolicy, direction: Direction): boolean {
  const types = policy.spec.policyTypes;
  if (types === undefined) return direction === 'ingress' || policy.spec.egress !== undefined;
  return types.includes(direction === 'ingress' ? 'Ingress' : 'Egress');
}

function concerns(policy: NetworkPolicy, { pod }: AddressedPod): boolean {
  return (
    policy.metadata.namespace === pod.metadata.namespace &&
    selects(policy.spec.podSelector, pod.metadata.labels)
  );
}

function rules(policy: NetworkPolicy, direction: Direction): Rule[] {
  return direction === 'ingress'
    ? (policy.spec.ingress ?? []).map((rule) => ({
        peers: rule.from ?? [],
        ports: rule.ports ?? [],
      }))
    : (policy.spec.egress ?? []).map((rule) => ({ peers: rule.to ?? [], ports: rule.ports ?? [] }));
}

/** An empty list of peers is everybody; selectors that select nobody are nobody. */
function peersOf(
  state: ClusterState,
  policy: NetworkPolicy,
  peers: readonly PolicyPeer[],
): Permission[] {
  if (peers.length === 0) return [{}];
  return peers.flatMap((peer): Permission[] => {
    if (peer.ipBlock !== undefined) {
      // The pods' network is IPv4 alone: a block of IPv6 is nobody in it.
      if (peer.ipBlock.cidr.includes(':')) return [];
      return [{ block: { cidr: peer.ipBlock.cidr, except: peer.ipBlock.except ?? [] } }];
    }
    const addresses = selected(state, policy.metadata.namespace, peer);
    return addresses.length === 0 ? [] : [{ addresses }];
  });
}

function selected(state: ClusterState, home: string, peer: PolicyPeer): string[] {
  const { namespaceSelector, podSelector } = peer;
  const namespaces = new Set(
    state.namespaces
      .filter(({ metadata }) =>
        namespaceSelector === undefined
          ? metadata.name === home
          : selects(namespaceSelector, metadata.labels),
      )
      .map(({ metadata }) => metadata.name),
  );
  return state.pods
    .filter(({ pod }) => namespaces.has(pod.metadata.namespace))
    .filter(({ pod }) => podSelector === undefined || selects(podSelector, pod.metadata.labels))
    .map(({ address }) => address);
}

/** Ingress: a port's name is one of the pod that is governed. */
function towards(
  subject: AddressedPod,
  peers: readonly Permission[],
  port: PolicyPort,
): Permission[] {
  return ranges(subject, port).flatMap((ports) => peers.map((peer) => ({ ...peer, ports })));
}

/** Egress: a port's name may mean another number at each destination, and nothing where there is no pod. */
function outwards(state: ClusterState, peer: Permission, port: PolicyPort): Permission[] {
  if (typeof port.port !== 'string') return [{ ...peer, ports: numbered(port) }];
  if (peer.block !== undefined) return [];
  return state.pods
    .filter(({ address }) => peer.addresses === undefined || peer.addresses.includes(address))
    .flatMap((destination) =>
      ranges(destination, port).map((ports) => ({ addresses: [destination.address], ports })),
    );
}

function ranges({ pod }: AddressedPod, port: PolicyPort): PortRange[] {
  if (typeof port.port !== 'string') return [numbered(port)];
  const protocol = protocolOf(port.protocol);
  return pod.spec.containers
    .flatMap((container) => container.ports ?? [])
    .filter((each) => each.name === port.port && protocolOf(each.protocol) === protocol)
    .map((each) => ({ protocol, first: each.containerPort, last: each.containerPort }));
}

/** A port without a number is every port of its protocol. */
function numbered({ port, endPort, protocol }: PolicyPort): PortRange {
  if (typeof port !== 'number') return { protocol: protocolOf(protocol), first: 0, last: 65_535 };
  return { protocol: protocolOf(protocol), first: port, last: endPort ?? port };
}

function protocolOf(protocol = 'TCP'): PortRange['protocol'] {
  if (protocol === 'TCP' || protocol === 'UDP' || protocol === 'SCTP') return protocol;
  throw new Error(`the unknown protocol ${protocol}`);
}
