import { randomBytes } from 'node:crypto';
import type { ExpectedRunner, RunnerReport, SandboxPoolSpec } from '@cofferdam/protocol';
import {
  connect,
  EventRecorder,
  KubernetesError,
  namespaces,
  pods,
  runtimeClasses,
  sandboxPools,
  type KubernetesClient,
  type Pod,
  type ResourceDescriptor,
} from '@cofferdam/operator/kubernetes';
import type { PoolStatus } from '@cofferdam/protocol';
import { PoolController } from '../../operator/src/controller/pool/pool-controller.ts';
import type { RunnerGateways } from '../../operator/src/gateways/runner-gateway.ts';
import { systemClock, type Clock } from '../../operator/src/schedule/clock.ts';
import type { ApiServer } from '../cluster/api-server.ts';

/** The gateways' side of the port: writes down what it is told, and waits for as many as it is set to. */
export class GatewayRecords implements RunnerGateways {
  readonly expected = new Map<string, ExpectedRunner>();
  readonly forgotten: string[] = [];
  readonly retired: string[] = [];
  waiting = 0;

  expect(runner: ExpectedRunner): void {
    this.expected.set(runner.runnerId, runner);
  }

  forget(runnerId: string): void {
    this.expected.delete(runnerId);
    this.forgotten.push(runnerId);
  }

  retire(runnerId: string): void {
    if (!this.retired.includes(runnerId)) this.retired.push(runnerId);
  }

  demandOf(pool: string) {
    return { pool, joined: 0, unbound: 0, expected: this.expected.size, waiting: this.waiting };
  }
}

/** Time that can be moved on; the sweep for orphans comes every half second. */
class MovableClock implements Clock {
  #aheadMs = 0;

  now(): number {
    return Date.now() + this.#aheadMs;
  }

  after(ms: number, callback: () => void): () => void {
    return systemClock.after(ms === 60_000 ? 500 : ms, callback);
  }

  skip(ms: number): void {
    this.#aheadMs += ms;
  }
}

export interface Started {
  controller: PoolController;
  gateways: GatewayRecords;
  clock: MovableClock;
  errors: unknown[];
  pools: string[][];
}

/** One namespace of runner pods at a real API server without a kubelet: the test says what pods do. */
export class PoolRig {
  readonly client: KubernetesClient;
  readonly namespace = `runners-${randomBytes(3).toString('hex')}`;
  readonly #started: Started[] = [];
  readonly #lagging: LaggingClient[] = [];
  readonly #recorder: EventRecorder;

  private constructor(client: KubernetesClient) {
    this.client = client;
    const identity = { controller: 'cofferdam.dev/operator', instance: 'test' };
    this.#recorder = new EventRecorder({ client, ...identity });
  }

  static async open(api: ApiServer): Promise<PoolRig> {
    const client = await connect({ kubeconfig: api.kubeconfig, userAgent: 'pools' });
    const rig = new PoolRig(client);
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await client.create(namespaces, { metadata: { name: rig.namespace, labels } });
    const account = ['get', 'serviceaccount', 'default', '--namespace', rig.namespace];
    // The controller manager makes it; without it no pod is taken.
    for (;;) if (await api.kubectl(account).catch(() => undefined)) break;
    return rig;
  }

