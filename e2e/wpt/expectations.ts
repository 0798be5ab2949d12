import { readFileSync } from 'node:fs';
import type { CaseResult, Failure } from './run-case.ts';

/** Why something does not pass: it is about what is not here at all, or it is a gap. */
export interface Reason {
  kind: 'outOfScope' | 'gap';
  why: string;
}

/** Names may have `*` for any text. */
interface Expectations {
  reasons: Record<string, Reason>;
  /** Files that are not run, by their reason. */
  files: Record<string, string>;
  /** Failures by a part of their message: what a test needs and is not here. */
  messages: Record<string, string>;
  /** Failures by file and by the name of the subtest. */
  subtests: Record<string, Record<string, string>>;
}

/** What a case came to, held against what is expected of it. */
export interface Verdict {
  passed: number;
  /** How many failures each reason explains. */
  explained: Map<string, number>;
  unexpected: Failure[];
  /** Expected failures that did not fail. */
  surprises: string[];
}

const FILE = new URL('expectations.json', import.meta.url);

export class ExpectationList {
  readonly #all: Expectations;

  constructor(all: Expectations) {
    this.#all = all;
    for (const id of this.#named()) {
      if (!Object.hasOwn(all.reasons, id)) throw new Error(`expectations: no reason '${id}'`);
    }
  }

  static read(): ExpectationList {
    return new ExpectationList(JSON.parse(readFileSync(FILE, 'utf8')) as Expectations);
  }

  reason(id: string): Reason {
    return this.#all.reasons[id]!;
  }

  /** The reason why a file is not run at all. */
  leftOut(file: string): string | undefined {
    return firstMatch(this.#all.files, file);
  }

  judge(file: string, { passed, failed }: CaseResult): Verdict {
    const expected = Object.entries(this.#all.subtests)
      .filter(([name]) => matches(name, file))
      .flatMap(([, subtests]) => Object.entries(subtests));
    const explained = new Map<string, number>();
    const unexpected = failed.filter(({ name, message }) => {
      const id =
        expected.find(([pattern]) => matches(pattern, name))?.[1] ??
        Object.entries(this.#all.messages).find(([part]) => message.includes(part))?.[1];
      if (id !== undefined) explained.set(id, (explained.get(id) ?? 0) + 1);
      return id === undefined;
    });
    const surprises = passed.filter((name) => expected.some(([pattern]) => matches(pattern, name)));
    return { passed: passed.length, explained, unexpected, surprises };
  }

  #named(): string[] {
    const { files, messages, subtests } = this.#all;
    return [files, messages, ...Object.values(subtests)].flatMap((ids) => Object.values(ids));
  }
}

function firstMatch(patterns: Record<string, string>, name: string): string | undefined {
  return Object.entries(patterns).find(([pattern]) => matches(pattern, name))?.[1];
}

function matches(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return pattern === name;
  const parts = pattern
    .split('*')
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(name);
}
