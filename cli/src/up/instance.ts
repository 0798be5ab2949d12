import { readServerHosts, type GatewayConfig, type RunOutcome } from '@cofferdam/gateway';
import type { Operator, OperatorEvent } from '@cofferdam/operator';
import type { Layer } from '@cofferdam/protocol';
import type { DemoService } from '../demo/service.ts';
import { takeDataDir } from './data-dir.ts';
import type { DriverChoice } from './driver.ts';
import { makeOperator, startParts, type PartLog } from './parts.ts';

export interface InstanceOptions {
  config: GatewayConfig;
  folder: string;
  dataDir: string;
  allowPrivate: readonly string[];
  /** The folder of Secrets; absent: there are none. */
  secrets?: string | undefined;
  demo: boolean;
  driver: DriverChoice;
  chromium?: string | undefined;
  onEvent: (event: OperatorEvent) => void;
  log: PartLog;
}

/** Everything of `cofferdam up`, running. */
export interface Instance {
  /** Where the API is. */
  url: string;
  operator: Operator<RunOutcome>;
  demo: DemoService | undefined;
  dataDir: string;
  /** What stands around runners' processes. */
  layers: readonly Layer[];
  /** Ends everything in order: schedules, runs, the API, runners, egress, files. */
  close(): Promise<void>;
}

/** Starts an instance; what cannot start ends what was started, and says why. */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
  await using stack = new AsyncDisposableStack();
  const dataDir = await takeDataDir(options.dataDir);
  stack.defer(() => dataDir.release());
  const { gateway, demo, layers } = await startParts(stack, { ...options, dataDir });
  const serverHosts = readServerHosts(options.config.serverHosts);
  const operator = makeOperator(stack, { ...options, dataDir, core: gateway.core, serverHosts });
  gateway.attachScripts(operator);
  await operator.start();
  const running = stack.move();
  return {
    url: gateway.url,
    operator,
    demo,
    dataDir: dataDir.path,
    layers,
    close: () => running.disposeAsync(),
  };
}
