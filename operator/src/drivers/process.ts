import { LocalDriver, type LocalDriverOptions } from './local-driver.ts';
import { OwnProcess, type ProcessEnd } from './own-process.ts';

export interface ProcessDriverOptions extends LocalDriverOptions<ProcessEnd> {
  /** The main module of a runner, or of a browser pod. */
  runnerEntry: URL;
  /** Unix sockets that the runner dials. */
  gatewayAddress: string;
  egressAddress: string;
  /** The `deno` program; absent lets the runner find its own. */
  denoPath?: string;
  /** More of its settings. */
  env?: Readonly<Record<string, string>>;
}

/** Starts runners, or browser pods, as processes of this machine. A process is the only boundary around them. */
export class ProcessDriver extends LocalDriver<ProcessEnd> {
  constructor(options: ProcessDriverOptions) {
    const { runnerEntry, gatewayAddress, egressAddress, denoPath, env } = options;
    const common = {
      COFFERDAM_GATEWAY: gatewayAddress,
      COFFERDAM_EGRESS: egressAddress,
      ...(denoPath ? { COFFERDAM_DENO_PATH: denoPath } : {}),
      ...env,
    };
    super(
      options,
      ({ token }) =>
        new OwnProcess({ entry: runnerEntry, env: { ...common, COFFERDAM_JOIN_TOKEN: token } }),
    );
  }
}
