import type { ExpectationList, Verdict } from './expectations.ts';

interface Row {
  suite: string;
  passed: number;
  gaps: number;
  outOfScope: number;
}

/** What all suites came to. */
export class Report {
  readonly #expectations: ExpectationList;
  readonly #rows = new Map<string, Row>();
  readonly #reasons = new Map<string, number>();
  readonly #problems: string[] = [];
  #leftOut = 0;

  constructor(expectations: ExpectationList) {
    this.#expectations = expectations;
  }

  get isAsExpected(): boolean {
    return this.#problems.length === 0;
  }

  /** Gives a suite its row, after those that have one. */
  begin(suite: string): void {
    this.#row(suite);
  }

  leaveOut(reason: string): void {
    this.#leftOut++;
    this.#count(reason, 0);
  }

  add(suite: string, name: string, verdict: Verdict): void {
    const row = this.#row(suite);
    row.passed += verdict.passed;
    row.gaps += verdict.unexpected.length;
    for (const [id, count] of verdict.explained) {
      if (this.#expectations.reason(id).kind === 'gap') row.gaps += count;
      else row.outOfScope += count;
      this.#count(id, count);
    }
    for (const failure of verdict.unexpected) {
      this.#problems.push(`FAILED ${name}: ${failure.name}: ${failure.message}`);
    }
    for (const surprise of verdict.surprises) {
      this.#problems.push(`PASSED against expectation, ${name}: ${surprise}`);
    }
  }

  problems(): readonly string[] {
    return this.#problems;
  }

  /** The rows of a Markdown table, the sum of all at its end. */
  table(): string {
    const rows = [...this.#rows.values()];
    const sum = (pick: (row: Row) => number) => rows.reduce((total, row) => total + pick(row), 0);
    const all: Row = {
      suite: '**all**',
      passed: sum((row) => row.passed),
      gaps: sum((row) => row.gaps),
      outOfScope: sum((row) => row.outOfScope),
    };
    const lines = [...rows, all].map((row) => {
      const inScope = row.passed + row.gaps;
      const share = inScope === 0 ? '' : `${((100 * row.passed) / inScope).toFixed(1)} %`;
      return `| ${row.suite} | ${row.passed} | ${row.gaps} | ${inScope} | ${share} | ${row.outOfScope} |`;
    });
    const head = '| suite | pass | fail | in scope | share | out of scope |';
    return [head, '| --- | --: | --: | --: | --: | --: |', ...lines].join('\n');
  }

  /** What does not pass, by its reason. */
  reasons(kind: 'gap' | 'outOfScope'): string {
    return [...this.#reasons]
      .map(([id, count]) => ({ ...this.#expectations.reason(id), count }))
      .filter((reason) => reason.kind === kind)
      .toSorted((a, b) => b.count - a.count)
      .map(({ why, count }) => (count > 0 ? `- ${why} (${count})` : `- ${why} (whole files)`))
      .join('\n');
  }

  get leftOut(): number {
    return this.#leftOut;
  }

  #row(suite: string): Row {
    const known = this.#rows.get(suite);
    const row = known ?? { suite, passed: 0, gaps: 0, outOfScope: 0 };
    if (!known) this.#rows.set(suite, row);
    return row;
  }

  #count(id: string, count: number): void {
    this.#reasons.set(id, (this.#reasons.get(id) ?? 0) + count);
  }
}
