import { type Installation, NAMESPACE, RUNNERS } from '../install/installation.ts';
import { read } from '../install/resources.ts';

interface Pod {
  metadata: { namespace: string; name: string; labels: Record<string, string> };
  status: { podIP?: string; hostIP?: string };
}

interface Service {
  metadata: { namespace: string; name: string };
  spec: { clusterIP: string; ports: { port: number }[] };
}

/** Ports that somebody could listen on who is none of ours. */
const COMMON_PORTS = [22, 53, 80, 443, 2_379, 5_353, 8_080, 9_090];
const OUR_PORTS = [5_900, 5_901, 5_902, 5_903, 5_911, 5_912, 8_080, 8_088];

/** Everything that a pod of a runner could want to reach in this cluster, but for the two ports that it dials. */
export async function machineTargets(app: Installation, hostFile: string): Promise<object> {
  const { items: pods } = (await read(app, 'pods', '-A')) as { items: Pod[] };
  const { items: services } = (await read(app, 'services', '-A')) as { items: Service[] };
  const node = pods.find(({ status }) => status.hostIP)!.status.hostIP!;
  const ofPods = (wanted: (pod: Pod) => boolean, ports: readonly number[]) =>
    pods
      .filter((pod) => pod.status.podIP && wanted(pod))
      .flatMap(({ status }) => ports.map((port) => `${status.podIP}:${port}`));
  const component = (name: string) => (pod: Pod) =>
    pod.metadata.namespace === NAMESPACE &&
    pod.metadata.labels['app.kubernetes.io/component'] === name;
  const dns = services.find(({ metadata }) => metadata.namespace === 'kube-system')!.spec.clusterIP;
  return {
    hostFile,
    resolvers: [`${dns}:53`, ...ofPods((pod) => pod.metadata.namespace === 'kube-system', [53])],
    closed: {
      'the API server': [`${apiServer(services)}:443`, `${node}:6443`],
      'the kubelet': [`${node}:10250`, `${node}:10255`, `${node}:10248`],
      etcd: [`${node}:2379`, `${node}:2380`, '127.0.0.1:2379'],
      'the container engine and the node’s other ports': COMMON_PORTS.map(
        (port) => `${node}:${port}`,
      ),
      'the machine around the node': [22, 80, 443].map(
        (port) => `${app.cluster.hostAddress}:${port}`,
      ),
      'metadata services': [
        ...['169.254.169.254:80', '169.254.170.2:80', '100.100.100.200:80', '168.63.129.16:80'],
        '[fd00:ec2::254]:80',
      ],
      'the internet': ['1.1.1.1:443', '8.8.8.8:53', '[2606:4700:4700::1111]:443'],
      'other ports of the gateway': ofPods(component('gateway'), without(5_901)),
      'other ports of egress': ofPods(component('egress'), without(5_911)),
      'the operator': ofPods(component('operator'), OUR_PORTS),
      'the demo service': ofPods(component('demo'), OUR_PORTS),
      'runners of other tenants': ofPods(
        ({ metadata }) => metadata.namespace === RUNNERS,
        [...COMMON_PORTS, ...OUR_PORTS, 9_229],
      ),
      'pods of the cluster’s own': ofPods(
        ({ metadata }) => metadata.namespace === 'kube-system',
        [...COMMON_PORTS, 8_181, 9_153],
      ),
      Services: services.flatMap(({ metadata, spec }) =>
        spec.ports
          .filter(({ port }) => metadata.namespace !== NAMESPACE || ![5_901, 5_911].includes(port))
          .map(({ port }) => `${spec.clusterIP}:${port}`),
      ),
    },
  };
}

function without(port: number): number[] {
  return [...COMMON_PORTS, ...OUR_PORTS].filter((each) => each !== port);
}

function apiServer(services: readonly Service[]): string {
  const found = services.find(({ metadata }) => metadata.name === 'kubernetes');
  return found!.spec.clusterIP;
}
