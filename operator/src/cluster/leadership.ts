import { ENGINES, type ScriptStatus } from '@cofferdam/protocol';
import { PoolController } from '../controller/pool/pool-controller.ts';
import { RunController } from '../controller/run/run-controller.ts';
import type { OperatorEvent } from '../events.ts';
import { Gateways } from '../gateways/gateways.ts';
import {
  EventRecorder,
  ResourceCache,
  sandboxScripts,
  type CustomResource,
  type KubernetesClient,
  type LeaderTerm,
} from '../kubernetes/index.ts';
import { systemClock } from '../schedule/clock.ts';
import { ScriptKeeper } from '../script-keeper.ts';
import { namespacesOf, serverHostsOf, type OperatorConfig } from './config.ts';
import { GatewayEndpoints } from './gateway-endpoints.ts';
import { ClusterGatewayPort } from './gateway-port.ts';
import { ObjectReader } from './object-reader.ts';
import { ClusterReferences } from './references.ts';
import { ScriptEvents } from './script-events.ts';
import { ScriptStatusStore } from './script-status-store.ts';
import { ClusterScripts } from './scripts.ts';
import { serviceAddress } from './service-address.ts';

const FIELD_MANAGER = 'cofferdam-operator';
const CONTROLLER = 'cofferdam.dev/operator';
const GATEWAY_PORT = 5901;
const EGRESS_PORT = 5911;
/** Secrets of the first scripts are waited for no longer; they are read on behind it. */
const FIRST_READ_MS = 5_000;

export interface LeadershipOptions {
  client: KubernetesClient;
  config: OperatorConfig;
  /** What gateways know the operator by. */
  token: string;
  /** `host:port` of the API server as pods reach it: no runner may. */
  apiServerAddress: string;
  term: LeaderTerm;
  onError: (error: unknown) => void;
}

/** Everything that the one working operator does; it begins with a term and ends with it. */
export class Leadership {
  readonly gateways: Gateways;
  readonly #options: LeadershipOptions;
  readonly #client: KubernetesClient;
  readonly #recorder: EventRecorder;
  readonly #objects: ObjectReader;
  readonly #references: ClusterReferences;
  readonly #store: ScriptStatusStore;
  readonly #events: ScriptEvents;
  readonly #keeper: ScriptKeeper;
  readonly #port: ClusterGatewayPort;
  readonly #scripts: ResourceCache<CustomResource>;
  readonly #pools: PoolController;
  readonly #runs: RunController;
  #endpoints: GatewayEndpoints | undefined;

  /** Reads where things are, then starts. Rejects when the API server cannot say. */
  static async begin(options: LeadershipOptions): Promise<Leadership> {
    const { client, config } = options;
    const { namespace } = config;
    const [gateway, egress] = await Promise.all([
      serviceAddress(client, { namespace, name: config.runnersService }, GATEWAY_PORT),
      serviceAddress(client, { namespace, name: config.egressService }, EGRESS_PORT),
    ]);
    const leadership = new Leadership(options, { gateway, egress });
    await leadership.#start();
    return leadership;
  }

