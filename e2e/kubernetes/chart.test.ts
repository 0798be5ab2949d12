import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startApiServer, type ApiServer } from '../cluster/api-server.ts';
import { run } from '../cluster/command.ts';
import {
  CHART,
  EVERYTHING,
  helm,
  hookOf,
  NAMESPACE,
  NOTHING,
  podSpecs,
  render,
  RUNNER_NAMESPACE,
} from './chart.ts';

/** A release on a real API server without nodes: pods stay pending, so hooks are not waited for. */
let server: ApiServer;
let folder: string;

const kubectl = (...args: string[]) => server.kubectl(args);
const apply = (objects: readonly object[], ...flags: string[]) => {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  return server.kubectl(['apply', '-f', '-', ...flags], JSON.stringify(list));
};
const json = async <T>(...args: string[]) =>
  JSON.parse(await kubectl('get', ...args, '-o', 'json')) as T;
const release = (command: string, values: object = {}, ...flags: string[]) => {
  const where = ['cofferdam', CHART, '--namespace', NAMESPACE, '--no-hooks', ...flags];
  return helm(server, [command, ...where], values);
};

beforeAll(async () => {
  server = await startApiServer({ controllers: true });
  folder = await mkdtemp(join(tmpdir(), 'chart-'));
  const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await apply([
    ...[NAMESPACE, 'home', 'lab'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: restricted },
    })),
    {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'home' },
      value: 1,
    },
    ...[
      foreignKind('gateway.networking.k8s.io', 'v1', 'HTTPRoute'),
      foreignKind('monitoring.coreos.com', 'v1', 'ServiceMonitor'),
      foreignKind('monitoring.coreos.com', 'v1', 'PrometheusRule'),
    ],
  ]);
  await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s');
}, 900_000);

afterAll(async () => {
  await server?.stop();
  if (folder) await rm(folder, { recursive: true });
});

/** A kind of somebody else's, of which only the name matters here. */
function foreignKind(group: string, version: string, kind: string) {
  const plural = `${kind.toLowerCase()}s`;
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      annotations: { 'api-approved.kubernetes.io': 'https://example.invalid' },
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}

interface Crd {
  metadata: { name: string; resourceVersion: string; managedFields?: unknown };
  spec: {
    versions: { schema: { openAPIV3Schema: { properties: Record<string, SchemaNode> } } }[];
  };
}
interface SchemaNode {
  type: string;
  properties?: Record<string, SchemaNode>;
}

const tokens = async () => {
  const { data } = await json<{ data: Record<string, string> }>(
    'secret',
    'cofferdam-internal',
    '-n',
    NAMESPACE,
  );
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
};

const poolSpec = async (name: string) =>
  (await json<{ spec: { isolation: string } }>('sandboxpool', name)).spec;

/** Whether RBAC lets a service account of the release do something. */
async function may(account: string, ...question: string[]): Promise<boolean> {
  const as = `system:serviceaccount:${NAMESPACE}:${account}`;
  const answer = await kubectl('auth', 'can-i', ...question, `--as=${as}`).catch(String);
  return answer.trim() === 'yes';
}

