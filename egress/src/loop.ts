import { loopEntry, othersInLoop } from '@cofferdam/protocol';
import { withoutHeaders, type Headers } from './headers.ts';

const NAME = 'cdn-loop';
const NAMES = new Set([NAME]);

/**
 * A guest's headers with the entry that says to a gateway whose request it is: whatever the guest said
 * there of Cofferdam's own is gone, what it said of others stays. Ours is first: quotes that another
 * entry leaves open hide nothing before them.
 */
export function withLoop(headers: Headers, value: string | undefined): Headers {
  const said = headers.filter(([name]) => name.toLowerCase() === NAME);
  if (said.length === 0 && value === undefined) return headers;
  const others = said.flatMap(([, entries]) => othersInLoop(entries));
  const entries = [...(value === undefined ? [] : [loopEntry(value)]), ...others];
  const rest = withoutHeaders(headers, NAMES);
  return entries.length === 0 ? rest : [...rest, [NAME, entries.join(', ')]];
}
