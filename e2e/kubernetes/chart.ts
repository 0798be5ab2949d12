import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { ApiServer } from '../cluster/api-server.ts';
import { run } from '../cluster/command.ts';

export const CHART = fileURLToPath(new URL('../../charts/cofferdam', import.meta.url));
export const NAMESPACE = 'cofferdam';
export const RUNNER_NAMESPACE = 'cofferdam-runners';

export interface Rule {
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
  verbs: string[];
}
interface Container {
  name: string;
  env?: { name: string; value?: string; valueFrom?: Record<string, { key?: string }> }[];
  args?: string[];
}
export interface PodSpec {
  serviceAccountName: string;
  automountServiceAccountToken: boolean;
  enableServiceLinks: boolean;
  containers: Container[];
  volumes?: Record<string, unknown>[];
}
interface Peer {
  ipBlock?: { cidr: string; except?: string[] };
  podSelector?: { matchLabels: Record<string, string> };
  namespaceSelector?: { matchLabels: Record<string, string> };
}
export interface NetworkRule {
  from?: Peer[];
  to?: Peer[];
  ports?: { port: number; endPort?: number; protocol?: string }[];
}
/** Of what the tests look at; the API server checks the rest. */
export interface Rendered {
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  rules?: Rule[];
  subjects?: { name: string }[];
  spec: {
    template?: { metadata: { labels: Record<string, string> }; spec: PodSpec };
    policyTypes?: string[];
    ingress?: NetworkRule[];
    egress?: NetworkRule[];
  } & Partial<PodSpec>;
}

/** Whose environment helm gets. */
export type HelmServer = Pick<ApiServer, 'env'>;

export const helm = async (server: HelmServer, args: readonly string[], values: object = {}) =>
  run('helm', [...args, '--values', '-'], { env: server.env, input: JSON.stringify(values) });

/** What the chart would have Helm apply, its hooks too. */
export async function render(server: HelmServer, values: object = {}): Promise<Rendered[]> {
  // As far as Helm can tell without a cluster; one that was built from source knows no version of its own.
  const fixed = ['--namespace', NAMESPACE, '--kube-version', '1.35.0'];
  const text = await helm(server, ['template', 'cofferdam', CHART, ...fixed], values);
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null);
}

export const hookOf = ({ metadata }: Rendered) => metadata.annotations?.['helm.sh/hook'];

/** The pods of the chart, by the name of what makes them. */
export function podSpecs(objects: readonly Rendered[]): Map<string, PodSpec> {
  const specs = objects.flatMap(({ kind, metadata, spec }): [string, PodSpec][] => {
    if (kind === 'Pod') return [[metadata.name, spec as PodSpec]];
    return spec?.template ? [[metadata.name, spec.template.spec]] : [];
  });
  return new Map(specs);
}

const pod = {
  resources: { requests: { cpu: 1, memory: '64Mi' }, limits: { memory: '1Gi' } },
  podLabels: { team: 'home' },
  podAnnotations: { note: 'yes' },
  priorityClassName: 'home',
  nodeSelector: { 'kubernetes.io/arch': 'arm64' },
  tolerations: [{ key: 'edge', operator: 'Exists', effect: 'NoSchedule' }],
  affinity: {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 1,
          podAffinityTerm: {
            topologyKey: 'kubernetes.io/hostname',
            labelSelector: { matchLabels: { team: 'home' } },
          },
        },
      ],
    },
  },
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: { team: 'home' } },
    },
  ],
};
const extraEnv = [{ name: 'TZ', value: 'UTC' }];

/** Every toggle on and every list filled. */
export const EVERYTHING = {
  images: { registry: 'registry.example/tools', pullSecrets: ['pull'] },
  pools: {
    default: { isolation: 'Tenant', egress: { allowedCIDRs: ['192.168.1.20/32'] } },
    strict: { isolation: 'Run', namespaces: ['home'], warm: { minimum: 1, maximum: 4 } },
  },
  browser: { enabled: true },
  runners: {
    resourceQuota: { pods: 20, 'limits.memory': '16Gi' },
    limitRange: [{ type: 'Container', default: { memory: '1Gi' } }],
  },
  gateway: {
    tokensSecret: { name: 'tokens' },
    settings: { rateLimit: 600, bodyLimit: 8_388_608, logLevel: 'warn' },
    strategy: { type: 'Recreate' },
    service: { type: 'NodePort', annotations: { note: 'yes' } },
    ingress: {
      enabled: true,
      className: 'nginx',
      annotations: { note: 'yes' },
      hosts: ['sandbox.example'],
      tls: [{ secretName: 'tls', hosts: ['sandbox.example'] }],
    },
    httpRoute: { enabled: true, parentRefs: [{ name: 'web' }], hostnames: ['sandbox.example'] },
    extraEnv,
    ...pod,
  },
  operator: { replicas: 2, extraEnv, ...pod },
  egress: {
    allowedCIDRs: ['10.1.0.0/16', 'fd12::/16'],
    refusedCIDRs: ['10.2.0.0/16'],
    aliases: { printer: '192.168.1.9:631' },
    extraEnv,
    ...pod,
  },
  persistence: { existingClaim: 'mine' },
  networkPolicy: {
    clusterCIDRs: ['130.1.0.0/16', '2a01:db8::/48', 'fd00::/8'],
    apiServer: { cidrs: ['192.168.1.2/32'] },
    otlp: { to: [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }] },
    gateway: { from: [{ ipBlock: { cidr: '192.168.0.0/16', except: ['192.168.9.0/24'] } }] },
  },
  trust: { caBundle: { configMap: 'authorities' } },
  telemetry: {
    otlp: { endpoint: 'http://collector.monitoring:4318', headersSecret: { name: 'otlp' } },
  },
  metrics: {
    serviceMonitor: {
      enabled: true,
      labels: { release: 'prometheus' },
      authorizationSecret: { name: 'prometheus' },
    },
    prometheusRule: {
      enabled: true,
      extraRules: [{ alert: 'Mine', expr: 'vector(1)' }],
    },
  },
  demo: { enabled: true, ...pod },
};

/** Every toggle off. */
export const NOTHING = {
  crds: { upgrade: false },
  pools: { default: null },
  gateway: { kubernetesAuth: false, tokensSecret: { name: 'tokens' } },
  persistence: { enabled: false },
  networkPolicy: { enabled: false },
  podDisruptionBudget: { enabled: false },
  userRoles: { create: false },
  internal: { existingSecret: 'mine' },
};
