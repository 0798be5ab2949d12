import { describe, expect, it } from 'vitest';
import { parseFile } from './document.ts';
import { describeProblem } from './source.ts';

const script = (name: string, spec: string) => `apiVersion: cofferdam.dev/v1alpha1
kind: SandboxScript
metadata:
  name: ${name}
spec:
${spec
  .split('\n')
  .map((line) => `  ${line}`)
  .join('\n')}
`;
const problemsOf = (text: string) => {
  const { entries, problems } = parseFile('jobs/a.yaml', text);
  return [...problems, ...entries.flatMap((entry) => entry.problems)].map(describeProblem);
};

describe('a file', () => {
  it('holds many documents', () => {
    const text = `${script('one', 'source: { inline: return 1 }')}---\n${script('two', 'source: { inline: return 2 }')}---\n`;
    const { entries, problems } = parseFile('a.yaml', text);
    expect(problems).toEqual([]);
    expect(entries.map(({ name, namespace, line }) => [namespace, name, line])).toEqual([
      ['default', 'one', 4],
      ['default', 'two', 11],
    ]);
    expect(entries[1]!.resource!.spec.source.inline).toBe('return 2');
  });

  it('keeps the other documents when one is broken', () => {
    const text = `${script('one', 'source: { inline: 7 }')}---\n${script('two', 'source: { inline: return 2 }')}`;
    const { entries } = parseFile('a.yaml', text);
    expect(entries.map(({ name, resource }) => [name, resource !== undefined])).toEqual([
      ['one', false],
      ['two', true],
    ]);
  });

  it('says where a field is wrong', () => {
    const text = script('one', 'source:\n  inline: return 1\nschedule:\n  every: often');
    expect(problemsOf(text)).toEqual([
      expect.stringMatching(/^jobs\/a\.yaml:9:12: spec\.schedule\.every: /),
    ]);
  });

  it('says where an unknown field would have been', () => {
    const text = script('one', 'source:\n  inline: return 1\n  inlined: return 2');
    expect(problemsOf(text)).toEqual([
      expect.stringMatching(/^jobs\/a\.yaml:7:5: spec\.source: unknown field 'inlined'$/),
    ]);
  });

  it('says where the YAML is broken, and still whose it is', () => {
    const text = script('one', 'source: { inline: return 1 }\ninput: [1, 2');
    const { entries } = parseFile('a.yaml', text);
    expect(entries[0]).toMatchObject({ name: 'one', namespace: 'default' });
    expect(entries[0]!.resource).toBeUndefined();
    expect(entries[0]!.problems[0]).toMatchObject({ file: 'a.yaml', line: 8 });
  });

  it('reports a key that stands twice', () => {
    const text = script('one', 'source: { inline: return 1 }\nhistory: 1\nhistory: 2');
    expect(problemsOf(text)).toEqual(["jobs/a.yaml:8:3: the key 'history' stands twice"]);
  });

  it('reports a document that names no script', () => {
    expect(problemsOf('kind: Deployment\nmetadata: { name: x }\n')[0]).toMatch(
      /^jobs\/a\.yaml:1:1: /,
    );
    expect(problemsOf('just text')[0]).toMatch(/^jobs\/a\.yaml:1:1: /);
    expect(problemsOf(script('Not_A_Name', 'source: { inline: x }'))[0]).toMatch(
      /4:9: metadata\.name/,
    );
  });
});

describe('what a schema cannot say', () => {
  const source = 'source: { inline: return 1 }\n';
  it.each([
    [
      'both every and cron',
      `${source}schedule: { every: 5s, cron: "* * * * *" }`,
      /spec\.schedule: needs exactly one/,
    ],
    ['neither of them', `${source}schedule: {}`, /spec\.schedule: needs exactly one/],
    [
      'too often',
      `${source}schedule: { every: 900ms }`,
      /spec\.schedule\.every: must be at least 1s/,
    ],
    ['no cron', `${source}schedule: { cron: "61 * * * *" }`, /spec\.schedule\.cron: .*minute/],
    [
      'no time zone',
      `${source}schedule: { cron: "0 3 * * *", timeZone: Middle/Earth }`,
      /spec\.schedule\.timeZone: no time zone/,
    ],
    [
      'wasm without its engine',
      `${source}wasm: { entry: add }`,
      /spec\.wasm: needs `engine: wasm`/,
    ],
    [
      'wasm that is no base64',
      `engine: wasm\n${source}`,
      /spec\.source\.inline: must be the base64/,
    ],
    ['a preset of Deno', `engine: deno\npreset: web\n${source}`, /spec\.preset: only the isolate/],
    ['reuse of Deno', `engine: deno\nreuse: script\n${source}`, /spec\.reuse: only the isolate/],
    [
      'a value of a ConfigMap without a cluster',
      `${source}env: [{ name: A, valueFrom: { configMapKeyRef: { name: s, key: k } } }]`,
      /:7:50: spec\.env\.0\.valueFrom\.configMapKeyRef: needs a Kubernetes cluster/,
    ],
    [
      'a ConfigMap without a cluster',
      'source: { configMapKeyRef: { name: s, key: k } }',
      /spec\.source\.configMapKeyRef: needs a Kubernetes cluster/,
    ],
    [
      'an authority of a ConfigMap without a cluster',
      `${source}permissions: { net: [{ host: a.test, caFrom: { configMapKeyRef: { name: s, key: k } } }] }`,
      /spec\.permissions\.net\.0\.caFrom\.configMapKeyRef: needs a Kubernetes cluster/,
    ],
    ['a pool without a cluster', `${source}poolRef: small`, /spec\.poolRef: needs a Kubernetes/],
  ])('%s', (_what, spec, expected) => {
    const problems = problemsOf(script('one', spec));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
  });
});

describe('a hostile file', () => {
  it('is not read when it is too large', () => {
    expect(problemsOf(`# ${'x'.repeat(1_100_000)}`)).toEqual([
      'jobs/a.yaml: the file is larger than 1 MiB',
    ]);
  });

  it('cannot blow up through aliases', () => {
    const lol = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 12; i++) {
      const [name, of] = [String.fromCharCode(97 + i), String.fromCharCode(96 + i)];
      lol.push(`${name}: &${name} [${`*${of}, `.repeat(10)}]`);
    }
    expect(problemsOf(lol.join('\n'))[0]).toMatch(/alias/i);
  });

  it.each([
    ['brackets', '['.repeat(500_000)],
    ['maps', `${'{a: '.repeat(900)}1${'}'.repeat(900)}`],
    ['sequences', `${'- '.repeat(20_000)}x`],
    ['indentation', Array.from({ length: 1_200 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ])('of nested %s is a problem, not an end', (_what, text) => {
    expect(problemsOf(text).length).toBeGreaterThan(0);
  });

  it('of a hundred thousand keys is read in one breath', () => {
    const keys = Array.from({ length: 90_000 }, (_, i) => `f${i}: 1`).join('\n');
    const start = performance.now();
    expect(problemsOf(keys).length).toBeGreaterThan(0);
    // Comparing every key with every other takes half a minute.
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('cannot reach a prototype', () => {
    const text = script(
      'one',
      'source: { inline: return 1 }\ninput: { __proto__: { polluted: true } }',
    );
    parseFile('a.yaml', text);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('names at most some of its problems', () => {
    const fields = Array.from({ length: 5_000 }, (_, i) => `f${i}: 1`).join('\n');
    expect(
      problemsOf(script('one', `source: { inline: x }\n${fields}`)).length,
    ).toBeLessThanOrEqual(8);
  });
});
