import { API_VERSION, resolvePool, type ResolvedPool } from '@cofferdam/protocol';
import type { GatewayConfig } from '@cofferdam/gateway';

/** The pool of an instance without a cluster. */
export const LOCAL_POOL = 'local';

/** Its runners are this machine's: one for each tenant in use, and one that is always there. */
export function localPool({
  maxRunners,
  runnerIdleMs,
  runsPerProcess,
}: GatewayConfig): ResolvedPool {
  const pool = resolvePool({
    apiVersion: API_VERSION,
    kind: 'SandboxPool',
    metadata: { name: LOCAL_POOL },
    spec: { runsPerProcess },
  });
  return {
    ...pool,
    warm: { minimum: 1, spare: 0, maximum: maxRunners },
    idleMs: runnerIdleMs,
  };
}

/** The pool of its browsers, where there are any. */
export const LOCAL_BROWSERS = 'browser';
/** Each takes some hundred MiB. */
const MAX_BROWSERS = 4;

/** Its browsers are processes of this machine, started when somebody needs one. */
export function localBrowserPool({ runnerIdleMs }: GatewayConfig): ResolvedPool {
  const pool = resolvePool({
    apiVersion: API_VERSION,
    kind: 'SandboxPool',
    metadata: { name: LOCAL_BROWSERS },
    spec: { browser: true, warm: { minimum: 0, spare: 0, maximum: MAX_BROWSERS } },
  });
  return { ...pool, idleMs: runnerIdleMs };
}
