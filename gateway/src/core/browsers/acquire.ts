import type { ResolvedPool } from '@cofferdam/protocol';
import type { PoolDirectory } from '../pools.ts';
import type {
  AcquireOptions,
  RunnerClaim,
  RunnerLease,
  RunnerRegistry,
} from '../runners/registry.ts';

/** Whose browser is wanted. */
export interface BrowserClaim {
  tenant: string;
  namespace: string;
  /** What of the tenant's shares a pod where the pool isolates scripts: a script's uid. */
  script: string;
  sessionId: string;
}

export interface Browsers {
  registry: Pick<RunnerRegistry, 'acquire' | 'retire'>;
  pools: Pick<PoolDirectory, 'chooseBrowser'>;
}

/**
 * A place for one session in a browser pod of the tenant, to be released when the session is over. Throws
 * `UNAVAILABLE` when there is no pool of browsers or none has a place in time, `CANCELLED` on abort.
 */
export function acquireBrowser(
  { registry, pools }: Browsers,
  claim: BrowserClaim,
  options: AcquireOptions,
): Promise<RunnerLease> {
  return registry.acquire(claimIn(pools.chooseBrowser(claim.namespace), claim), options);
}

function claimIn(pool: ResolvedPool, { tenant, script, sessionId }: BrowserClaim): RunnerClaim {
  const claim = { pool: pool.name, tenant, role: 'browser' } as const;
  switch (pool.isolation) {
    case 'Tenant':
      return claim;
    case 'Script':
      return { ...claim, scope: script };
    case 'Run':
      return { ...claim, scope: sessionId, once: true };
  }
}
