import {
  connect,
  LeaderElection,
  type KubernetesClient,
  type LeaderTerm,
} from '../kubernetes/index.ts';
import { namespacesOf, type OperatorConfig } from './config.ts';
import { startHealthServer, type HealthServer } from './health-server.ts';
import { Leadership } from './leadership.ts';

export interface ClusterOperatorOptions {
  config: OperatorConfig;
  /** What gateways know the operator by. */
  token: string;
  /** `host:port` of the API server as pods reach it. */
  apiServerAddress: string;
  /** Told when it led and does no more, so that the process can begin anew. */
  onLost: () => void;
  log: (level: 'error' | 'warn' | 'info', message: string, details?: object) => void;
}

const VERSION = '0.1.0';

/** An operator in a cluster: waits until it is the one that works, then works until it is not. */
export class ClusterOperator {
  readonly #options: ClusterOperatorOptions;
  readonly #client: KubernetesClient;
  readonly #election: LeaderElection;
  readonly #health: HealthServer;
  #leadership: Promise<Leadership> | undefined;
  #working: Leadership | undefined;
  #closing = false;

  static async start(options: ClusterOperatorOptions): Promise<ClusterOperator> {
    const client = await connect({ userAgent: `cofferdam-operator/${VERSION}` });
    const started: { operator?: ClusterOperator } = {};
    const health = await startHealthServer(options.config.healthPort, () =>
      started.operator ? started.operator.figures() : { leading: false, gateways: 0, scripts: {} },
    );
    started.operator = new ClusterOperator(options, client, health);
    return started.operator;
  }

  private constructor(
    options: ClusterOperatorOptions,
    client: KubernetesClient,
    health: HealthServer,
  ) {
    this.#options = options;
    this.#client = client;
    this.#health = health;
    const { config, log } = options;
    this.#election = new LeaderElection({
      client,
      namespace: config.namespace,
      name: config.leaseName,
      candidate: config.podName,
      onElected: (term) => this.#lead(term),
      onError: (error) => log('warn', 'the lease could not be had', { error: String(error) }),
    });
    const namespaces = namespacesOf(config);
    log('info', 'waiting for the lease', { lease: config.leaseName, namespaces });
  }

  figures() {
    const working = this.#working;
    return {
      leading: working !== undefined,
      gateways: working?.gateways.connected ?? 0,
      scripts: working?.counts() ?? {},
    };
  }

  /** Ends what it does, then gives the lease to whoever waits for it. */
  async close(): Promise<void> {
    this.#closing = true;
    const leadership = await this.#leadership?.catch(() => undefined);
    await leadership?.close();
    await this.#election.close();
    await this.#health.close();
    this.#client.close();
  }

  #lead(term: LeaderTerm): void {
    const { config, token, apiServerAddress, onLost, log } = this.#options;
    log('info', 'working', { epoch: term.epoch });
    this.#leadership = Leadership.begin({
      ...{ client: this.#client, config, token, apiServerAddress, term },
      onError: (error) => log('warn', 'a controller will try again', { error: describe(error) }),
    });
    // What was begun in a term cannot go on in another: the process begins anew.
    const lost = () => {
      if (!this.#closing) onLost();
    };
    term.signal.addEventListener('abort', lost, { once: true });
    this.#leadership.then(
      (leadership) => void (this.#working = leadership),
      (error: unknown) => {
        log('error', 'the operator could not start', { error: describe(error) });
        lost();
      },
    );
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.message}${cause}`;
}
