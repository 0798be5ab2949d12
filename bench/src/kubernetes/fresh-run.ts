import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from '../contender.ts';
import { httpContender } from '../http-client.ts';
import { BODY, INPUT } from '../workload.ts';
import { HOME, type Stand } from './stand.ts';

const SOURCE = new URL('../servers/bare-isolated-vm.cjs', import.meta.url);
/** The image of this checkout, as the chart names it. */
const IMAGE = 'cofferdam-runner:0.1.0';
const NAMESPACE = 'bench';
/** In a closed loop on two cores the next spare isolate is made while the next request is under way. */
const SPARE_MS = 25;
const request = { code: BODY, input: INPUT };
const stop = async () => {};

/** A fresh isolate through gateway and runner, against what the same kind of pod does by itself. */
export async function freshRunContenders(stand: Stand): Promise<Contender[]> {
  const { installation } = stand;
  await stand.namespace(NAMESPACE);
  await installation.apply(await manifests());
  const [gvisor, runc] = await Promise.all(['gvisor', 'runc'].map((name) => address(stand, name)));
  const ours = httpContender({
    name: 'Cofferdam',
    about: 'a fresh isolate through the Service, gateway and a pod of gVisor',
    url: `${installation.url}/execute`,
    headers: stand.headers(HOME),
    body: request,
    stop,
  });
  const { load: _, ...alone } = ours;
  return [
    ours,
    {
      ...alone,
      name: 'Cofferdam, with pauses between requests',
      pause: () => sleep(SPARE_MS),
    },
    bare('isolated-vm in a pod of gVisor', `${gvisor}/`),
    bare('no isolate, in a pod of gVisor', `${gvisor}/nothing`),
    bare('isolated-vm in a pod of runc', `${runc}/`),
  ];
}

function bare(name: string, url: string): Contender {
  const about = 'node:http in a pod like a runner’s, through a Service';
  return httpContender({ name, about, url, body: request, stop });
}

async function address({ installation }: Stand, name: string): Promise<string> {
  const { kubectl } = installation;
  await kubectl('wait', '--for=condition=Ready', `pod/${name}`, '-n', NAMESPACE, '--timeout=120s');
  const ip = await kubectl(
    ...['get', 'service', name, '-n', NAMESPACE, '-o', 'jsonpath={.spec.clusterIP}'],
  );
  return `http://${ip.trim()}`;
}

async function manifests(): Promise<string> {
  const source = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'server', namespace: NAMESPACE },
    data: { 'server.cjs': await readFile(SOURCE, 'utf8') },
  };
  const items = [source, ...pod('gvisor', { runtimeClassName: 'gvisor' }), ...pod('runc', {})];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

function pod(name: string, spec: object): object[] {
  const metadata = { name, namespace: NAMESPACE, labels: { app: name } };
  return [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: {
        ...spec,
        automountServiceAccountToken: false,
        containers: [
          {
            name: 'server',
            image: IMAGE,
            imagePullPolicy: 'Never',
            command: ['/usr/local/bin/node', '/server/server.cjs'],
            // As a runner's pod has them.
            resources: {
              requests: { cpu: '50m', memory: '256Mi' },
              limits: { cpu: '2', memory: '1Gi' },
            },
            readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
            volumeMounts: [{ name: 'server', mountPath: '/server' }],
          },
        ],
        volumes: [{ name: 'server', configMap: { name: 'server' } }],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
    },
  ];
}
