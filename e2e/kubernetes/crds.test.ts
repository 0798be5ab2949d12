import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SandboxScript } from '@cofferdam/protocol';
import { checkMeaning } from '../../operator/src/sources/meaning.ts';
import { sandboxScripts } from '../../protocol/test/arbitraries.ts';
import { startApiServer, type ApiServer } from '../cluster/api-server.ts';
import { REFUSED } from './refused.ts';

const CRDS = fileURLToPath(new URL('../../crds', import.meta.url));
const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));

let server: ApiServer;

beforeAll(async () => {
  server = await startApiServer();
  await server.kubectl(['apply', '-f', CRDS]);
  await server.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  await server.kubectl(['create', 'namespace', 'examples']);
}, 900_000);

afterAll(async () => {
  await server?.stop();
});

function resource(kind: string, name: string, spec: object): string {
  return JSON.stringify({
    apiVersion: 'cofferdam.dev/v1alpha1',
    kind,
    metadata: { name },
    spec,
  });
}

const apply = async (kind: string, name: string, spec: object) =>
  server.kubectl(['apply', '-f', '-'], resource(kind, name, spec));

async function read(kind: string, name: string): Promise<{ spec: object; status?: object }> {
  return JSON.parse(await server.kubectl(['get', kind, name, '-o', 'json'])) as { spec: object };
}

const patch = async (target: string, change: object, ...flags: string[]) =>
  server.kubectl(['patch', target, '--type=merge', '-p', JSON.stringify(change), ...flags]);

describe('the CRDs', () => {
  it('are applied server-side as well, over what client-side apply left', async () => {
    const said = await server.kubectl(['apply', '--server-side', '--force-conflicts', '-f', CRDS]);
    expect(said.match(/serverside-applied/g)).toHaveLength(3);
  });

  it('break no rule that an API server has for schemas', async () => {
    const { items } = JSON.parse(await server.kubectl(['get', 'crd', '-o', 'json'])) as {
      items: { status: { conditions: { type: string; status: string }[] } }[];
    };
    const seen = items.flatMap(({ status }) => status.conditions);
    expect(seen.filter(({ type }) => type === 'NonStructuralSchema')).toEqual([]);
    expect(
      seen.filter(({ type, status }) => type === 'NamesAccepted' && status === 'True'),
    ).toHaveLength(3);
  });

  it('take every example', async () => {
    const said = await server.kubectl(['apply', '-f', EXAMPLES]);
    expect(said.trim().split('\n').length).toBeGreaterThanOrEqual(15);
    expect(said).not.toMatch(/error|warning/i);
  });

  it('take every script that the operator takes', async () => {
    const scripts = (fc.sample(sandboxScripts, { numRuns: 200, seed: 7 }) as SandboxScript[])
      .map(corrected)
      .map((script, index) => ({ ...script, metadata: { name: `s${index}` } }));
    const list = { apiVersion: 'v1', kind: 'List', items: scripts };
    const flags = ['apply', '--server-side', '--dry-run=server', '-f', '-'];
    const said = await server.kubectl(flags, JSON.stringify(list));
    expect(said.match(/serverside-applied/g)).toHaveLength(scripts.length);
  });

  it.each(REFUSED)('refuse $what', async ({ kind, spec, name = 'bad', message }) => {
    await expect(apply(kind, name, spec)).rejects.toThrow(message);
  });
});

/** Without the fields that the operator says are wrong, and variables that stand twice. */
function corrected(script: SandboxScript): SandboxScript {
  const spec = structuredClone(script.spec) as SandboxScript['spec'];
  const { env } = spec;
  if (env) spec.env = [...new Map(env.map((variable) => [variable.name, variable])).values()];
  for (const { path } of checkMeaning({ ...script, spec })) {
    const field = path.split('.')[1] as keyof typeof spec;
    // What is wrong with a source is that its engine is wasm.
    delete spec[field === 'source' ? 'engine' : field];
  }
  const rest = checkMeaning({ ...script, spec });
  return rest.length === 0 ? { ...script, spec } : corrected({ ...script, spec });
}

describe('defaults', () => {
  it('of a script appear, and none that depends on something else', async () => {
    await apply('SandboxScript', 'plain', {
      source: { inline: 'return 1' },
      schedule: { every: '5s' },
    });
    expect((await read('sbx', 'plain')).spec).toEqual({
      engine: 'isolate',
      mode: 'script',
      source: { inline: 'return 1', language: 'auto' },
      schedule: { every: '5s', concurrencyPolicy: 'Forbid', startingDeadline: '30s' },
      reuse: 'none',
      suspend: false,
      history: 50,
    });
  });

  it('of a run appear', async () => {
    await apply('SandboxRun', 'plain', { scriptRef: { name: 'plain' } });
    expect((await read('sbxr', 'plain')).spec).toEqual({
      scriptRef: { name: 'plain' },
      ttlSecondsAfterFinished: 3600,
    });
  });

  it('of a pool appear, also beside what it says itself', async () => {
    await apply('SandboxPool', 'plain', {
      warm: { minimum: 2 },
      resources: { limits: { cpu: 1 } },
    });
    expect((await read('sbxp', 'plain')).spec).toMatchObject({
      namespaces: ['*'],
      runtimeClassName: 'gvisor',
      isolation: 'Tenant',
      warm: { minimum: 2, spare: 1, maximum: 16 },
      resources: { limits: { cpu: 1, memory: '1536Mi' }, requests: { cpu: '100m' } },
      egress: { requireClosed: true },
      idleTime: '10m',
    });
  });
});