describe('a release', () => {
  it('is installed by one line, with its CRDs and a pool', async () => {
    await release('install');
    expect(await poolSpec('default')).toMatchObject({
      isolation: 'Tenant',
      runtimeClassName: 'gvisor',
    });
    const { metadata } = await json<{ metadata: { labels: object } }>('ns', RUNNER_NAMESPACE);
    expect(metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  });

  it('tells egress only a hash of what the gateway says to it', async () => {
    const secret = await tokens();
    expect(secret['control-token']).toMatch(/^\w{48}$/);
    expect(secret['egress-token']).toMatch(/^\w{48}$/);
    expect(secret['egress-token']).not.toBe(secret['control-token']);
    const hash = createHash('sha256').update(secret['egress-token']!).digest('hex');
    expect(secret['egress-token-sha256']).toBe(hash);
  });

  it('lets the operator do what it does and no more', async () => {
    const operator = 'cofferdam-operator';
    const inRunners = ['-n', RUNNER_NAMESPACE];
    const allowed = [
      ['create', 'pods', ...inRunners],
      ['patch', 'pods', '--subresource=status', ...inRunners],
      ['create', 'secrets', ...inRunners],
      ['patch', 'sandboxscripts.cofferdam.dev', '--subresource=status', '-n', 'home'],
      ['delete', 'sandboxruns.cofferdam.dev', '-n', 'home'],
      ['get', 'secrets', '-n', 'home'],
      ['update', 'leases.coordination.k8s.io/cofferdam-operator', '-n', NAMESPACE],
      ['watch', 'endpointslices.discovery.k8s.io', '-n', NAMESPACE],
      ['create', 'events.events.k8s.io', '-n', 'default'],
    ];
    const denied = [
      ['create', 'pods', '-n', NAMESPACE],
      ['create', 'pods', '-n', 'home'],
      ['list', 'secrets', '-n', 'home'],
      ['list', 'secrets', ...inRunners],
      ['create', 'secrets', '-n', NAMESPACE],
      ['update', 'leases.coordination.k8s.io/another', '-n', NAMESPACE],
      ['patch', 'sandboxscripts.cofferdam.dev', '-n', 'home'],
      ['create', 'sandboxruns.cofferdam.dev', '-n', 'home'],
      ['patch', 'customresourcedefinitions.apiextensions.k8s.io'],
      ['create', 'rolebindings.rbac.authorization.k8s.io', ...inRunners],
      ['create', 'pods', '--subresource=exec', ...inRunners],
    ];
    for (const question of allowed)
      expect([question, await may(operator, ...question)]).toEqual([question, true]);
    for (const question of denied)
      expect([question, await may(operator, ...question)]).toEqual([question, false]);
  });

  it('lets the gateway only ask who somebody is and what they may do', async () => {
    const gateway = 'cofferdam-gateway';
    expect(await may(gateway, 'create', 'tokenreviews.authentication.k8s.io')).toBe(true);
    expect(await may(gateway, 'create', 'subjectaccessreviews.authorization.k8s.io')).toBe(true);
    expect(await may(gateway, 'get', 'secrets', '-n', NAMESPACE)).toBe(false);
    expect(await may(gateway, 'list', 'sandboxscripts.cofferdam.dev', '-n', 'home')).toBe(false);
    expect(await may('cofferdam-egress', 'get', 'pods', '-n', NAMESPACE)).toBe(false);
  });

  it('adds scripts to what edit and view of a namespace mean', async () => {
    const user = ['--as=somebody', '-n', 'home'];
    await kubectl(
      'create',
      'rolebinding',
      'somebody',
      '--clusterrole=edit',
      '--user=somebody',
      '-n',
      'home',
    );
    const canRun = async () =>
      (
        await kubectl('auth', 'can-i', 'create', 'sandboxruns.cofferdam.dev', ...user).catch(String)
      ).trim();
    // A controller of Kubernetes joins the roles.
    await vi.waitUntil(async () => (await canRun()) === 'yes', { timeout: 30_000, interval: 200 });
    const pools = await kubectl(
      'auth',
      'can-i',
      'create',
      'sandboxpools.cofferdam.dev',
      ...user,
    ).catch(String);
    expect(pools.trim()).not.toBe('yes');
  });

  it('keeps its tokens and volume through an upgrade into the other mode and back', async () => {
    const before = await tokens();
    const claim = await json<{ metadata: { uid: string } }>(
      'pvc',
      'cofferdam-data',
      '-n',
      NAMESPACE,
    );
    await release('upgrade', { mode: 'single', pools: { default: { isolation: 'Script' } } });
    expect(await kubectl('get', 'deployments', '-n', NAMESPACE, '-o', 'name')).not.toContain(
      'operator',
    );
    expect(await poolSpec('default')).toMatchObject({ isolation: 'Script' });
    await release('upgrade');
    expect(await tokens()).toEqual(before);
    const after = await json<{ metadata: { uid: string } }>(
      'pvc',
      'cofferdam-data',
      '-n',
      NAMESPACE,
    );
    expect(after.metadata.uid).toBe(claim.metadata.uid);
  });

  it.each([
    ['everything', EVERYTHING],
    ['everything in one pod', { ...EVERYTHING, mode: 'single' }],
    ['watched namespaces', { watchNamespaces: ['home', 'lab'] }],
    ['nothing', NOTHING],
    ['a token for the test', { test: { namespace: 'home', tokenSecret: { name: 'token' } } }],
  ])('is taken by the API server with %s, its hooks too', async (_name, values) => {
    const objects = await render(server, values);
    await release('upgrade', values);
    const hooks = objects.filter((object) => hookOf(object) !== undefined);
    // A pod is refused without its service account, so that one is made in earnest.
    const [accounts, others] = [true, false].map((is) =>
      hooks.filter(({ kind }) => (kind === 'ServiceAccount') === is),
    );
    if (accounts!.length > 0) await apply(accounts!);
    const dryRun = ['--server-side', '--dry-run=server', '--validate=strict'];
    const taken = others!.length > 0 ? await apply(others!, ...dryRun) : '';
    expect(taken.match(/serverside-applied/g) ?? []).toHaveLength(others!.length);
  });
});

describe('every pod', () => {
  it.each([
    ['distributed', EVERYTHING],
    ['single', { ...EVERYTHING, mode: 'single' }],
  ])('satisfies PodSecurity restricted (%s)', async (_mode, values) => {
    const objects = await render(server, values);
    await apply(objects.filter(({ kind }) => kind === 'ServiceAccount'));
    const pods = podSpecs(objects);
    expect(pods.size).toBeGreaterThan(4);
    for (const [name, spec] of pods) {
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: NAMESPACE },
        spec: { ...spec, restartPolicy: 'Never' },
      };
      const created = server.kubectl(
        ['create', '-f', '-', '--dry-run=server', '--validate=strict'],
        JSON.stringify(pod),
      );
      expect(await created).toContain(`pod/${name} created`);
    }
  });
});

