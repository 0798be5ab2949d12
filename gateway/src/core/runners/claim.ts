import { hash } from 'node:crypto';
import type { ResolvedPool } from '@cofferdam/protocol';
import type { RunIntent } from '../intent.ts';
import type { RunnerClaim } from './registry.ts';

/** For whom the run's runner is, as its pool isolates. */
export function claimOfRun(pool: ResolvedPool, intent: RunIntent, runId: string): RunnerClaim {
  const { tenant } = intent;
  switch (pool.isolation) {
    case 'Tenant':
      return { pool: pool.name, tenant };
    case 'Script':
      return { pool: pool.name, tenant, scope: scopeOf(intent) };
    case 'Run':
      return { pool: pool.name, tenant, scope: runId, once: true };
  }
}

/** Checking a source runs nothing of it, but parses it: where scripts are apart, in a runner of its own. */
export function claimOfCheck(pool: ResolvedPool, tenant: string): RunnerClaim {
  const shared = pool.isolation === 'Tenant';
  return { pool: pool.name, tenant, ...(shared ? {} : { scope: 'compile' }) };
}

/** A source that somebody sends is a script of its own. */
export function scopeOf({ script, code, wasm }: RunIntent): string {
  return script?.uid ?? `inline-${wasm?.digest ?? hash('sha256', code ?? '')}`;
}
