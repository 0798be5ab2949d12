import type { InlineScript, SandboxRunSpec, SandboxScriptSpec } from '@cofferdam/protocol';
import { describe, expect, it } from 'vitest';
import { checkClusterFields } from './cluster-fields.ts';
import { checkMeaning, checkRunMeaning, sourceProblem } from './meaning.ts';

const head = { apiVersion: 'cofferdam.dev/v1alpha1', metadata: { name: 'x' } } as const;
const script = (spec: SandboxScriptSpec) => ({ ...head, kind: 'SandboxScript' as const, spec });
const run = (spec: SandboxRunSpec) => ({ ...head, kind: 'SandboxRun' as const, spec });

const source = { inline: 'return 1' };
const configMapKeyRef = { name: 'c', key: 'main.js' };
const secretKeyRef = { name: 's', key: 'k' };

const programs: [string, InlineScript, string][] = [
  ['no source', { source: {} }, 'source: needs exactly one'],
  ['two sources', { source: { ...source, configMapKeyRef } }, 'source: needs exactly one'],
  ['a variable without a value', { source, env: [{ name: 'A' }] }, 'env.0: needs exactly one'],
  [
    'a variable with two',
    { source, env: [{ name: 'A', value: '', valueFrom: { secretKeyRef } }] },
    'env.0: needs exactly one',
  ],
  ['a value from nowhere', { source, env: [{ name: 'A', valueFrom: {} }] }, 'env.0: valueFrom'],
  [
    'a value from two places',
    { source, env: [{ name: 'A', valueFrom: { secretKeyRef, configMapKeyRef } }] },
    'env.0: valueFrom',
  ],
  [
    'a language of WebAssembly',
    { engine: 'wasm', source: { inline: 'AA==', language: 'typescript' } },
    'source.language: ',
  ],
];

describe('what a schema cannot say', () => {
  const said = (problems: { path: string; message: string }[]) =>
    problems.map(({ path, message }) => `${path}: ${message}`);

  it.each(programs)('of %s', (_what, program, expected) => {
    const ofScript = said(checkMeaning(script(program)));
    expect(ofScript).toEqual([expect.stringContaining(`spec.${expected}`)]);
    const ofRun = said(checkRunMeaning(run({ script: program })));
    expect(ofRun).toEqual([expect.stringContaining(`spec.script.${expected}`)]);
  });

  it('of a run: one of two scripts', () => {
    const scriptRef = { name: 'x' };
    expect(said(checkRunMeaning(run({})))).toEqual([expect.stringContaining('exactly one')]);
    expect(said(checkRunMeaning(run({ scriptRef, script: { source } })))).toHaveLength(1);
    expect(checkRunMeaning(run({ scriptRef }))).toEqual([]);
    expect(checkRunMeaning(run({ script: { source } }))).toEqual([]);
  });

  it('of a source that is kept elsewhere', () => {
    expect(checkMeaning(script({ engine: 'wasm', source: { configMapKeyRef } }))).toEqual([]);
    expect(sourceProblem('wasm', 'return 1;')).toMatch('base64');
    expect(sourceProblem('wasm', 'AGFz\nbQ==')).toBeUndefined();
    expect(sourceProblem(undefined, 'return 1;')).toBeUndefined();
  });
});

describe('fields that lead into a cluster', () => {
  it('are told apart from those that need none', () => {
    const spec: SandboxScriptSpec = {
      source: { configMapKeyRef },
      env: [
        { name: 'A', value: 'x' },
        { name: 'B', valueFrom: { configMapKeyRef } },
        { name: 'C', valueFrom: { secretKeyRef } },
      ],
      poolRef: 'small',
    };
    const problems = checkClusterFields(script(spec));
    expect(problems.map(({ path }) => path)).toEqual([
      'spec.source.configMapKeyRef',
      'spec.env.1.valueFrom.configMapKeyRef',
      'spec.poolRef',
    ]);
    for (const { message } of problems) expect(message).toMatch(/^needs a Kubernetes cluster; /);
    expect(checkClusterFields(script({ source, env: [{ name: 'A', value: 'x' }] }))).toEqual([]);
  });
});
