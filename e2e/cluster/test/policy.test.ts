import path from 'node:path';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildFolder } from '../build.ts';
import { startCluster, type Cluster } from '../cluster.ts';

let cluster: Cluster;
const addresses = new Map<string, string>();
const hostServer = createServer((socket) => socket.end('host'));
let host: string;

const RULE_WAIT_MS = 10_000;

interface Manifest {
  [field: string]: unknown;
}

function pod(namespace: string, name: string, runtimeClassName?: string): Manifest {
  const container = {
    name: 'probe',
    image: 'e2e.local/probe:1',
    imagePullPolicy: 'Never',
    args: ['listen', 'tcp:8080', 'tcp:8081', 'udp:5353'],
    ports: [
      { name: 'main', containerPort: 8080 },
      { name: 'names', containerPort: 5353, protocol: 'UDP' },
    ],
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels: { app: name } },
    spec: {
      ...(runtimeClassName === undefined ? {} : { runtimeClassName }),
      terminationGracePeriodSeconds: 0,
      containers: [container],
    },
  };
}

async function apply(...items: Manifest[]): Promise<void> {
  await cluster.kubectl(
    ['apply', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  );
}

async function applyPolicy(namespace: string, spec: Manifest): Promise<void> {
  await apply({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace, name: 'test' },
    spec,
  });
}

/** What the probe in a pod hears from an address, or undefined when it cannot connect. */
async function hears(from: string, to: string, network = 'tcp'): Promise<string | undefined> {
  const [namespace = '', name = ''] = from.split('/');
  const dial = ['exec', '-n', namespace, name, '--', '/probe', 'dial', network, to];
  return cluster.kubectl(dial).then(
    (answer) => answer.trim(),
    () => undefined,
  );
}

function at(name: string, port = 8080): string {
  return `${addresses.get(name)}:${port}`;
}

