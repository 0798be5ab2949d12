import { podAmounts, POOL_DEFAULTS, type SandboxPool } from '@cofferdam/protocol';
import type { Draft, EnvVar, Pod, PodSpec, Secret } from '../../kubernetes/index.ts';
import { digestOfJson } from '../../status/digest.ts';
import type { NewRunner } from '../../drivers/new-runner.ts';
import {
  COMMON_LABELS,
  JOINED_CONDITION,
  POOL_LABEL,
  TEMPLATE_LABEL,
  TOKEN_ANNOTATION,
} from './names.ts';

/** What every runner pod has that its pool does not say. */
export interface PodSettings {
  image: string;
  /** Of the pods of browser pools. */
  browserImage: string;
  imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  imagePullSecrets?: readonly string[] | undefined;
  /** `host:port`s that a runner dials; there is no DNS in its pod. */
  gatewayAddress: string;
  egressAddress: string;
}

export interface TemplateOf {
  resource: SandboxPool;
  /** Of the RuntimeClass. */
  handler: string;
  /** As an annotation of the RuntimeClass says. */
  gvisorVersion?: string | undefined;
  settings: PodSettings;
}

/** Owns no file and no process of any machine. */
const NOBODY = 65_532;
/** For whoever evicts it; a runner that is let go is ended sooner. */
const GRACE_SECONDS = 10;
const TOKEN_KEY = 'token';
const HASH_CHARACTERS = 16;
const VERSION = /^[\w.+-]{1,64}$/;

/** What the pods of a pool are made from now, as a hash that a label can hold. */
export function templateHash(of: TemplateOf): string {
  return digestOfJson([COMMON_LABELS, podSpec(of, '')]).slice(0, HASH_CHARACTERS);
}

/** A pod for this runner; its token is only in the Secret of the same name. */
export function runnerPod(
  of: TemplateOf,
  about: { runner: NewRunner; namespace: string; poolUid: string },
): Draft<Pod> {
  const { runner, namespace, poolUid } = about;
  const { apiVersion, kind, metadata } = of.resource;
  const owner = { apiVersion, kind, name: metadata.name, uid: poolUid };
  return {
    metadata: {
      name: runner.runnerId,
      namespace,
      labels: {
        ...COMMON_LABELS,
        [POOL_LABEL]: metadata.name,
        [TEMPLATE_LABEL]: templateHash(of),
      },
      annotations: { [TOKEN_ANNOTATION]: runner.tokenSha256 },
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: false }],
    },
    spec: podSpec(of, runner.runnerId),
  };
}

/** The runner's join token, gone with its pod. */
export function tokenSecret(pod: Pod, runner: NewRunner): Draft<Secret> {
  const { name, namespace, uid, labels } = pod.metadata;
  return {
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...COMMON_LABELS, [POOL_LABEL]: labels?.[POOL_LABEL] ?? '' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid: uid ?? '' }],
    },
    type: 'Opaque',
    stringData: { [TOKEN_KEY]: runner.token },
  };
}

function podSpec(of: TemplateOf, name: string): PodSpec {
  const { resource, settings } = of;
  const { spec } = resource;
  const { imagePullSecrets = [] } = settings;
  return {
    restartPolicy: 'Never',
    runtimeClassName: runtimeClassOf(resource),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // Kubernetes demands a name server where there is none to be asked.
    dnsPolicy: 'None',
    dnsConfig: { nameservers: ['127.0.0.1'] },
    readinessGates: [{ conditionType: JOINED_CONDITION }],
    terminationGracePeriodSeconds: GRACE_SECONDS,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: NOBODY,
      runAsGroup: NOBODY,
      fsGroup: NOBODY,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [container(of, name)],
    volumes: [
      { name: 'tmp', emptyDir: { sizeLimit: podAmounts(spec, 'limits').ephemeralStorage } },
    ],
    ...(spec.nodeSelector ? { nodeSelector: { ...spec.nodeSelector } } : {}),
    ...(spec.tolerations ? { tolerations: spec.tolerations.map((each) => ({ ...each })) } : {}),
    ...(imagePullSecrets.length > 0
      ? { imagePullSecrets: imagePullSecrets.map((secret) => ({ name: secret })) }
      : {}),
  };
}

/** Never none: that would be the cluster's own runtime. */
export function runtimeClassOf({ spec }: SandboxPool): string {
  return spec.runtimeClassName ?? POOL_DEFAULTS.runtimeClassName;
}

function container(of: TemplateOf, name: string) {
  const { settings } = of;
  const { spec } = of.resource;
  return {
    name: 'runner',
    image: spec.image ?? (spec.browser ? settings.browserImage : settings.image),
    imagePullPolicy: settings.imagePullPolicy,
    env: [
      ...environment(of),
      {
        name: 'COFFERDAM_JOIN_TOKEN',
        valueFrom: { secretKeyRef: { name, key: TOKEN_KEY } },
      },
    ],
    resources: {
      requests: resourceList(podAmounts(spec, 'requests')),
      limits: resourceList(podAmounts(spec, 'limits')),
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  };
}

function environment(of: TemplateOf): EnvVar[] {
  const { resource, handler, settings } = of;
  const values: Record<string, string> = {
    COFFERDAM_GATEWAY: settings.gatewayAddress,
    COFFERDAM_EGRESS: settings.egressAddress,
    COFFERDAM_OUTER_LAYERS: isGvisor(handler) ? 'container,gvisor' : 'container',
    COFFERDAM_REDIAL: 'true',
    ...capacity(resource.spec),
    ...gvisorVersion(of),
  };
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

function gvisorVersion(of: TemplateOf): Record<string, string> {
  const { resource, handler, gvisorVersion: version = '' } = of;
  const isRead = isGvisor(handler) && resource.spec.browser !== true && VERSION.test(version);
  return isRead ? { COFFERDAM_GVISOR_VERSION: version } : {};
}

function capacity(spec: SandboxPool['spec']): Record<string, string> {
  const { browser, runsPerProcess, sessionsPerPod } = { ...POOL_DEFAULTS, browser: false, ...spec };
  if (browser) return { COFFERDAM_SESSIONS: String(sessionsPerPod) };
  return { COFFERDAM_RUNS_PER_PROCESS: String(runsPerProcess) };
}

/** What a run's result says of its layers must not be more than there is. */
function isGvisor(handler: string): boolean {
  return handler === 'runsc' || handler.includes('gvisor');
}

function resourceList({ cpu, memory, ephemeralStorage }: ReturnType<typeof podAmounts>) {
  return { cpu, memory, 'ephemeral-storage': ephemeralStorage };
}