  private constructor(options: LeadershipOptions, addresses: { gateway: string; egress: string }) {
    const { config, onError } = options;
    // Whatever a controller writes, it writes within the term: a process that was stopped for a while as well.
    const client = options.client.guarded(() => options.term.check());
    this.#client = client;
    const namespaces = namespacesOf(config);
    const shared = { client, onError, clock: systemClock };
    const recorder = new EventRecorder({
      ...{ client, onError, controller: CONTROLLER, instance: config.podName },
    });
    this.#options = options;
    this.#recorder = recorder;
    this.gateways = this.#makeGateways();
    this.#objects = new ObjectReader({
      ...shared,
      isUsed: (reference) => this.#references.isUsed(reference),
      onChange: (reference) => {
        this.#keeper.notice(this.#references.usersOf(reference));
        this.#runs.notice();
      },
    });
    this.#pools = this.#makePools(addresses);
    this.#scripts = new ResourceCache({
      ...{ client, onError, namespaces, resource: sandboxScripts },
      onChange: (key, object) => {
        if (!object) {
          this.#references.forget(key);
          this.#events.forget(key);
        }
        this.#keeper.notice([key]);
      },
    });
    this.#references = new ClusterReferences(
      () => this.#pools.pools(),
      (reference) => this.#objects.data(reference),
    );
    this.#store = new ScriptStatusStore({
      ...shared,
      objects: this.#scripts,
      write: (object, status) => this.#writeStatus(object, status),
    });
    this.#events = new ScriptEvents(recorder);
    this.#port = new ClusterGatewayPort(this.gateways, (key) => this.#keeper.view(key));
    this.#keeper = new ScriptKeeper({
      source: new ClusterScripts(this.#scripts),
      store: this.#store,
      gateway: this.#port,
      engines: new Set(ENGINES),
      references: this.#references,
      serverHosts: serverHostsOf(options.config),
      epoch: options.term.epoch,
      clock: systemClock,
      emit: (event) => this.#onEvent(event),
    });
    this.#runs = new RunController({
      ...{ ...shared, namespaces, recorder, objects: this.#objects },
      run: (run, signal) => this.gateways.run(run, signal),
      script: (key) => this.#scriptOf(key),
      pools: () => this.#pools.pools(),
    });
  }

  #makeGateways(): Gateways {
    const { token, term, onError } = this.#options;
    return new Gateways({
      ...{ token, onError, epoch: term.epoch },
      events: {
        onDemand: (pool) => this.#pools.onDemand(pool),
        onReport: (report) => this.#pools.onReport(report),
        onDiscard: (runnerId, reason) => this.#pools.onDiscard(runnerId, reason),
        bind: (runnerId, owner) => this.#pools.bind(runnerId, owner),
      },
      onRun: ({ namespace, name, outcome, trigger }) =>
        this.#keeper.record(`${namespace}/${name}`, outcome, trigger),
    });
  }

  #makePools(addresses: { gateway: string; egress: string }): PoolController {
    const { config, apiServerAddress, onError } = this.#options;
    return new PoolController({
      ...{ client: this.#client, onError, apiServerAddress, clock: systemClock },
      gateways: this.gateways,
      recorder: this.#recorder,
      runnerNamespace: config.runnerNamespace,
      image: config.runnerImage,
      browserImage: config.browserImage,
      imagePullPolicy: config.runnerImagePullPolicy,
      gatewayAddress: addresses.gateway,
      egressAddress: addresses.egress,
      onPools: (pools) => {
        this.gateways.setPools(pools);
        this.#keeper.notice(this.#scripts.keys());
        this.#runs.notice();
      },
    });
  }

  #scriptOf(key: string) {
    const view = this.#keeper.view(key);
    const script = this.#keeper.runnable(key);
    return view && { conditions: view.status.conditions, ...(script ? { script } : {}) };
  }

  /** Scripts by what their Ready condition says. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = { True: 0, False: 0, Unknown: 0 };
    for (const key of this.#scripts.keys()) {
      const conditions = this.#keeper.view(key)?.status.conditions ?? [];
      const status = conditions.find(({ type }) => type === 'Ready')?.status ?? 'Unknown';
      counts[status] = (counts[status] ?? 0) + 1;
    }
    return counts;
  }

  /** Ends schedules and runs under way, writes what was not written, and lets the gateways go. */
  async close(): Promise<void> {
    await this.#runs.close();
    await this.#keeper.close();
    await this.#scripts.close();
    await this.#store.close();
    await this.#endpoints?.close();
    this.gateways.close();
    await this.#pools.close();
    this.#objects.close();
    await this.#recorder.close();
  }

  async #start(): Promise<void> {
    const { client, config, onError } = this.#options;
    await Promise.all([this.#pools.start(), this.#scripts.synced()]);
    this.#store.trustEarlier();
    await this.#lookAtAll();
    // Only now: a gateway drops what it is not told of.
    this.gateways.start();
    this.#endpoints = new GatewayEndpoints({
      client,
      namespace: config.namespace,
      service: config.controlService,
      onChange: (found) => this.gateways.setEndpoints(found),
      onError,
    });
    await this.#runs.start();
  }

  /** Publishes every script that an earlier operator had published, without a compiler. */
  async #lookAtAll(): Promise<void> {
    this.#keeper.look(this.#scripts.keys());
    await this.#objects.settled(FIRST_READ_MS);
    this.#keeper.look(this.#scripts.keys());
    this.#keeper.notice(this.#scripts.keys());
  }

  #onEvent(event: OperatorEvent): void {
    if (event.type !== 'status') return;
    this.#port.tell(event.key);
    // Some may wait for a script to be there, or to be ready.
    this.#runs.notice();
    const object = this.#scripts.get(event.key);
    if (object && event.view) this.#events.notice(object, event.view.status);
  }

  async #writeStatus({ metadata }: CustomResource, status: ScriptStatus): Promise<void> {
    // Who sees that a script is Ready may run it at once.
    await this.gateways.told();
    const { namespace, name } = metadata;
    await this.#client.applyServerSide(
      sandboxScripts,
      { metadata: { ...(namespace === undefined ? {} : { namespace }), name }, status },
      { fieldManager: FIELD_MANAGER, force: true, subresource: 'status' },
    );
  }
}
