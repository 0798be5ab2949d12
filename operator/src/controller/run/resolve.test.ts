import { API_VERSION, resolveScript, type SandboxScriptSpec } from '@cofferdam/protocol';
import { describe, expect, it } from 'vitest';
import { resolveRun } from './resolve.ts';

/** A run of a published script with this spec. */
function resolved(spec: Partial<SandboxScriptSpec>) {
  const metadata = { name: 'x', namespace: 'home' };
  const head = { apiVersion: API_VERSION, metadata } as const;
  const script = resolveScript(
    { ...head, kind: 'SandboxScript', spec: { source: { inline: '' }, ...spec } },
    { uid: 'script', generation: 1 },
  );
  const resource = { ...head, kind: 'SandboxRun' as const, spec: { scriptRef: { name: 'x' } } };
  return resolveRun(
    { resource, uid: 'run', namespace: 'home', generation: 1 },
    {
      script: () => ({ script, conditions: [] }),
      pools: () => [],
      objects: { read: () => Promise.reject(new Error('not asked')) },
    },
  );
}

describe('a run of a script', () => {
  it.each(['script', 'check'] as const)('is one where its mode is %s', async (mode) => {
    expect(await resolved({ mode })).toMatchObject({
      script: { uid: 'run', preset: expect.any(String) as string },
    });
  });

  it.each([
    ['server', 'the SandboxScript x is a server: it is asked over HTTP, not run'],
    ['worker', 'the SandboxScript x is a worker: it is connected to, not run'],
  ] as const)('is none where its mode is %s', async (mode, message) => {
    const block = { reason: 'ScriptNotRun', message, isFinal: true };
    expect(await resolved({ mode })).toMatchObject({ block });
  });
});