/** A change is enforced some moments after it was accepted. */
async function expectEventually(
  ask: () => Promise<string | undefined>,
  answer: string | undefined,
): Promise<void> {
  await vi.waitFor(async () => expect(await ask()).toBe(answer), {
    timeout: RULE_WAIT_MS,
    interval: 50,
  });
}

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.importImage(path.join(buildFolder(), 'images', 'probe.tar'));
  const namespaces = ['red', 'blue'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { colour: name } },
  }));
  await apply(...namespaces);
  for (const { metadata } of namespaces)
    await expectEventually(
      async () =>
        (
          await cluster.kubectl([
            'get',
            'serviceaccount',
            'default',
            '-n',
            metadata.name,
            '-o',
            'name',
            '--ignore-not-found',
          ])
        ).trim(),
      'serviceaccount/default',
    );
  await apply(pod('red', 'one'), pod('red', 'two', 'gvisor'), pod('blue', 'three'), {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'red', name: 'one' },
    spec: { selector: { app: 'one' }, ports: [{ port: 80, targetPort: 8080 }] },
  });
  for (const namespace of ['red', 'blue'])
    await cluster.kubectl([
      'wait',
      '--for=condition=Ready',
      'pod',
      '--all',
      '-n',
      namespace,
      '--timeout=60s',
    ]);
  const pods = JSON.parse(await cluster.kubectl(['get', 'pods', '-A', '-o', 'json'])) as {
    items: { metadata: { name: string }; status: { podIP: string } }[];
  };
  for (const { metadata, status } of pods.items) addresses.set(metadata.name, status.podIP);
  await new Promise<void>((resolve) => {
    hostServer.listen(0, resolve);
  });
  host = `${cluster.hostAddress}:${(hostServer.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await cluster.kubectl(['delete', 'networkpolicy', '-A', '--all']);
  await expectEventually(async () => hears('blue/three', at('one')), 'one');
  await expectEventually(async () => hears('red/two', at('three')), 'three');
});

afterAll(async () => {
  hostServer.close();
  await cluster?.stop();
});

describe('NetworkPolicies of the cluster', () => {
  it('there is none: everybody reaches everybody, by address, Service and name', async () => {
    expect(await hears('red/two', at('three'))).toBe('three');
    expect(await hears('blue/three', at('two', 5353), 'udp')).toBe('two');
    expect(await hears('blue/three', 'one.red.svc.cluster.local:80')).toBe('one');
    expect(await hears('red/one', 'one.red.svc.cluster.local:80')).toBe('one');
    expect(await hears('red/two', host)).toBe('host');
  });

  it('default deny of ingress stops everybody but the kubelet, and nothing on its way out', async () => {
    await applyPolicy('red', { podSelector: {}, policyTypes: ['Ingress'] });
    await expectEventually(async () => hears('blue/three', at('one')), undefined);
    expect(await hears('red/two', at('one'))).toBeUndefined();
    expect(await hears('blue/three', at('two', 5353), 'udp')).toBeUndefined();
    expect(await hears('blue/three', 'one.red.svc.cluster.local:80')).toBeUndefined();
    expect(await hears('red/two', at('three'))).toBe('three');
    expect(await hears('red/two', host)).toBe('host');
    await cluster.kubectl(['replace', '--force', '-f', '-'], JSON.stringify(pod('red', 'one')));
    // The kubelet's probe is the node's own packet.
    await cluster.kubectl([
      'wait',
      '--for=condition=Ready',
      'pod/one',
      '-n',
      'red',
      '--timeout=30s',
    ]);
    addresses.set(
      'one',
      await cluster.kubectl(['get', 'pod', 'one', '-n', 'red', '-o', 'jsonpath={.status.podIP}']),
    );
    expect(await hears('blue/three', at('one'))).toBeUndefined();
  });

  it('default deny of egress stops pods, names, the API server and the host', async () => {
    await applyPolicy('red', {
      podSelector: { matchLabels: { app: 'two' } },
      policyTypes: ['Egress'],
    });
    await expectEventually(async () => hears('red/two', at('three')), undefined);
    expect(await hears('red/two', at('one'))).toBeUndefined();
    expect(await hears('red/two', host)).toBeUndefined();
    expect(await hears('red/two', 'one.red.svc.cluster.local:80')).toBeUndefined();
    const api = (
      await cluster.kubectl([
        'get',
        'service',
        'kubernetes',
        '-n',
        'default',
        '-o',
        'jsonpath={.spec.clusterIP}',
      ])
    ).trim();
    const connection = async (from: string): Promise<boolean> =>
      cluster
        .kubectl(['exec', '-n', 'red', from, '--', '/probe', 'dial', 'tcp', `${api}:443`])
        .then(
          () => true,
          // The API server says nothing to who says nothing: that it was reached shows in the kind of timeout.
          (error: unknown) => String(error).includes('read tcp'),
        );
    expect(await connection('two')).toBe(false);
    expect(await connection('one')).toBe(true);
    expect(await hears('red/one', at('three'))).toBe('three');
    expect(await hears('blue/three', at('two'))).toBe('two');
  });

  it('allows what selectors and named ports name, also through a Service', async () => {
    await applyPolicy('red', {
      podSelector: {},
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { colour: 'blue' } },
              podSelector: {
                matchExpressions: [{ key: 'app', operator: 'In', values: ['three'] }],
              },
            },
          ],
          ports: [{ port: 'main' }, { port: 'names', protocol: 'UDP' }],
        },
      ],
    });
    await expectEventually(async () => hears('red/two', at('one')), undefined);
    expect(await hears('blue/three', at('one'))).toBe('one');
    expect(await hears('blue/three', 'one.red.svc.cluster.local:80')).toBe('one');
    expect(await hears('blue/three', at('two', 5353), 'udp')).toBe('two');
    expect(await hears('blue/three', at('one', 8081))).toBeUndefined();
  });

  it('allows egress to a block but for its exceptions, and to a range of ports', async () => {
    await applyPolicy('red', {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [
        {
          to: [{ ipBlock: { cidr: '0.0.0.0/0', except: [`${addresses.get('three')}/32`] } }],
          ports: [
            { port: 8080, endPort: 8080 },
            { port: 1024, endPort: 8000, protocol: 'UDP' },
          ],
        },
        { to: [{ ipBlock: { cidr: `${cluster.hostAddress}/32` } }] },
      ],
    });
    await expectEventually(async () => hears('red/two', at('three')), undefined);
    expect(await hears('red/two', at('one'))).toBe('one');
    expect(await hears('red/two', at('one', 8081))).toBeUndefined();
    expect(await hears('red/two', at('one', 5353), 'udp')).toBe('one');
    expect(await hears('red/two', host)).toBe('host');
  });

  it('a label written to a running pod counts', async () => {
    await applyPolicy('red', {
      podSelector: { matchLabels: { tenant: 'acme' } },
      policyTypes: ['Egress'],
    });
    expect(await hears('red/one', at('three'))).toBe('three');
    await cluster.kubectl(['label', 'pod', 'one', '-n', 'red', 'tenant=acme']);
    await expectEventually(async () => hears('red/one', at('three')), undefined);
    await cluster.kubectl(['label', 'pod', 'one', '-n', 'red', 'tenant-']);
  });

  it('a new pod never runs for a moment without its policy', async () => {
    await applyPolicy('red', {
      podSelector: { matchLabels: { app: 'eager' } },
      policyTypes: ['Egress'],
    });
    const eager = pod('red', 'eager');
    const spec = eager['spec'] as Manifest & { containers: Manifest[] };
    const dial = {
      name: 'dial',
      image: 'e2e.local/probe:1',
      imagePullPolicy: 'Never',
      args: ['dial', 'tcp', at('three')],
    };
    await apply({ ...eager, spec: { ...spec, restartPolicy: 'Never', containers: [dial] } });
    const failed = await cluster.kubectl([
      'wait',
      '--for=jsonpath={.status.phase}=Failed',
      'pod/eager',
      '-n',
      'red',
      '--timeout=30s',
    ]);
    expect(failed).toContain('condition met');
    await cluster.kubectl(['delete', 'pod', 'eager', '-n', 'red', '--wait=false']);
  });

  it('what was in force stays in force while the enforcer and the API server start again', async () => {
    await applyPolicy('red', { podSelector: {}, policyTypes: ['Ingress'] });
    await expectEventually(async () => hears('blue/three', at('one')), undefined);
    await cluster.restart('policy', 'KILL');
    expect(await hears('blue/three', at('one'))).toBeUndefined();
    await cluster.restartApiServer();
    expect(await hears('blue/three', at('one'))).toBeUndefined();
    expect(await hears('red/one', at('three'))).toBe('three');
  });
});
