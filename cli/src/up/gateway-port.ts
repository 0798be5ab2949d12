import type { GatewayCore, RunOutcome } from '@cofferdam/gateway';
import type { GatewayPort } from '@cofferdam/operator';

type Core = Pick<GatewayCore, 'runs' | 'catalogue' | 'compile'>;

/** The gateway of this process, as the operator asks it. */
export function gatewayPort(core: Core): GatewayPort<RunOutcome> {
  return {
    run: async (script, ask) => core.runs.execute(await core.catalogue.intent(script, ask)),
    compile: (script, signal) => core.compile(script, signal),
    publish: (catalogue) => void core.catalogue.publish(catalogue),
  };
}
