import type { TestError, TestResult, TestResults } from './test-results.ts';

/** UTF-16 units of what all failures say together; beyond it a failure is only named. */
const MAX_DETAILS = 4 * 1024 * 1024;

/** What XML 1.0 cannot hold, not even escaped. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g;
const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // As they are, a reader makes spaces of them in an attribute, and `\r` a line break in a text.
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

export interface JunitOptions {
  /** What was tested: a script's or a file's name. */
  name: string;
}

/**
 * Results as JUnit's XML, which CI systems read: a `testsuite` for each suite that has tests of its own.
 * Names and messages are the guest's words: escaped, without control characters, and bounded together.
 */
export function junitXml(results: TestResults, { name }: JunitOptions): string {
  const writer = new JunitWriter(name);
  for (const test of results.tests) writer.test(test);
  results.errors.forEach((error, index) => writer.error(error, index));
  return writer.finish(results);
}

interface Suite {
  cases: string[];
  failures: number;
  errors: number;
  skipped: number;
  ms: number;
}

class JunitWriter {
  readonly #name: string;
  readonly #suites = new Map<string, Suite>();
  #details = 0;

  constructor(name: string) {
    this.#name = name;
  }

  test(test: TestResult): void {
    const suiteName = test.suitePath.length > 0 ? test.suitePath.join(' > ') : this.#name;
    const suite = this.#suite(suiteName);
    suite.ms += test.duration;
    const isSkipped = test.status === 'skip' || test.status === 'todo';
    if (isSkipped) suite.skipped++;
    if (test.status === 'fail') suite.failures++;
    const head = attributes({
      classname: suiteName,
      name: test.name,
      time: seconds(test.duration),
    });
    suite.cases.push(`    <testcase${head}${this.#outcome(test, isSkipped)}`);
  }

  /** What is of no test stands beside the tests that are in no suite. */
  error(error: TestError, index: number): void {
    const suite = this.#suite(this.#name);
    suite.errors++;
    const head = attributes({ classname: this.#name, name: `error ${index + 1}`, time: '0' });
    suite.cases.push(`    <testcase${head}>${this.#failure('error', error)}</testcase>`);
  }

  finish({ tests, errors, failed, skipped, todo, duration }: TestResults): string {
    const head = attributes({
      name: this.#name,
      tests: tests.length + errors.length,
      failures: failed,
      errors: errors.length,
      skipped: skipped + todo,
      time: seconds(duration),
    });
    const suites = [...this.#suites].map(([name, suite]) => suiteText(name, suite));
    const lines = ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites${head}>`, ...suites];
    return `${lines.join('\n')}\n</testsuites>\n`;
  }

  #suite(name: string): Suite {
    let suite = this.#suites.get(name);
    if (!suite) {
      suite = { cases: [], failures: 0, errors: 0, skipped: 0, ms: 0 };
      this.#suites.set(name, suite);
    }
    return suite;
  }

  #outcome({ status, error }: TestResult, isSkipped: boolean): string {
    if (isSkipped) return '><skipped/></testcase>';
    if (status !== 'fail') return '/>';
    return `>${this.#failure('failure', error ?? { name: 'Error', message: '' })}</testcase>`;
  }

  #failure(tag: 'failure' | 'error', error: TestError): string {
    const { name, message, stack, expected, actual } = error;
    const detail = [
      stack ?? `${name}: ${message}`,
      ...(expected === undefined ? [] : [`expected: ${expected}`]),
      ...(actual === undefined ? [] : [`actual: ${actual}`]),
    ].join('\n');
    this.#details += detail.length + message.length;
    if (this.#details > MAX_DETAILS) return `<${tag}${attributes({ type: name })}/>`;
    const text = escaped(detail).replaceAll('&#10;', '\n');
    return `<${tag}${attributes({ message, type: name })}>${text}</${tag}>`;
  }
}

function suiteText(name: string, { cases, failures, errors, skipped, ms }: Suite): string {
  const tests = cases.length;
  const head = attributes({ name, tests, failures, errors, skipped, time: seconds(ms) });
  return [`  <testsuite${head}>`, ...cases, '  </testsuite>'].join('\n');
}

function attributes(values: Record<string, string | number>): string {
  return Object.entries(values)
    .map(([key, value]) => ` ${key}="${escaped(String(value))}"`)
    .join('');
}

function escaped(text: string): string {
  const clean = text.toWellFormed().replace(FORBIDDEN, '');
  return clean.replace(/[&<>"'\n\r\t]/g, (char) => ESCAPES[char]!);
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);
