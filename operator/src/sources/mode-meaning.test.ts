import type { SandboxScriptSpec } from '@cofferdam/protocol';
import { describe, expect, it } from 'vitest';
import { checkMeaning } from './meaning.ts';

const head = { apiVersion: 'cofferdam.dev/v1alpha1', metadata: { name: 'x' } } as const;
const source = { inline: 'serve({})' };

function said(spec: Omit<SandboxScriptSpec, 'source'>): string[] {
  const problems = checkMeaning({ ...head, kind: 'SandboxScript', spec: { source, ...spec } });
  return problems.map(({ path, message }) => `${path}: ${message}`);
}

describe('what a mode cannot have', () => {
  it.each<[string, Omit<SandboxScriptSpec, 'source'>, string]>([
    [
      'a check of Deno',
      { mode: 'check', engine: 'deno' },
      'spec.mode: only the isolate engine has checks',
    ],
    ['a server of WebAssembly', { mode: 'server', engine: 'deno' }, 'spec.mode: only the isolate'],
    [
      'a check without a platform',
      { mode: 'check', preset: 'agent' },
      'spec.preset: a check has preset web',
    ],
    [
      'a server that is reused',
      { mode: 'server', reuse: 'script' },
      'spec.reuse: a server has none',
    ],
    ['a check that is reused', { mode: 'check', reuse: 'script' }, 'spec.reuse: a check has none'],
    [
      'a server with a schedule',
      { mode: 'server', schedule: { every: '5s' } },
      'spec.schedule: a server has none',
    ],
    ['a server with an input', { mode: 'server', input: {} }, 'spec.input: a server has none'],
    ['a script with a route', { route: { path: '/a' } }, 'spec.route: a script has none'],
    ['a check with instances', { mode: 'check', server: {} }, 'spec.server: a check has none'],
    [
      'a worker with a route',
      { mode: 'worker', route: { path: '/a' } },
      'spec.route: a worker has none',
    ],
    [
      'a route to everywhere',
      { mode: 'server', route: {} },
      'spec.route: needs a `host` or a `path`',
    ],
    [
      'the path / without a host',
      { mode: 'server', route: { path: '/' } },
      'spec.route: needs a `host`',
    ],
    [
      'a path of the API',
      { mode: 'server', route: { path: '/v1/x' } },
      'spec.route.path: the API has',
    ],
    [
      'more instances at least than at most',
      { mode: 'server', server: { minInstances: 5 } },
      'spec.server.minInstances: is more than maxInstances',
    ],
    [
      'a browser of Deno',
      { engine: 'deno', permissions: { browser: true } },
      'spec.permissions.browser: only the isolate engine',
    ],
  ])('is %s', (_what, spec, expected) => {
    expect(said(spec)).toEqual([expect.stringContaining(expected)]);
  });

  it.each<[string, Omit<SandboxScriptSpec, 'source'>]>([
    [
      'a check with all that it may have',
      {
        mode: 'check',
        schedule: { every: '5s' },
        input: 1,
        env: [],
        permissions: { browser: true },
      },
    ],
    [
      'a server with all that it may have',
      {
        mode: 'server',
        env: [],
        suspend: true,
        route: { path: '/a/b', auth: 'none' },
        server: { minInstances: 1 },
      },
    ],
    ['a server at a host', { mode: 'server', route: { host: 'a.example.com', path: '/v1' } }],
    ['a script with a browser', { permissions: { browser: true } }],
  ])('is not what %s has', (_what, spec) => {
    expect(said(spec)).toEqual([]);
  });
});
