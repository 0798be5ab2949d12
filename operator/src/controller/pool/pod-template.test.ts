import type { SandboxPool, SandboxPoolSpec } from '@cofferdam/protocol';
import { describe, expect, it, test } from 'vitest';
import { newRunner } from '../../drivers/new-runner.ts';
import type { Pod } from '../../kubernetes/index.ts';
import { runnerPod, templateHash, tokenSecret, type TemplateOf } from './pod-template.ts';

const resource = (spec: SandboxPoolSpec = {}, metadata: object = {}): SandboxPool => ({
  apiVersion: 'cofferdam.dev/v1alpha1',
  kind: 'SandboxPool',
  metadata: { name: 'home', ...metadata },
  spec,
});

const of = (spec?: SandboxPoolSpec, over: Partial<TemplateOf> = {}): TemplateOf => ({
  resource: resource(spec),
  handler: 'runsc',
  settings: {
    image: 'runner:1',
    browserImage: 'browser:1',
    imagePullPolicy: 'Never',
    gatewayAddress: '10.0.0.1:5901',
    egressAddress: '10.0.0.2:5911',
  },
  ...over,
});

const runner = newRunner('home');
const render = (template: TemplateOf) =>
  runnerPod(template, { runner, namespace: 'runners', poolUid: 'uid' });
const environment = (template: TemplateOf) =>
  Object.fromEntries(
    render(template).spec.containers[0]!.env!.map(({ name, value }) => [name, value]),
  );

