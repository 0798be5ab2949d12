import type { ResolvedPool } from '@cofferdam/protocol';
import type { RunnerClaim } from './registry.ts';
import type { Roster } from './roster.ts';
import type { Runner, RunnerIdentity } from './runner.ts';

/** A runner starts with two isolate processes: more calls than they hold are better off in another runner. */
const PROCESSES = 2;

/**
 * The claim's runner with the fewest calls, of those that are not to be avoided. Where even that one has
 * many, or there is none, a free one, as long as the pool may make another: a tenant under load takes
 * nobody else's last runner.
 */
export function chooseRunner(
  roster: Roster,
  claim: RunnerClaim,
  rules: ResolvedPool | undefined,
  avoid?: ReadonlySet<string>,
): Runner | undefined {
  if (claim.role === 'browser') return chooseBrowser(roster, claim, rules);
  const wanted = roster.serving(claim, avoid);
  if (wanted && !isCrowded(wanted, rules)) return wanted;
  const serving = wanted ?? roster.serving(claim);
  const hasRoom = roster.counts(claim.pool).joined < (rules?.warm.maximum ?? 0);
  if (serving && !hasRoom) return serving;
  return roster.free(claim) ?? serving;
}

/** A browser pod that has all the sessions that it may have is given no more: the next ones wait. */
function chooseBrowser(
  roster: Roster,
  claim: RunnerClaim,
  rules: ResolvedPool | undefined,
): Runner | undefined {
  const serving = roster.serving(claim);
  const hasPlace = serving !== undefined && serving.active < (rules?.browserSessions ?? 0);
  return hasPlace ? serving : roster.free(claim);
}

function isCrowded({ active }: Runner, rules: ResolvedPool | undefined): boolean {
  return rules !== undefined && active >= PROCESSES * rules.runsPerProcess;
}

/** Whether what dialled is what the pool is for; of a pool that is not known yet nobody can say. */
export function suitsPool({ role }: RunnerIdentity, rules: ResolvedPool | undefined): boolean {
  if (rules === undefined) return true;
  return role === (rules.browserSessions === undefined ? 'runner' : 'browser');
}
