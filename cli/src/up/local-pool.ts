import { API_VERSION, resolvePool, type ResolvedPool } from '@cofferdam/protocol';
import type { GatewayConfig } from '@cofferdam/gateway';

/** The one pool of an instance without a cluster. */
export const LOCAL_POOL = 'local';

/** Its runners are this machine's: one for each tenant in use, and one that is always there. */
export function localPool({ maxRunners, runnerIdleMs }: GatewayConfig): ResolvedPool {
  const pool = resolvePool({
    apiVersion: API_VERSION,
    kind: 'SandboxPool',
    metadata: { name: LOCAL_POOL },
    spec: {},
  });
  return {
    ...pool,
    warm: { minimum: 1, spare: 0, maximum: maxRunners },
    idleMs: runnerIdleMs,
  };
}