describe('the CRDs', () => {
  const CRD = 'sandboxpools.cofferdam.dev';
  const read = () => json<Crd>('crd', CRD);
  const fields = ({ spec }: Crd) =>
    Object.keys(spec.versions[0]!.schema.openAPIV3Schema.properties['spec']!.properties!);

  /** Runs what the upgrade's Job runs, with its rights and with the CRDs of another chart. */
  async function upgradeCrds(change: (crd: Crd) => void): Promise<string> {
    const hooks = (await render(server)).filter((object) => hookOf(object) === 'pre-upgrade');
    const { data } = hooks.find(({ kind }) => kind === 'ConfigMap') as unknown as {
      data: Record<string, string>;
    };
    const crds = JSON.parse(data['crds.json']!) as Crd[];
    crds.filter(({ metadata }) => metadata.name === CRD).forEach(change);
    await apply(hooks.filter(({ kind }) => kind !== 'Job'));
    await writeFile(join(folder, 'script.mjs'), data['upgrade-crds.mjs']!);
    await writeFile(join(folder, 'crds.json'), JSON.stringify(crds));
    const token = await kubectl('create', 'token', 'cofferdam-crds', '-n', NAMESPACE);
    await writeFile(join(folder, 'token'), token.trim());
    const { hostname, port } = new URL(server.url);
    const env = {
      ...server.env,
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      NODE_EXTRA_CA_CERTS: join(server.kubeconfig, '../apiserver.crt'),
    };
    return run(process.execPath, [join(folder, 'script.mjs'), join(folder, 'crds.json'), folder], {
      env,
    });
  }
  const grow = ({ spec }: Crd) => {
    spec.versions[0]!.schema.openAPIV3Schema.properties['spec']!.properties!['later'] = {
      type: 'string',
    };
  };

  it('of the chart are those of crds/', async () => {
    for (const name of ['sandboxpools', 'sandboxruns', 'sandboxscripts']) {
      const ours = await readFile(join(CHART, 'crds', `${name}.yaml`), 'utf8');
      expect(ours).toBe(await readFile(join(CHART, '../../crds', `${name}.yaml`), 'utf8'));
    }
  });

  it('grow with an upgrade, and neither a rollback nor an older chart takes anything away', async () => {
    expect(fields(await read())).not.toContain('later');
    expect(await upgradeCrds(grow)).toContain(`${CRD}: brought up to date`);
    expect(fields(await read())).toContain('later');
    await kubectl(
      'patch',
      'sandboxpool',
      'default',
      '--type=merge',
      '-p',
      '{"spec":{"later":"yes"}}',
    );
    await run('helm', ['rollback', 'cofferdam', '1', '-n', NAMESPACE, '--no-hooks'], {
      env: server.env,
    });
    expect(await upgradeCrds(() => {})).toContain(
      `${CRD}: left as it is, because it has v1alpha1.spec.later`,
    );
    expect(fields(await read())).toContain('later');
    expect(await poolSpec('default')).toMatchObject({ later: 'yes' });
  });
});

describe('uninstalling', () => {
  it('leaves the CRDs and nothing else', async () => {
    // What other tests made of hooks.
    await kubectl('delete', 'serviceaccount,configmap', '--all', '-n', NAMESPACE);
    await kubectl('delete', 'clusterrole,clusterrolebinding', 'cofferdam-crds');
    await run('helm', ['uninstall', 'cofferdam', '-n', NAMESPACE, '--no-hooks'], {
      env: server.env,
    });
    const selector = ['-l', 'app.kubernetes.io/instance=cofferdam', '-A', '-o', 'name'];
    const kinds = await kubectl('api-resources', '--verbs=list', '-o', 'name');
    const every = kinds
      .trim()
      .split('\n')
      .filter((kind) => kind !== 'events')
      .join(',');
    const left = async () => (await kubectl('get', every, ...selector)).trim();
    await vi.waitFor(async () => expect(await left()).toBe(''), { timeout: 60_000, interval: 500 });
    expect(await kubectl('get', 'crd', '-o', 'name')).toContain('sandboxscripts.cofferdam.dev');
    expect(await kubectl('get', 'secret', '-n', NAMESPACE, '-o', 'name')).toBe('');
  });
});
