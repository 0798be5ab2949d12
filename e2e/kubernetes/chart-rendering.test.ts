import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readEgressConfig } from '@cofferdam/egress';
import { build, environment } from '../cluster/build.ts';
import {
  CHART,
  EVERYTHING,
  NOTHING,
  podSpecs,
  render,
  type HelmServer,
  type Rendered,
} from './chart.ts';

/** What the chart says, looked at without a cluster. */
let helm: HelmServer;

beforeAll(async () => {
  helm = { env: { ...environment(await build()), KUBECONFIG: '/dev/null' } };
}, 900_000);

const named = (objects: readonly Rendered[], kind: string, name: string) =>
  objects.find((object) => object.kind === kind && object.metadata.name === name)!;

describe('values', () => {
  it.each([
    ['at the top', { networkPolicies: {} }, '/'],
    ['of a component', { gateway: { drainSecond: 3 } }, '/gateway'],
    ['of a pool', { pools: { default: { isolatoin: 'Run' } } }, '/pools/default'],
    ['deep inside', { metrics: { serviceMonitor: { enable: true } } }, '/metrics/serviceMonitor'],
    ['of a setting', { gateway: { settings: { rateLimits: 1 } } }, '/gateway/settings'],
    ['in a choice', { mode: 'Single' }, '/mode'],
    ['in a setting', { gateway: { settings: { rateLimit: -1 } } }, '/gateway/settings/rateLimit'],
    ['in a range', { egress: { allowedCIDRs: ['home'] } }, '/egress/allowedCIDRs/0'],
    ['to run as root', { podSecurityContext: { runAsUser: 0 } }, '/podSecurityContext/runAsUser'],
  ])('with a wrong name or value %s are refused', async (_where, values, at) => {
    const said = await render(helm, values).then(() => 'accepted', String);
    expect(said).toContain(`at '${at === '/' ? '' : at}'`);
  });

  it('are all in values.yaml, where they are explained', async () => {
    const values = parse(await readFile(`${CHART}/values.yaml`, 'utf8')) as object;
    const schema = JSON.parse(await readFile(`${CHART}/values.schema.json`, 'utf8')) as Schema;
    const { global: _helms, pools: _byName, ...properties } = schema.properties!;
    expect(missing({ ...schema, properties }, values)).toEqual([]);
  });

  it('say what becomes of the volume', async () => {
    const values = { persistence: { storageClass: 'fast', size: '5Gi', keep: true } };
    const claim = named(await render(helm, values), 'PersistentVolumeClaim', 'cofferdam-data');
    expect(claim.metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
    expect(claim.spec).toMatchObject({
      storageClassName: 'fast',
      resources: { requests: { storage: '5Gi' } },
    });
  });

  it('cannot put runner pods beside the gateway', async () => {
    const together = render(helm, { runners: { namespace: 'cofferdam' } });
    await expect(together).rejects.toThrow('runners.namespace must not be');
  });
});

interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
}

/** A list's entries and what may be absent altogether (settings, ...) are explained by their name alone. */
function missing(schema: Schema, values: unknown, path = ''): string[] {
  const properties = Object.entries(schema.properties ?? {});
  if (typeof values !== 'object' || values === null || Object.keys(values).length === 0) return [];
  return properties.flatMap(([name, child]) => {
    const at = `${path}.${name}`;
    if (/resources|pools|ipBlock/.test(path)) return [];
    const value = (values as Record<string, unknown>)[name];
    return value === undefined ? [at] : missing(child, value, at);
  });
}

