import { hash } from 'node:crypto';
import type { ResolvedScript } from '@cofferdam/protocol';

const UNSEEN: ReadonlySet<string> = new Set(['generation', 'history', 'server']);
const known = new WeakMap<ResolvedScript, string>();

/** Of two scripts with the same revision an instance of the one is as good as one of the other. */
export function revisionOf(script: ResolvedScript): string {
  let revision = known.get(script);
  if (revision === undefined) known.set(script, (revision = computed(script)));
  return revision;
}

/** Of everything but what an instance never sees: where it answers, and how many there are. */
function computed(script: ResolvedScript): string {
  const seen = Object.entries(script).filter(([name]) => !UNSEEN.has(name));
  const fields = seen.sort(([a], [b]) => (a < b ? -1 : 1));
  return hash('sha256', JSON.stringify(fields));
}
