import { describe, expect, it } from 'vitest';
import { resolvePool } from './resolved-pool.ts';
import { resolveScript, type ScriptReferences } from './resolved-script.ts';
import type { SandboxScriptSpec } from './sandbox-script.ts';

const head = { apiVersion: 'cofferdam.dev/v1alpha1', metadata: { name: 'x' } } as const;
const resolve = (spec: SandboxScriptSpec, references?: ScriptReferences) =>
  resolveScript({ ...head, kind: 'SandboxScript', spec }, { uid: 'u', generation: 1 }, references);

const source = { inline: 'return 1' };
const secret = (name: string, optional?: boolean) => ({
  name,
  valueFrom: { secretKeyRef: { name: 's', key: 'k', ...(optional ? { optional } : {}) } },
});

describe('references of a script', () => {
  it('supply the values that it does not hold itself', () => {
    const env = [{ name: 'A', value: 'own' }, secret('B'), secret('C', true)];
    expect(resolve({ source, env }, { env: { B: 'kept', A: 'other' } }).env).toEqual({
      A: 'own',
      B: 'kept',
    });
  });

  it('are not guessed: what is missing is an error that names its field', () => {
    const env = [{ name: 'A', value: '' }, secret('B')];
    expect(() => resolve({ source, env })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', message: 'spec.env.1: has no value' }),
    );
    // A variable may have the name of something that every object inherits.
    expect(() => resolve({ source, env: [secret('constructor')] }, { env: {} })).toThrow('env.0');
    const configMapKeyRef = { name: 'c', key: 'main.js' };
    expect(() => resolve({ source: { configMapKeyRef } })).toThrow('spec.source: has no value');
  });

  it('supply the source text', () => {
    const configMapKeyRef = { name: 'c', key: 'main.ts' };
    const spec = { source: { configMapKeyRef, language: 'typescript' } } as const;
    expect(resolve(spec, { source: 'return 2' })).toMatchObject({
      code: 'return 2',
      language: 'typescript',
    });
  });

  it('supply the pool, with its defaults and ceilings', () => {
    const pool = resolvePool({
      ...head,
      kind: 'SandboxPool',
      metadata: { name: 'small' },
      spec: {
        limits: { defaults: { cpuTime: '50ms' }, ceilings: { requests: 2, memory: '16Mi' } },
      },
    });
    const resolved = resolve({ source, limits: { requests: 9, memory: '1Gi' } }, { pool });
    expect(resolved).toMatchObject({
      pool: 'small',
      maxRequests: 2,
      limits: { cpuTimeMs: 50, memoryBytes: 16 * 2 ** 20 },
    });
    expect(resolve({ source })).not.toHaveProperty('pool');
  });
});

describe('the mode of a script', () => {
  it('decides about its preset, unless it says one', () => {
    expect(resolve({ source })).toMatchObject({ preset: 'agent' });
    expect(resolve({ source })).not.toHaveProperty('mode');
    expect(resolve({ source, mode: 'check' })).toMatchObject({ mode: 'check', preset: 'web' });
    expect(resolve({ source, mode: 'worker' })).toMatchObject({ mode: 'worker', preset: 'web' });
    expect(resolve({ source, mode: 'check', preset: 'data' }).preset).toBe('data');
  });

  it('server has its scaling and its route with all that they leave open', () => {
    expect(resolve({ source, mode: 'server' }).server).toEqual({
      ...{ minInstances: 0, maxInstances: 4, concurrency: 32 },
      ...{ idleMs: 300_000, suspended: false },
    });
    const server = { minInstances: 1, idle: '10s' };
    const route = { host: 'a.example.com' };
    expect(resolve({ source, mode: 'server', server, route, suspend: true }).server).toMatchObject({
      ...{ minInstances: 1, maxInstances: 4, idleMs: 10_000, suspended: true },
      route: { host: 'a.example.com', path: '/', auth: 'token' },
    });
    expect(resolve({ source, server })).not.toHaveProperty('server');
  });

  it('may have a browser', () => {
    expect(resolve({ source, permissions: { browser: true } }).browser).toBe(true);
    expect(resolve({ source, permissions: { browser: false } })).not.toHaveProperty('browser');
  });
});
