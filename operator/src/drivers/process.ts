import { LocalDriver, type LocalDriverOptions } from './local-driver.ts';
import { OwnProcess, type ProcessEnd } from './own-process.ts';

export interface ProcessDriverOptions extends LocalDriverOptions<ProcessEnd> {
  /** The runner's main module. */
  runnerEntry: URL;
  /** Unix sockets that the runner dials. */
  gatewayAddress: string;
  egressAddress: string;
  /** The `deno` program; absent lets the runner find its own. */
  denoPath?: string;
}

/** Starts runners as processes of this machine. A process is the only boundary around them. */
export class ProcessDriver extends LocalDriver<ProcessEnd> {
  constructor(options: ProcessDriverOptions) {
    const { runnerEntry, gatewayAddress, egressAddress, denoPath } = options;
    const common = {
      COFFERDAM_GATEWAY: gatewayAddress,
      COFFERDAM_EGRESS: egressAddress,
      ...(denoPath ? { COFFERDAM_DENO_PATH: denoPath } : {}),
    };
    super(
      options,
      ({ token }) =>
        new OwnProcess({ entry: runnerEntry, env: { ...common, COFFERDAM_JOIN_TOKEN: token } }),
    );
  }
}