describe.each([
  ['distributed', { mode: 'distributed' }],
  ['single', { mode: 'single' }],
])('%s', (mode, values) => {
  it('gives egress no credential at all', async () => {
    const objects = await render(helm, { ...EVERYTHING, ...values });
    const pod = podSpecs(objects).get('cofferdam-egress')!;
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.volumes!.flatMap((volume) => Object.keys(volume)).toSorted()).toEqual(
      ['name', 'emptyDir', 'name', 'configMap'].toSorted(),
    );
    const secrets = pod.containers[0]!.env!.flatMap(
      ({ valueFrom }) => valueFrom?.secretKeyRef ?? [],
    );
    expect(secrets.map(({ key }) => key)).toEqual(['egress-token-sha256']);
    const subjects = objects.flatMap((object) => object.subjects ?? []).map(({ name }) => name);
    expect(subjects).not.toContain('cofferdam-egress');
  });

  it('mounts a token where the API server is asked and nowhere else', async () => {
    const pods = podSpecs(await render(helm, { ...EVERYTHING, ...values }));
    const holders = [...pods].filter(([, pod]) => pod.automountServiceAccountToken);
    const expected = ['cofferdam-crds', 'cofferdam-gateway'];
    if (mode === 'distributed') expected.push('cofferdam-operator');
    expect(holders.map(([name]) => name).toSorted()).toEqual(expected);
  });

  it('lets no Service write into the settings of a pod', async () => {
    const pods = [...podSpecs(await render(helm, { ...EVERYTHING, ...values })).values()];
    expect(pods.length).toBeGreaterThan(4);
    expect(pods.filter(({ enableServiceLinks }) => enableServiceLinks)).toEqual([]);
  });

  it('grants nothing by a wildcard, no list of Secrets and no way to more rights', async () => {
    const objects = await render(helm, { ...EVERYTHING, ...values });
    const rules = objects.flatMap((object) => object.rules ?? []);
    const words = rules.flatMap((rule) => Object.values(rule).flat() as string[]);
    expect(words).not.toContain('*');
    for (const word of ['escalate', 'bind', 'impersonate', 'pods/exec', 'pods/log', 'nodes']) {
      expect(words).not.toContain(word);
    }
    const ofSecrets = rules.filter(({ resources = [] }) => resources.includes('secrets'));
    const verbs = new Set(ofSecrets.flatMap((rule) => rule.verbs));
    expect([...verbs].toSorted()).toEqual(['create', 'delete', 'get']);
  });

  it('reads Secrets only in the watched namespaces', async () => {
    const watched = { watchNamespaces: ['home', 'lab'] };
    const objects = await render(helm, { ...values, ...watched });
    const readers = objects.filter(({ rules = [] }) =>
      rules.some((rule) => rule.resources?.includes('secrets') && rule.verbs.includes('get')),
    );
    expect(readers.map(({ kind, metadata }) => [kind, metadata.namespace])).toEqual([
      ['Role', 'home'],
      ['Role', 'lab'],
    ]);
  });
});

describe('browsers', () => {
  const pools = (objects: readonly Rendered[]) =>
    objects.filter(({ kind }) => kind === 'SandboxPool').map(({ metadata }) => metadata.name);

  it('have a pool only where they are enabled, and an image that the operator knows', async () => {
    expect(pools(await render(helm))).toEqual(['default']);
    const objects = await render(helm, {
      browser: { enabled: true },
      images: { registry: 'registry.example', browser: { tag: '1.2' } },
    });
    expect(pools(objects)).toEqual(['browser', 'default']);
    expect(named(objects, 'SandboxPool', 'browser').spec).toEqual({
      browser: true,
      warm: { minimum: 0, spare: 1, maximum: 4 },
    });
    const { env } = podSpecs(objects).get('cofferdam-operator')!.containers[0]!;
    expect(env).toContainEqual({
      name: 'COFFERDAM_BROWSER_IMAGE',
      value: 'registry.example/cofferdam-browser:1.2',
    });
  });

  it('are as pools.browser says', async () => {
    const mine = { warm: { minimum: 1 }, namespaces: ['home'] };
    const objects = await render(helm, { browser: { enabled: true }, pools: { browser: mine } });
    expect(named(objects, 'SandboxPool', 'browser').spec).toEqual({
      browser: true,
      warm: { minimum: 1, spare: 1, maximum: 4 },
      namespaces: ['home'],
    });
  });
});

