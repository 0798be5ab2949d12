import type { ResolvedPool } from '@cofferdam/protocol';
import type { RunnerClaim } from './registry.ts';
import type { Roster } from './roster.ts';
import type { Runner } from './runner.ts';

/** A runner starts with two isolate processes: more calls than they hold are better off in another runner. */
const PROCESSES = 2;

/**
 * The claim's runner with the fewest calls. Where even that one has many, a free one, as long as the
 * pool may make another: a tenant under load takes nobody else's last runner.
 */
export function chooseRunner(
  roster: Roster,
  claim: RunnerClaim,
  rules: ResolvedPool | undefined,
): Runner | undefined {
  const serving = roster.serving(claim);
  if (serving && !isCrowded(serving, rules)) return serving;
  const hasRoom = roster.counts(claim.pool).joined < (rules?.warm.maximum ?? 0);
  if (serving && !hasRoom) return serving;
  return roster.free(claim.pool) ?? serving;
}

function isCrowded({ active }: Runner, rules: ResolvedPool | undefined): boolean {
  return rules !== undefined && active >= PROCESSES * rules.runsPerProcess;
}