describe('a runner pod', () => {
  const { metadata, spec } = render(of());
  const [container] = spec.containers;

  it('satisfies PodSecurity restricted, and more', () => {
    expect(spec).toMatchObject({
      runtimeClassName: 'gvisor',
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      dnsPolicy: 'None',
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65_532,
        runAsGroup: 65_532,
        fsGroup: 65_532,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    });
    expect(container?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('has a bound on everything', () => {
    expect(container?.resources).toEqual({
      requests: { cpu: '100m', memory: '256Mi', 'ephemeral-storage': '64Mi' },
      limits: { cpu: '2', memory: '1536Mi', 'ephemeral-storage': '256Mi' },
    });
    expect(spec.volumes).toEqual([{ name: 'tmp', emptyDir: { sizeLimit: '256Mi' } }]);
  });

  it('belongs to its pool and is ready when it has joined', () => {
    expect(metadata).toMatchObject({
      name: runner.runnerId,
      namespace: 'runners',
      labels: {
        'app.kubernetes.io/managed-by': 'cofferdam',
        'cofferdam.dev/pool': 'home',
        'cofferdam.dev/template': templateHash(of()),
      },
      annotations: { 'cofferdam.dev/join-token-sha256': runner.tokenSha256 },
      ownerReferences: [{ kind: 'SandboxPool', name: 'home', uid: 'uid', controller: true }],
    });
    expect(spec.readinessGates).toEqual([{ conditionType: 'cofferdam.dev/Joined' }]);
  });

  it('has its token only in a Secret that goes with it', () => {
    const pod = { ...render(of()), apiVersion: 'v1' } as unknown as Pod;
    expect(JSON.stringify(pod)).not.toContain(runner.token);
    pod.metadata.uid = 'pod-uid';
    const secret = tokenSecret(pod, runner);
    expect(secret.stringData).toEqual({ token: runner.token });
    expect(secret.metadata).toMatchObject({
      name: runner.runnerId,
      ownerReferences: [{ kind: 'Pod', name: runner.runnerId, uid: 'pod-uid' }],
    });
    expect(container?.env).toContainEqual({
      name: 'COFFERDAM_JOIN_TOKEN',
      valueFrom: { secretKeyRef: { name: runner.runnerId, key: 'token' } },
    });
  });

  it('takes nothing from the labels and annotations of its pool', () => {
    const labelled = resource(
      {},
      { labels: { 'cofferdam.dev/tenant': 'x' }, annotations: { a: 'b' } },
    );
    expect(render(of({}, { resource: labelled })).metadata).toEqual(render(of()).metadata);
  });

  it('is told where to dial, and of no more layers than there are', () => {
    expect(environment(of())).toMatchObject({
      COFFERDAM_GATEWAY: '10.0.0.1:5901',
      COFFERDAM_EGRESS: '10.0.0.2:5911',
      COFFERDAM_OUTER_LAYERS: 'container,gvisor',
      COFFERDAM_REDIAL: 'true',
      COFFERDAM_RUNS_PER_PROCESS: '8',
    });
    for (const handler of ['runc', 'kata', 'runsc-like', '']) {
      expect(environment(of({}, { handler })).COFFERDAM_OUTER_LAYERS).toBe('container');
    }
    expect(environment(of({}, { handler: 'gvisor-kvm' })).COFFERDAM_OUTER_LAYERS).toBe(
      'container,gvisor',
    );
  });

  it('is told which gVisor is around it, where the RuntimeClass says so', () => {
    const told = (other: Partial<TemplateOf>) =>
      environment(of({}, other)).COFFERDAM_GVISOR_VERSION;
    expect(told({ gvisorVersion: 'release-20260901.0' })).toBe('release-20260901.0');
    expect(told({})).toBeUndefined();
    expect(told({ gvisorVersion: 'of another', handler: 'runsc' })).toBeUndefined();
    expect(told({ gvisorVersion: 'release-20260901.0', handler: 'kata' })).toBeUndefined();
  });

  it('is placed and sized as the pool says', () => {
    const rendered = render(
      of({
        image: 'other:2',
        nodeSelector: { disk: 'ssd' },
        tolerations: [{ key: 'only', operator: 'Exists' }],
        resources: { limits: { cpu: 4, ephemeralStorage: '1Gi' } },
      }),
    ).spec;
    expect(rendered).toMatchObject({
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'only', operator: 'Exists' }],
      containers: [{ image: 'other:2', resources: { limits: { cpu: '4', memory: '1536Mi' } } }],
      volumes: [{ emptyDir: { sizeLimit: '1Gi' } }],
    });
  });
});

describe('a pod of a browser pool', () => {
  const sized = (resources: SandboxPoolSpec['resources']) =>
    render(of({ browser: true, resources: resources! })).spec.containers[0]?.resources;

  it('has the image of browsers, and what Chromium needs', () => {
    const { spec } = render(of({ browser: true }));
    expect(spec.containers[0]).toMatchObject({
      image: 'browser:1',
      resources: {
        requests: { cpu: '200m', memory: '512Mi', 'ephemeral-storage': '128Mi' },
        limits: { cpu: '2', memory: '2Gi', 'ephemeral-storage': '1Gi' },
      },
    });
    expect(spec.volumes).toEqual([{ name: 'tmp', emptyDir: { sizeLimit: '1Gi' } }]);
    expect(render(of({ browser: true, image: 'own:1' })).spec.containers[0]?.image).toBe('own:1');
  });

  it('is sized as its pool says, where that is no default of a runner', () => {
    expect(sized({ limits: { memory: '1Gi' }, requests: { memory: '256Mi' } })).toMatchObject({
      requests: { memory: '512Mi' },
      limits: { memory: '2Gi' },
    });
    expect(sized({ limits: { memory: '1536Mi' } })).toMatchObject({ limits: { memory: '2Gi' } });
    expect(sized({ limits: { memory: '3Gi' } })).toMatchObject({ limits: { memory: '3Gi' } });
  });

  it('is told how many sessions it may have, and nothing of runs', () => {
    expect(environment(of({ browser: true }))).toMatchObject({ COFFERDAM_SESSIONS: '4' });
    const few = environment(of({ browser: true, sessionsPerPod: 2 }));
    expect(few).toMatchObject({ COFFERDAM_SESSIONS: '2' });
    expect(few).not.toHaveProperty('COFFERDAM_RUNS_PER_PROCESS');
  });
});

describe('the hash of a template', () => {
  const hash = templateHash(of());

  it('does not depend on the runner, nor on what the gateway alone knows', () => {
    expect(templateHash(of())).toBe(hash);
    const soft = { warm: { minimum: 3 }, idleTime: '1m', isolation: 'Run', limits: {} } as const;
    expect(templateHash(of(soft))).toBe(hash);
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
  });

  test.each<{ what: string; other: TemplateOf }>([
    { what: 'the image', other: of({ image: 'other:2' }) },
    { what: 'the RuntimeClass', other: of({ runtimeClassName: 'kata' }) },
    { what: 'its handler', other: of({}, { handler: 'kata' }) },
    { what: 'which gVisor', other: of({}, { gvisorVersion: 'release-20260901.0' }) },
    { what: 'resources', other: of({ resources: { limits: { memory: '2Gi' } } }) },
    { what: 'runs to a process', other: of({ runsPerProcess: 1 }) },
    { what: 'placement', other: of({ nodeSelector: { a: 'b' } }) },
    {
      what: "the gateway's address",
      other: of({}, { settings: { ...of().settings, gatewayAddress: '10.0.0.9:5901' } }),
    },
  ])('depends on $what', ({ other }) => {
    expect(templateHash(other)).not.toBe(hash);
  });
});