  async start(client: KubernetesClient = this.client): Promise<Started> {
    const gateways = new GatewayRecords();
    const clock = new MovableClock();
    const started: Pick<Started, 'errors' | 'pools'> = { errors: [], pools: [] };
    const controller = new PoolController({
      ...{ client, gateways, clock, recorder: this.#recorder },
      runnerNamespace: this.namespace,
      image: 'runner:1',
      browserImage: 'cofferdam-browser:test',
      imagePullPolicy: 'Never',
      gatewayAddress: '10.199.0.10:5901',
      egressAddress: '10.199.0.11:5911',
      apiServerAddress: '10.199.0.1:443',
      onPools: (all) => started.pools.push(all.map(({ name }) => name)),
      onError: (error) => started.errors.push(error),
    });
    const all = { ...started, controller, gateways, clock };
    this.#started.push(all);
    await controller.start();
    return all;
  }

  lagging(): LaggingClient {
    const lag = lagging(this.client);
    this.#lagging.push(lag);
    return lag;
  }

  async close(): Promise<void> {
    for (const lag of this.#lagging) lag.release();
    await Promise.all(this.#started.map(({ controller }) => controller.close()));
    for (const { metadata } of (await this.client.list(sandboxPools)).items) {
      await this.client.delete(sandboxPools, { name: metadata.name });
    }
    await this.#recorder.close();
    this.client.close();
  }

  async runtimeClass(name: string, handler = 'runsc'): Promise<void> {
    try {
      await this.client.create(runtimeClasses, { metadata: { name }, handler });
    } catch (error) {
      if (!(error instanceof KubernetesError && error.alreadyExists)) throw error;
    }
  }

  async pool(name: string, spec: SandboxPoolSpec): Promise<void> {
    const options = { fieldManager: 'test', force: true };
    await this.client.applyServerSide(sandboxPools, { metadata: { name }, spec }, options);
  }

  async status(name: string): Promise<PoolStatus | undefined> {
    return (await this.client.get(sandboxPools, { name })).status as PoolStatus | undefined;
  }

  async condition(name: string, type = 'Ready') {
    return (await this.status(name))?.conditions.find((each) => each.type === type);
  }

  async pods(): Promise<Pod[]> {
    const { items } = await this.client.list(pods, { namespace: this.namespace });
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  async names(): Promise<string[]> {
    return (await this.pods()).map(({ metadata }) => metadata.name).sort();
  }

  /** What a kubelet says of a pod. */
  async setStatus(name: string, status: NonNullable<Pod['status']>): Promise<void> {
    const metadata = { name, namespace: this.namespace };
    const options = { fieldManager: 'kubelet', force: true, subresource: 'status' as const };
    await this.client.applyServerSide(pods, { metadata, status }, options);
  }

  /** The pod runs, and its runner has joined. */
  async join(name: string, { controller }: Started, over: Partial<RunnerReport> = {}) {
    await this.setStatus(name, { phase: 'Running', hostIP: '192.0.2.7' });
    const report = { runnerId: name, works: true, reached: [], ready: true };
    controller.onReport({ ...report, layers: [], versions: {}, ...over });
  }
}

export interface LaggingClient {
  client: KubernetesClient;
  /** From now on the cache hears nothing of pods. */
  hold(): void;
  release(): void;
  /** Resource versions of pods as the cache has heard of them, by name. */
  heard: Map<string, string | undefined>;
}

/** A client whose watch of pods can be held back: what a slow API server does to a cache. */
function lagging(real: KubernetesClient): LaggingClient {
  let gate: PromiseWithResolvers<void> | undefined;
  const heard = new Map<string, string | undefined>();
  const watch: KubernetesClient['watch'] = async function* (resource, query, signal) {
    for await (const event of real.watch(resource, query, signal)) {
      if (resource.plural === 'pods') await gate?.promise;
      const { name, resourceVersion } = event.object.metadata;
      if (resource.plural === 'pods') heard.set(name, resourceVersion);
      yield event;
    }
  };
  return {
    client: altered(real, { watch }),
    heard,
    hold: () => (gate = Promise.withResolvers()),
    release: () => {
      gate?.resolve();
      gate = undefined;
    },
  };
}

/** The real client, with some of its verbs other than they are. */
export function altered(
  real: KubernetesClient,
  verbs: Partial<Pick<KubernetesClient, 'watch' | 'create' | 'mergePatch'>>,
): KubernetesClient {
  return new Proxy(real, {
    get(target, key: keyof KubernetesClient) {
      if (key in verbs) return verbs[key as keyof typeof verbs];
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

export const lost = () =>
  new KubernetesError({ status: 0, reason: 'Unreachable', message: 'the connection broke' });

export const isOf = (resource: ResourceDescriptor, plural: string) => resource.plural === plural;
