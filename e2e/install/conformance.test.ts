import type { DriverInstance } from '../conformance/instance.ts';
import { driverConformance } from '../conformance/suite.ts';
import { startTarget } from '../test/targets.ts';
import { afterAll } from 'vitest';
import { killPod, processesOf } from './host-processes.ts';
import { install, NAMESPACE, RELEASE, RUNNERS, type Installation } from './installation.ts';
import { read } from './resources.ts';

/** The suite's tenants; the first one is there anyway. */
const TENANTS = ['default', 'ash', 'birch'];

/** One account that may run for each of them, and see whose runners there are. */
const CALLER = JSON.stringify({
  apiVersion: 'v1',
  kind: 'List',
  items: [
    ...TENANTS.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'caller', namespace: 'default' },
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'stats' },
      rules: [{ nonResourceURLs: ['/stats'], verbs: ['get'] }],
    },
    ...['edit', 'stats'].map((name) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: `caller-${name}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: 'caller', namespace: 'default' }],
    })),
  ],
});

interface Pod {
  metadata: { name: string; uid: string; deletionTimestamp?: string };
  status: { phase: string };
}

let app: Installation | undefined;
afterAll(() => app?.stop(), 60_000);

async function start(): Promise<DriverInstance> {
  const installation = await install(
    ({ hostAddress }) => `pools.default.egress.allowedCIDRs={${hostAddress}/32}`,
  );
  app = installation;
  await app.apply(CALLER);
  const target = await startTarget({}, app.cluster.hostAddress);
  /** By name, every runner's pod that was seen. */
  const uids = new Map<string, string>();
  const runners = async (): Promise<Pod[]> => {
    const { items } = await read(installation, 'pods', '-n', RUNNERS);
    for (const { metadata } of items as Pod[]) uids.set(metadata.name, metadata.uid);
    return items;
  };
  return {
    url: app.url,
    headers: { authorization: `Bearer ${await app.token('default')}` },
    layers: ['container', 'gvisor'],
    target: target.url,
    apply: (_name, text) => installation.apply(text),
    async killRunner({ runnerId }) {
      await runners();
      const killed = await killPod(uids.get(runnerId)!);
      if (killed === 0) throw new Error(`${runnerId} has no processes`);
    },
    async listRunners() {
      const living = (await runners()).filter(({ status }) => status.phase === 'Running');
      return living.map(({ metadata }) => metadata.name);
    },
    async stop() {
      await runners();
      await installation.helm('uninstall', RELEASE, '-n', NAMESPACE, '--wait');
      await installation.kubectl(
        ...['wait', '--for=delete', `namespace/${RUNNERS}`, '--timeout=60s'],
      );
      await target[Symbol.asyncDispose]();
    },
    async leftovers() {
      const processes = await Promise.all([...uids.values()].map((uid) => processesOf(uid)));
      const pods = await read(installation, 'pods', '-A', '-l', 'cofferdam.dev/pool');
      return [
        ...(pods.items as Pod[]).map(({ metadata }) => metadata.name),
        ...processes.flat().map(({ command }) => command),
      ];
    },
  };
}

driverConformance(start);
