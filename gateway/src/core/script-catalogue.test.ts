import { resolveScript, type ResolvedScript, type SandboxScript } from '@cofferdam/protocol';
import { describe, expect, it } from 'vitest';
import { createCatalogue } from './script-catalogue.ts';

function script(name: string, spec: Partial<SandboxScript['spec']> = {}): ResolvedScript {
  const resource: SandboxScript = {
    apiVersion: 'cofferdam.dev/v1alpha1',
    kind: 'SandboxScript',
    metadata: { name, namespace: 'home' },
    spec: { source: { inline: 'return 1' }, ...spec },
  };
  return resolveScript(resource, { uid: `uid-${name}`, generation: 2 });
}

function catalogue() {
  const modules = new Map<string, Uint8Array>();
  const made = createCatalogue({
    hasModule: (_tenant, digest) => modules.has(digest),
    keepModule: (_tenant, bytes) => {
      modules.set(`d${bytes.byteLength}`, bytes);
      return Promise.resolve(`d${bytes.byteLength}`);
    },
  });
  return { made, modules };
}

describe('the catalogue', () => {
  it('takes only a higher version, and takes it whole', () => {
    const { made } = catalogue();
    expect(made.publish({ version: 1, scripts: [script('a')] })).toBe(true);
    expect(made.publish({ version: 3, scripts: [script('b')] })).toBe(true);
    expect(made.publish({ version: 2, scripts: [script('c')] })).toBe(false);
    expect(made.publish({ version: 3, scripts: [] })).toBe(false);
    expect(made.list().map(({ name }) => name)).toEqual(['b']);
    expect(made.get('home', 'b')?.uid).toBe('uid-b');
    expect(made.get('home', 'a')).toBeUndefined();
    expect(made.get('work', 'b')).toBeUndefined();
  });

  it('makes a run of a script, whose tenant is its namespace', async () => {
    const { made } = catalogue();
    const spec = { input: { a: 1 }, env: [{ name: 'LEVEL', value: '3' }], history: 7 };
    const intent = await made.intent(script('a', spec), { trigger: 'schedule', scheduledAt: 5 });
    expect(intent).toMatchObject({
      tenant: 'home',
      trigger: 'schedule',
      name: 'a',
      code: 'return 1',
      preset: 'agent',
      input: { a: 1 },
      env: { LEVEL: '3' },
      scheduledAt: 5,
      script: { uid: 'uid-a', namespace: 'home', name: 'a', generation: 2, history: 7 },
    });
    const other = await made.intent(script('a', spec), { trigger: 'manual', input: null });
    expect(other.input).toBeNull();
  });

  it('keeps a module’s bytes once, and again when they are gone', async () => {
    const { made, modules } = catalogue();
    const inline = Buffer.from('\0asm').toString('base64');
    const wasm = script('w', {
      engine: 'wasm',
      source: { inline: `${inline}\n` },
      wasm: { entry: 'f' },
    });
    const intent = await made.intent(wasm, { trigger: 'manual' });
    expect(intent.wasm).toEqual({ digest: 'd4', entry: 'f' });
    expect(intent.code).toBeUndefined();
    modules.clear();
    await made.intent(wasm, { trigger: 'manual' });
    expect([...modules.keys()]).toEqual(['d4']);
  });

  it('refuses a module that is no base64', async () => {
    const { made } = catalogue();
    const wasm = script('w', { engine: 'wasm', source: { inline: 'not base64!' } });
    await expect(made.intent(wasm, { trigger: 'manual' })).rejects.toMatchObject({
      code: 'INVALID_WASM',
    });
  });
});
