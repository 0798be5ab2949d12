/** Where a run stands below the one that nobody's run asked for. */
export interface Lineage {
  /** That run, by a random name: 24 hexadecimal digits. */
  root: string;
  /** Requests to a gateway between it and this one: 0 of a root. */
  depth: number;
}

/** What one run's requests carry after `cofferdam; v=` in `CDN-Loop` (RFC 8586): only gateways can read it. */
export const LOOP_VALUE_PATTERN = '^[0-9A-Za-z_-]{1,128}$';

/** An entry of `CDN-Loop` that makes a request known as one of this run's. */
export function loopEntry(value: string): string {
  return `cofferdam; v=${value}`;
}

const VALUES = /(?<![0-9A-Za-z_-])cofferdam[ \t]*;[ \t]*v=([0-9A-Za-z_-]{1,128})/gi;
/** Commas within quotes belong to their entry. */
const ENTRIES = /(?:"(?:[^"\\]|\\.)*"?|[^",])+/gs;
const OURS = /^cofferdam[ \t]*(;|$)/i;

/** The values in a `CDN-Loop` header, wherever they are in it: who may have written them is not asked. */
export function loopValues(header: string): string[] {
  return Array.from(header.matchAll(VALUES), ([, value]) => value!);
}

/** The entries of a `CDN-Loop` header that are not Cofferdam's, as they came. */
export function othersInLoop(header: string): string[] {
  const entries = header.match(ENTRIES) ?? [];
  return entries.map((entry) => entry.trim()).filter((entry) => entry !== '' && !OURS.test(entry));
}