describe('network policies', () => {
  it('let a runner reach gateway and egress on one port each, and nothing else', async () => {
    const objects = await render(helm, EVERYTHING);
    const ofRunners = objects.filter(
      ({ kind, metadata }) =>
        kind === 'NetworkPolicy' && metadata.namespace === 'cofferdam-runners',
    );
    expect(ofRunners.flatMap(({ spec }) => spec.ingress ?? [])).toEqual([]);
    expect(ofRunners[0]!.spec.policyTypes).toEqual(['Ingress', 'Egress']);
    const ways = ofRunners.flatMap(({ spec }) => spec.egress ?? []);
    expect(ways.map(({ ports }) => ports)).toEqual([[{ port: 5901 }], [{ port: 5911 }]]);
    for (const [index, component] of ['gateway', 'egress'].entries()) {
      const [peer, ...others] = ways[index]!.to!;
      expect(others).toEqual([]);
      expect(peer!.namespaceSelector!.matchLabels).toEqual({
        'kubernetes.io/metadata.name': 'cofferdam',
      });
      const { labels } = named(objects, 'Deployment', `cofferdam-${component}`).spec.template!
        .metadata;
      expect(labels).toMatchObject(peer!.podSelector!.matchLabels);
    }
  });

  it('keep the way out from private networks, and from Kubernetes where a range is allowed', async () => {
    const { spec } = named(await render(helm, EVERYTHING), 'NetworkPolicy', 'cofferdam-egress');
    const blocks = spec.egress!.flatMap((rule) => rule.to ?? []).flatMap((to) => to.ipBlock ?? []);
    const open = blocks.find(({ cidr }) => cidr === '0.0.0.0/0')!;
    expect(open.except).toEqual(
      expect.arrayContaining(['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '130.1.0.0/16']),
    );
    const allowed = spec.egress!.find(({ to }) => to?.[0]?.ipBlock?.cidr === '10.1.0.0/16')!;
    expect(allowed.to!.map(({ ipBlock }) => ipBlock!.cidr)).toEqual([
      '10.1.0.0/16',
      'fd12::/16',
      '192.168.1.20/32',
    ]);
    const opens = (wanted: number) =>
      allowed.ports!.some(({ port, endPort }) => port <= wanted && wanted <= endPort!);
    expect([80, 443, 8443, 65_535].every(opens)).toBe(true);
    expect([2379, 2380, 6443, 10_250, 10_255, 10_257, 10_259].some(opens)).toBe(false);
  });

  it('are not alone in that: egress is told what nobody reaches', async () => {
    const env = podSpecs(await render(helm, EVERYTHING)).get('cofferdam-egress')!.containers[0]!
      .env!;
    const settings = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    const { refusedCIDRs, refusedPorts } = readEgressConfig({
      COFFERDAM_EGRESS_SOCKET: '/a',
      COFFERDAM_EGRESS_CONTROL_SOCKET: '/b',
      COFFERDAM_EGRESS_REFUSED_CIDRS: settings.COFFERDAM_EGRESS_REFUSED_CIDRS,
      COFFERDAM_EGRESS_REFUSED_PORTS: settings.COFFERDAM_EGRESS_REFUSED_PORTS,
    });
    expect(refusedCIDRs).toEqual([
      '10.2.0.0/16',
      '130.1.0.0/16',
      '2a01:db8::/48',
      'fd00::/8',
      '192.168.1.2/32',
    ]);
    expect(refusedPorts).toEqual(['2379-2380', '6443', '10248-10260']);
  });

  it('are gone with every other choice when all is turned off', async () => {
    const objects = await render(helm, NOTHING);
    const kinds = new Set(objects.map(({ kind }) => kind));
    for (const kind of ['NetworkPolicy', 'PodDisruptionBudget', 'Secret', 'Job', 'SandboxPool']) {
      expect(kinds).not.toContain(kind);
    }
  });
});
