import { fileURLToPath } from 'node:url';
import type { RunStatus, SandboxRunSpec } from '@cofferdam/protocol';
import {
  connect,
  sandboxRuns,
  type CustomResource,
  type KubernetesClient,
} from '@cofferdam/operator/kubernetes';
import { startApiServer, type ApiServer } from '../cluster/api-server.ts';
import { document, NAMESPACE, RunRig, type RunOperator } from './run-rig.ts';

const CRDS = fileURLToPath(new URL('../../crds', import.meta.url));

export const within = { timeout: 30_000, interval: 20 };

/** An API server with our CRDs beside a gateway with a runner, and what a person does with kubectl. */
export class RunCluster {
  api!: ApiServer;
  client!: KubernetesClient;
  readonly rig = new RunRig();
  readonly #open = new Set<RunOperator>();
  #count = 0;

  async start(): Promise<void> {
    this.api = await startApiServer();
    await this.api.kubectl(['apply', '-f', CRDS]);
    const established = ['--for=condition=Established', 'crd', '--all', '--timeout=60s'];
    await this.api.kubectl(['wait', ...established]);
    await this.api.kubectl(['create', 'namespace', NAMESPACE]);
    this.client = await connect({ kubeconfig: this.api.kubeconfig, userAgent: 'test' });
    await this.rig.start();
  }

  async stop(): Promise<void> {
    await this.rig.stop();
    this.client?.close();
    await this.api?.stop();
  }

  /** Ends every operator, and removes every run. */
  async clear(): Promise<void> {
    await Promise.all([...this.#open].map((each) => each.crash()));
    this.#open.clear();
    await this.kubectl(['delete', 'sandboxruns', '--all', '--wait=false']);
  }

  readonly kubectl = (args: readonly string[], input?: string): Promise<string> =>
    this.api.kubectl([...args, '-n', NAMESPACE], input);

  readonly operator = async (
    through: KubernetesClient = this.client,
    over: Parameters<RunRig['operator']>[1] = {},
  ): Promise<RunOperator> => {
    const started = await this.rig.operator(through, over);
    this.#open.add(started);
    return started;
  };

  /** Answers the run's name. */
  readonly create = async (spec: SandboxRunSpec, metadata: object = {}): Promise<string> => {
    this.#count += 1;
    const name = `run-${this.#count}`;
    await this.kubectl(['create', '-f', '-'], document(name, spec, metadata));
    return name;
  };

  readonly wait = (name: string, condition = 'Complete'): Promise<string> =>
    this.kubectl(['wait', `sandboxrun/${name}`, `--for=condition=${condition}`, '--timeout=30s']);

  readonly read = (name: string): Promise<CustomResource> =>
    this.client.get(sandboxRuns, { namespace: NAMESPACE, name });

  readonly exists = (name: string): Promise<boolean> =>
    this.read(name).then(
      () => true,
      () => false,
    );

  readonly statusOf = async (name: string): Promise<RunStatus | undefined> =>
    (await this.read(name)).status as RunStatus | undefined;

  readonly reasonOf = async (name: string): Promise<string | undefined> =>
    (await this.statusOf(name))?.conditions.find(({ type }) => type === 'Failed')?.reason;
}
