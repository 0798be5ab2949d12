import type { GatewayConfig } from '../config.ts';
import { startGateway, type Gateway } from '../gateway.ts';
import type { Log } from '../log.ts';
import type { ClusterGatewayConfig } from './config.ts';
import { ControlServer } from './control-server.ts';
import { controlHandlers } from './handlers.ts';
import { OperatorLink } from './operator-link.ts';
import { PublishedScripts } from './published-scripts.ts';

export interface ClusterGatewayOptions {
  config: GatewayConfig;
  cluster: ClusterGatewayConfig;
  /** What an operator proves to be one with. */
  controlToken: string;
  /** What this gateway proves to egress to be one with. */
  egressToken: string;
  log: Log;
}

/**
 * A gateway in a cluster: runners dial it over the network, and an operator says on a private port
 * what there is to run. What was said last stays while the operator is away.
 */
export async function startClusterGateway(options: ClusterGatewayOptions): Promise<Gateway> {
  const { config, cluster, controlToken, egressToken, log } = options;
  const announced = Promise.withResolvers<void>();
  let ready = false;
  const gateway = await startGateway({
    config,
    dataDir: cluster.dataDir,
    runnerAddresses: [cluster.runnerListen],
    announced: announced.promise,
    egress: { control: cluster.egressControl, controlToken: egressToken },
    ready: () => ready,
    lameDuckMs: cluster.lameDuckMs,
    log,
  });
  const operator = new OperatorLink();
  const scripts = new PublishedScripts({
    core: gateway.core,
    onRun: (run) => operator.finished(run),
  });
  const control = new ControlServer({
    address: cluster.controlListen,
    token: controlToken,
    handlers: controlHandlers({
      core: gateway.core,
      scripts,
      operator,
      onReady: () => {
        ready = true;
        announced.resolve();
      },
    }),
    onOperator: (channel) => operator.connect(channel),
    log: (message, details) => log('warn', message, details),
  });
  gateway.attachScripts(scripts);
  gateway.core.registry.attach(operator);
  try {
    await control.listen();
  } catch (error) {
    await gateway.close();
    throw error;
  }
  return {
    ...gateway,
    async close() {
      await gateway.close();
      operator.close();
      await control.close();
    },
  };
}
