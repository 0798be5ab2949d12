interface Vulnerable {
  name: string;
  severity: string;
  /** Titles of advisories, or the packages through which it is. */
  why: string;
}

export interface Audit {
  vulnerable: Vulnerable[];
  /** How many packages were asked about. */
  dependencies: number;
}

interface Report {
  vulnerabilities?: Record<string, { severity: string; via: (string | { title: string })[] }>;
  metadata?: { dependencies?: { prod?: number } };
}

/** What `npm audit --json` has found; `undefined` where it was not told. */
export function readAudit(text: string): Audit | undefined {
  const { vulnerabilities, metadata } = parse(text);
  if (!vulnerabilities || !metadata) return undefined;
  const vulnerable = Object.entries(vulnerabilities).map(([name, { severity, via }]) => ({
    ...{ name, severity },
    why: via.map((each) => (typeof each === 'string' ? `by ${each}` : each.title)).join('; '),
  }));
  return { vulnerable, dependencies: metadata.dependencies?.prod ?? 0 };
}

function parse(text: string): Report {
  try {
    return JSON.parse(text) as Report;
  } catch {
    return {};
  }
}
