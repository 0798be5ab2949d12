import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checker,
  LIMIT_BOUNDS,
  LIMIT_NAMES,
  NetRuleSchema,
  resolveScript,
  RunRequestSchema,
  RunResultSchema,
  SandboxScriptSchema,
  type Checked,
  type SandboxScript,
} from '@cofferdam/protocol';
import { runRequests, runResults, sandboxScripts } from './arbitraries.ts';

interface Mutation {
  /** What is wrong, given as the change that makes it wrong. */
  change: Record<string, unknown>;
  /** The path that the problem names. */
  path: string;
}

interface Subject {
  check: (input: unknown) => Checked<unknown>;
  valid: fc.Arbitrary<object>;
  mutations: Mutation[];
}

const checkRule = checker(NetRuleSchema);
const line = { level: 'log', message: '', time: 0 };

const subjects: Record<string, Subject> = {
  RunRequest: {
    check: checker(RunRequestSchema),
    valid: runRequests,
    mutations: [
      { change: { runId: '../../etc' }, path: 'runId' },
      { change: { tenant: '' }, path: 'tenant' },
      { change: { engine: 'vm2' }, path: 'engine' },
      { change: { code: 'x'.repeat(1024 * 1024 + 1) }, path: 'code' },
      { change: { input: { not: 'text' } }, path: 'input' },
      { change: { 'limits.cpuTimeMs': 1e9 }, path: 'limits.cpuTimeMs' },
      { change: { 'limits.memoryBytes': 0.5 }, path: 'limits.memoryBytes' },
      { change: { 'limits.extra': 1 }, path: 'limits' },
      { change: { wasm: { digest: 'zz' } }, path: 'wasm.digest' },
      { change: { wasm: { digest: 'a'.repeat(64), args: ['0x10'] } }, path: 'wasm.args.0' },
      { change: { notAfter: -1 }, path: 'notAfter' },
      { change: { unknown: true }, path: '' },
    ],
  },
  RunResult: {
    check: checker(RunResultSchema),
    valid: runResults,
    mutations: [
      { change: { exitReason: 'Fine' }, path: 'exitReason' },
      { change: { value: 42 }, path: 'value' },
      { change: { logs: [{ level: 'fatal', message: '', time: 0 }] }, path: 'logs.0.level' },
      { change: { logs: Array.from({ length: 10_002 }, () => line) }, path: 'logs' },
      { change: { 'stats.cpuTimeMs': -1 }, path: 'stats.cpuTimeMs' },
      { change: { 'stats.cpuTimeMs': Number.NaN }, path: 'stats.cpuTimeMs' },
      { change: { 'stats.attempts': 3 }, path: 'stats.attempts' },
      { change: { spans: [{ name: 'mine', start: 0, end: 0, parent: -1 }] }, path: 'spans.0.name' },
      { change: { error: { name: 'x'.repeat(257), message: '' } }, path: 'error.name' },
      { change: { layers: ['moat'] }, path: 'layers.0' },
    ],
  },
  SandboxScript: {
    check: checker(SandboxScriptSchema),
    valid: sandboxScripts,
    mutations: [
      { change: { apiVersion: 'cofferdam.dev/v9' }, path: 'apiVersion' },
      { change: { kind: 'Pod' }, path: 'kind' },
      { change: { 'metadata.name': 'Not_A_Label' }, path: 'metadata.name' },
      { change: { 'spec.source': { inline: '' } }, path: 'spec.source.inline' },
      { change: { spec: {} }, path: 'spec' },
      { change: { 'spec.sourc': {} }, path: 'spec' },
      { change: { 'spec.limits': { cpuTime: 'long' } }, path: 'spec.limits.cpuTime' },
      { change: { 'spec.limits': { memory: '1 GB' } }, path: 'spec.limits.memory' },
      { change: { 'spec.schedule': { every: '5 minutes' } }, path: 'spec.schedule.every' },
      {
        change: { 'spec.permissions': { net: [{ host: 'http://x/' }] } },
        path: 'spec.permissions.net.0.host',
      },
      {
        change: { 'spec.permissions': { net: [{ host: 'x', ports: [0] }] } },
        path: 'spec.permissions.net.0.ports.0',
      },
      {
        change: { 'spec.wasm': { imports: { env: { n: 'NaN' } } } },
        path: 'spec.wasm.imports.env.n',
      },
    ],
  },
};