describe('free-form input', () => {
  it.each([[null], [0], ['text'], [[1, [null]]], [{ a: { b: null, '': [{}] } }]])(
    'is kept as it is: %j',
    async (input) => {
      const text = resource('SandboxScript', 'input', { source: { inline: 'x' }, input });
      await server.kubectl(['apply', '--server-side', '-f', '-'], text);
      expect((await read('sbx', 'input')).spec).toHaveProperty('input', input);
    },
  );

  it('does not let unknown fields through beside it', async () => {
    const text = resource('SandboxScript', 'beside', { source: { inline: 'x' }, inputs: 1 });
    const loose = ['create', '--validate=ignore', '-f', '-'];
    await server.kubectl(loose, text);
    expect((await read('sbx', 'beside')).spec).not.toHaveProperty('inputs');
  });
});

describe('subresources', () => {
  const finished = {
    status: {
      observedGeneration: 1,
      phase: 'Succeeded',
      exitReason: 'Completed',
      durationMs: 12,
      conditions: [
        {
          type: 'Complete',
          status: 'True',
          reason: 'Completed',
          message: 'the run completed',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    },
  };

  it('keep status from whoever may write a spec, and the spec from status', async () => {
    await apply('SandboxRun', 'done', { scriptRef: { name: 'plain' } });
    await patch('sbxr/done', finished);
    expect((await read('sbxr', 'done')).status).toBeUndefined();
    await patch('sbxr/done', { ...finished, spec: { input: 1 } }, '--subresource=status');
    expect(await read('sbxr', 'done')).toMatchObject({
      spec: { scriptRef: { name: 'plain' } },
      ...finished,
    });
    expect((await read('sbxr', 'done')).spec).not.toHaveProperty('input');
    await server.kubectl(['wait', 'sbxr/done', '--for=condition=Complete', '--timeout=1s']);
  });

  it('hold no more of a result than they say', async () => {
    const result = JSON.stringify('x'.repeat(33_000));
    await expect(
      patch('sbxr/done', { status: { result } }, '--subresource=status'),
    ).rejects.toThrow('status.result: Too long');
  });

  it('scale a pool, within its bounds', async () => {
    await server.kubectl(['scale', 'sbxp/plain', '--replicas=5']);
    expect((await read('sbxp', 'plain')).spec).toMatchObject({ warm: { minimum: 5 } });
    await expect(server.kubectl(['scale', 'sbxp/plain', '--replicas=17'])).rejects.toThrow(
      'spec.warm.minimum',
    );
    const status = {
      observedGeneration: 1,
      replicas: 3,
      ready: 2,
      bound: 1,
      conditions: [],
      selector: 'a=b',
    };
    await patch('sbxp/plain', { status }, '--subresource=status');
    const path = '/apis/cofferdam.dev/v1alpha1/sandboxpools/plain/scale';
    expect(JSON.parse(await server.kubectl(['get', '--raw', path]))).toMatchObject({
      spec: { replicas: 5 },
      status: { replicas: 3, selector: 'a=b' },
    });
  });
});

describe('a SandboxRun', () => {
  it.each([
    ['its script', { script: { source: { inline: 'return 2' } }, input: { a: [1] } }],
    [
      'its input, which no schema knows',
      { script: { source: { inline: 'return 1' } }, input: { a: [2] } },
    ],
    ['its input, taken away', { script: { source: { inline: 'return 1' } } }],
  ])('cannot be changed: %s', async (_what, spec) => {
    const first = { script: { source: { inline: 'return 1' } }, input: { a: [1] } };
    await apply('SandboxRun', 'fixed', first);
    await apply('SandboxRun', 'fixed', first);
    await expect(apply('SandboxRun', 'fixed', spec)).rejects.toThrow('spec of a SandboxRun cannot');
  });

  it('can still have labels', async () => {
    const said = await server.kubectl(['label', 'sbxr/fixed', 'team=home']);
    expect(said).toContain('labeled');
  });
});

describe('kubectl', () => {
  it('explains a field', async () => {
    const said = await server.kubectl(['explain', 'sandboxscript.spec.schedule']);
    expect(said).toMatch(/cron\s+<string>\n\s+Five fields/);
    expect(said).toMatch(/Default: Forbid/);
  });

  it('shows whether they are well', async () => {
    const said = await server.kubectl(['get', 'sbx', '-n', 'examples']);
    const [head, ...rows] = said.trim().split('\n');
    const columns = ['NAME', 'READY', 'HEALTHY', 'REASON', 'SCHEDULE', 'LAST RESULT', 'LAST RUN'];
    expect(head!.split(/\s{2,}/)).toEqual([...columns, 'AGE']);
    expect(rows.find((row) => row.startsWith('cron'))).toContain('30 6 * * *');
    expect(rows.find((row) => row.startsWith('flaky'))).toContain('10s');
  });

  it('finds them all by their category', async () => {
    const said = await server.kubectl(['get', 'sandbox', '-A', '-o', 'name']);
    for (const kind of ['script', 'run', 'pool']) {
      expect(said).toContain(`sandbox${kind}.cofferdam.dev/plain`);
    }
  });

  it('does not take them away with `all`', async () => {
    expect(await server.kubectl(['get', 'all', '-n', 'examples'])).not.toContain('sandboxscript');
  });
});
