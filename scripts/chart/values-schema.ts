import { GatewayConfigSchema } from '../../gateway/src/config.ts';
import { SandboxPoolSpecSchema } from '../../protocol/src/resource/sandbox-pool.ts';
import {
  between,
  cidr,
  closed,
  flag,
  keyRef,
  list,
  mapOf,
  matching,
  namespace,
  objectName,
  oneOf,
  port,
  quantity,
  text,
  texts,
  unchecked,
  type Schema,
} from './json-schema.ts';
import { extraEnv, peers, podValues, ports, strategy } from './pod-values.ts';

/** What the chart sets itself, or what means nothing in a pod. */
const CHART_SETS = new Set(['port', 'host', 'authToken', 'denoPath', 'wasmRoot', 'drainMs']);

const image = closed({
  repository: matching('^[a-z0-9]+([._/:-][a-z0-9]+)*$'),
  tag: matching('^[A-Za-z0-9_.-]{0,128}$'),
  digest: matching('^(sha256:[0-9a-f]{64})?$'),
});

const settings = closed(
  Object.fromEntries(
    Object.entries(GatewayConfigSchema.properties)
      .filter(([name]) => !CHART_SETS.has(name))
      .map(([name, schema]) => [name, { ...schema }]),
  ),
);

const route = {
  enabled: flag,
  annotations: texts,
};

const gateway = closed({
  kubernetesAuth: flag,
  tokenAudience: matching('^[!-~]{0,253}$'),
  tokensSecret: keyRef('name'),
  drainSeconds: between(0, 300),
  settings,
  strategy,
  service: closed({
    type: oneOf('ClusterIP', 'NodePort', 'LoadBalancer'),
    port,
    nodePort: { type: ['integer', 'null'], minimum: 1, maximum: 65_535 },
    annotations: texts,
  }),
  ingress: closed({
    ...route,
    className: objectName,
    hosts: list(text),
    tls: list(closed({ secretName: objectName, hosts: list(text) })),
  }),
  httpRoute: closed({ ...route, parentRefs: list(unchecked), hostnames: list(text) }),
  extraEnv,
  ...podValues,
});

const operator = closed({ replicas: between(0, 5), extraEnv, ...podValues });

const egress = closed({
  allowedCIDRs: list(cidr),
  refusedCIDRs: list(cidr),
  aliases: mapOf(matching('^\\S+:[0-9]{1,5}$'), { maxLength: 253 }),
  strategy,
  extraEnv,
  ...podValues,
});

const runners = closed({
  namespace: objectName,
  createNamespace: flag,
  resourceQuota: mapOf(quantity),
  limitRange: list(unchecked),
});

const networkPolicy = closed({
  enabled: flag,
  clusterCIDRs: list(cidr),
  dns: closed({ ports, to: peers }),
  apiServer: closed({ ports, cidrs: list(cidr) }),
  otlp: closed({ to: peers }),
  gateway: closed({ from: peers }),
  metricsFrom: peers,
});

const persistence = closed({
  enabled: flag,
  existingClaim: objectName,
  storageClass: objectName,
  accessModes: list(oneOf('ReadWriteOnce', 'ReadWriteOncePod', 'ReadWriteMany')),
  size: quantity,
  keep: flag,
});

/** Numbers, so that no name or setting here can take `restricted` away. */
const podSecurityContext = closed({
  runAsUser: between(1, 4_294_967_295),
  runAsGroup: between(1, 4_294_967_295),
  fsGroup: between(1, 4_294_967_295),
  fsGroupChangePolicy: oneOf('OnRootMismatch', 'Always'),
});

const monitor = { enabled: flag, labels: texts };

const metrics = closed({
  serviceMonitor: closed({
    ...monitor,
    interval: matching('^[0-9]+(ms|s|m|h)$'),
    authorizationSecret: keyRef('name'),
  }),
  prometheusRule: closed({ ...monitor, extraRules: list(unchecked) }),
});

const properties: Record<string, Schema> = {
  // Helm gives it to every chart that is a part of another.
  global: unchecked,
  nameOverride: objectName,
  fullnameOverride: objectName,
  mode: oneOf('distributed', 'single'),
  images: closed({
    registry: text,
    pullPolicy: oneOf('Always', 'IfNotPresent', 'Never'),
    pullSecrets: list(objectName),
    cofferdam: image,
    runner: image,
    browser: image,
  }),
  crds: closed({ upgrade: flag }),
  watchNamespaces: list(namespace),
  pools: mapOf(SandboxPoolSpecSchema as unknown as Schema, namespace),
  browser: closed({ enabled: flag }),
  runners,
  internal: closed({ existingSecret: objectName }),
  gateway,
  operator,
  egress,
  persistence,
  networkPolicy,
  podSecurityContext,
  podDisruptionBudget: closed({ enabled: flag, maxUnavailable: between(1, 5) }),
  userRoles: closed({ create: flag }),
  trust: closed({ caBundle: keyRef('configMap') }),
  telemetry: closed({
    otlp: closed({
      endpoint: matching('^(https?://\\S+)?$'),
      protocol: oneOf('http/protobuf', 'http/json', 'grpc'),
      headersSecret: keyRef('name'),
    }),
  }),
  metrics,
  demo: closed({ enabled: flag, ...podValues }),
  test: closed({ namespace: objectName, tokenSecret: keyRef('name') }),
};

/** The schema of the chart's values: what `helm install` refuses a typo with. */
export const VALUES_SCHEMA: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  ...closed(properties),
};