/** A copy of the object in which each dotted path has its new value. */
function changed(valid: object, change: Record<string, unknown>): object {
  const copy = structuredClone(valid);
  for (const [path, value] of Object.entries(change)) {
    const names = path.split('.');
    const last = names.pop()!;
    let at = copy as Record<string, unknown>;
    for (const name of names) at = at[name] as Record<string, unknown>;
    at[last] = value;
  }
  return copy;
}

describe.each(Object.entries(subjects))('%s', (_, { check, valid, mutations }) => {
  it('takes every valid one, also after a trip through JSON', () => {
    fc.assert(
      fc.property(valid, (value) => {
        expect(check(value)).toEqual({ ok: true, value });
        expect(check(JSON.parse(JSON.stringify(value))).ok).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it.each(mutations)('names $path for $change', ({ change, path }) => {
    fc.assert(
      fc.property(valid, (value) => {
        const checked = check(changed(value, change));
        expect(checked.ok ? [] : checked.problems.map((problem) => problem.path)).toContain(path);
      }),
      { numRuns: 10 },
    );
  });

  it('says what is missing', () => {
    const [sample] = fc.sample(valid, 1);
    for (const name of Object.keys(sample!)) {
      const { [name]: _left, ...rest } = sample as Record<string, unknown>;
      const checked = check(rest);
      if (checked.ok) continue; // an optional one
      expect(checked.problems[0]).toEqual({ path: '', message: `missing field '${name}'` });
    }
  });

  it('never throws and never lists more than a few problems, whatever comes', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const checked = check(value);
        expect(checked.ok ? 0 : checked.problems.length).toBeLessThanOrEqual(8);
      }),
      { numRuns: 300 },
    );
  });
});

describe('resolveScript', () => {
  it('fills in every default and keeps every limit within its bounds', () => {
    fc.assert(
      fc.property(sandboxScripts, (script) => {
        const { permissions } = (script as SandboxScript).spec;
        const credentials = (permissions?.net ?? []).map((_, rule) => ({ rule, headers: [] }));
        const identity = { uid: 'u', generation: 1 };
        const resolved = resolveScript(script as SandboxScript, identity, { credentials });
        // What crosses to a runner, and what HTTP takes, has no names of Secrets in it.
        expect(resolved.net.map((rule) => checkRule(rule).ok)).not.toContain(false);
        for (const name of LIMIT_NAMES) {
          expect(resolved.limits[name]).toBeGreaterThanOrEqual(LIMIT_BOUNDS[name].minimum);
          expect(resolved.limits[name]).toBeLessThanOrEqual(LIMIT_BOUNDS[name].maximum);
        }
        expect(Object.values(resolved)).not.toContain(undefined);
      }),
      { numRuns: 200 },
    );
  });

  it('has the defaults that the schema describes', () => {
    const script = {
      apiVersion: 'cofferdam.dev/v1alpha1',
      kind: 'SandboxScript',
      metadata: { name: 'hello' },
      spec: { source: { inline: 'return 1' } },
    } satisfies SandboxScript;
    expect(resolveScript(script, { uid: 'u', generation: 3 })).toMatchObject({
      uid: 'u',
      generation: 3,
      namespace: 'default',
      name: 'hello',
      engine: 'isolate',
      language: 'auto',
      preset: 'agent',
      reuse: 'none',
      env: {},
      net: [],
      maxRequests: 50,
      history: 50,
    });
  });
});
