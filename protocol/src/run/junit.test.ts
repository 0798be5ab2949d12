import { describe, expect, it } from 'vitest';
import { junitXml } from './junit.ts';
import type { TestResult, TestResults } from './test-results.ts';

const test = (name: string, rest: Partial<TestResult> = {}): TestResult => ({
  ...{ name, fullName: name, suitePath: [], status: 'pass', duration: 0 },
  ...rest,
});

function resultsOf(tests: TestResult[], rest: Partial<TestResults> = {}): TestResults {
  const count = (status: string) => tests.filter((one) => one.status === status).length;
  return {
    ...{ success: false, passed: count('pass'), failed: count('fail'), skipped: count('skip') },
    ...{ todo: count('todo'), total: tests.length, duration: 0, tests, suites: [], errors: [] },
    ...rest,
  };
}

describe('results as XML', () => {
  it('are suites with their tests', () => {
    const error = { name: 'AssertionError', message: 'no', expected: '1', actual: '2' };
    const tests = [
      test('a', { duration: 1500 }),
      test('b', { suitePath: ['s', 't'], status: 'fail', error, duration: 20 }),
      test('c', { suitePath: ['s', 't'], status: 'skip' }),
      test('d', { suitePath: ['s', 't'], status: 'todo' }),
    ];
    const outside = { name: 'Error', message: 'afterAll: end' };
    const results = resultsOf(tests, { duration: 1600, errors: [outside] });
    expect(junitXml(results, { name: 'script' })).toBe(
      [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<testsuites name="script" tests="5" failures="1" errors="1" skipped="2" time="1.600">',
        '  <testsuite name="script" tests="2" failures="0" errors="1" skipped="0" time="1.500">',
        '    <testcase classname="script" name="a" time="1.500"/>',
        '    <testcase classname="script" name="error 1" time="0"><error message="afterAll: end" type="Error">Error: afterAll: end</error></testcase>',
        '  </testsuite>',
        '  <testsuite name="s &gt; t" tests="3" failures="1" errors="0" skipped="2" time="0.020">',
        '    <testcase classname="s &gt; t" name="b" time="0.020"><failure message="no" type="AssertionError">AssertionError: no\nexpected: 1\nactual: 2</failure></testcase>',
        '    <testcase classname="s &gt; t" name="c" time="0.000"><skipped/></testcase>',
        '    <testcase classname="s &gt; t" name="d" time="0.000"><skipped/></testcase>',
        '  </testsuite>',
        '</testsuites>',
        '',
      ].join('\n'),
    );
  });

  it('hold no character that XML cannot', () => {
    const every = Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code)).join('');
    const name = `${every}\ud800\udc00\ud800\ufffe\uffff`;
    const error = { name, message: name, stack: name };
    const results = resultsOf([test(name, { status: 'fail', error, suitePath: [name] })]);
    const xml = junitXml(results, { name });
    // eslint-disable-next-line no-control-regex -- none of these may be in it
    expect(xml).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\ufffe\uffff]/);
    expect(xml.isWellFormed()).toBe(true);
    const unescaped = xml.replaceAll(/<\/?[a-z]+[^<>]*>|<\?[^<>]*\?>/g, '');
    expect(unescaped).not.toMatch(/[<>"']|&(?!amp;|lt;|gt;|quot;|apos;|#\d+;)/);
  });

  it('are bounded: beyond 4 MiB a failure is only named', () => {
    const text = 'x'.repeat(8_192);
    const error = { name: 'Error', message: text, stack: text };
    const tests = Array.from({ length: 1_000 }, (_, i) => test(`t${i}`, { status: 'fail', error }));
    const xml = junitXml(resultsOf(tests), { name: 'many' });
    expect(xml.length).toBeLessThan(5 * 1024 * 1024);
    expect(xml.match(/<failure/g)).toHaveLength(1_000);
    expect(xml).toContain('<failure type="Error"/>');
  });
});
