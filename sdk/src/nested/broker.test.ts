import { CofferdamError } from '@cofferdam/protocol';
import { describe, expect, it } from 'vitest';
import { BindingScope } from '../bindings/scope.ts';
import { Servers } from '../server/servers.ts';
import { Namespaces } from '../sessions/namespace.ts';
import { NestedHosts } from './nested-hosts.ts';
import { cutPolicy, policyOf, type Policy } from './policy.ts';
import { Quota } from './quota.ts';

/** What a guest can ask whose host has lost its connection: whatever it says, nothing is opened. */
function guest(policy: Policy = policyOf(undefined)!) {
  const context = () => {
    throw new CofferdamError('CONNECTION_LOST');
  };
  const hosts = new NestedHosts({ context, servers: new Servers(), namespaces: new Namespaces() });
  const nested = hosts.begin(policy, new BindingScope('r', {}, () => {}));
  const ask = async (method: string, ...args: unknown[]) => {
    const handler = nested.handler(method);
    if (!handler) return 'no such method';
    return await (async () => (await handler(...args)) as unknown)().then(
      () => 'fine',
      (error: unknown) => CofferdamError.from(error).code,
    );
  };
  return { ask, nested };
}

const RUBBISH = [undefined, null, 0, -1, 1.5, '1', {}, [], () => {}, Symbol('s'), 2 ** 53];

describe('what a guest forges', () => {
  it('names no method that there is not', async () => {
    const { ask } = guest();
    for (const method of ['', '__proto__', 'constructor', 'toString', 'open', 'handler', 'end']) {
      // eslint-disable-next-line no-await-in-loop -- a handful
      expect(await ask(method)).toBe('no such method');
    }
  });

  it.each(['createRuntime', 'createTestRuntime', 'createAppServer', 'getNamespacedRuntime'])(
    'is refused by %s, and takes no place',
    async (method) => {
      const { ask } = guest({ ...policyOf(undefined)!, maxTotalResources: 1 });
      for (const value of RUBBISH) {
        // eslint-disable-next-line no-await-in-loop
        expect(await ask(method, value, {})).toBe('INVALID_INPUT');
      }
      const key = method === 'getNamespacedRuntime' ? ['k'] : [];
      for (const value of RUBBISH.filter(
        (each) => typeof each !== 'object' && each !== undefined,
      )) {
        // eslint-disable-next-line no-await-in-loop
        expect(await ask(method, 1, ...key, value)).toBe('INVALID_INPUT');
      }
      const modules = { entries: [['virtual', '/s.js', '']] };
      const options = { key: 'k', entry: '/s.js', bindings: { modules } };
      const given = method === 'createAppServer' ? [options] : [...key, {}];
      // Valid at last: as often as it is asked, the connection is what is missing, and no place.
      expect(await ask(method, 1, ...given)).toBe('CONNECTION_LOST');
      expect(await ask(method, 1, ...given)).toBe('CONNECTION_LOST');
    },
  );

  it('is no binding', async () => {
    const { ask } = guest();
    const bindings = [
      ...[{ browser: true }, { browser: {} }, { fetch: {} }, { console: { onEntry: 1 } }],
      ...[
        { files: { part: { root: '/' } } },
        { files: { part: { root: 1 } } },
        { files: { a: 1 } },
      ],
      ...[{ files: { methods: { readFile: 'x' } } }, { tools: { a: 1 } }, { tools: [] }],
      ...[{ modules: {} }, { modules: { entries: 1 } }, { modules: { entries: [1] } }],
      ...[
        { modules: { entries: [['virtual']] } },
        { modules: { entries: [['mountNodeModules', '/a', '/']] } },
      ],
      ...[
        { modules: { entries: [['virtualFile', '/a', '/etc/passwd']] } },
        { webSocket: () => {} },
      ],
      { modules: { entries: Array.from({ length: 10_001 }, () => ['fallback', () => null]) } },
    ];
    for (const each of bindings) {
      // eslint-disable-next-line no-await-in-loop
      const code = await ask('createRuntime', 1, { bindings: each });
      expect(['INVALID_INPUT', 'FORBIDDEN']).toContain(code);
    }
  });

  it.each(['eval', 'runTests', 'listen', 'handle', 'socket', 'reload', 'diagnostics', 'dispose'])(
    'is no child of its own for %s',
    async (method) => {
      const { ask } = guest();
      for (const value of RUBBISH) {
        // eslint-disable-next-line no-await-in-loop
        expect(await ask(method, value, value, value)).toBe('RUNTIME_ENDED');
      }
    },
  );

  it('opens nothing when its guest is over', async () => {
    const { ask, nested } = guest();
    expect(await ask('close', 1)).toBe('fine');
    await nested.close('it is over');
    expect(await ask('createRuntime', 1, {})).toBe('RUNTIME_ENDED');
    expect(await ask('getNamespacedRuntime', 1, 'k', {})).toBe('RUNTIME_ENDED');
    await nested.close('again');
  });
});

describe('a policy', () => {
  const most = policyOf({
    fetch: 'inherit',
    maxTotalResources: 4,
    maxRuntimes: 3,
    maxMemoryLimitMB: 256,
    maxAppServerLifetimeMs: 1_000,
  })!;

  it('is cut down to its parent’s', () => {
    const asked = policyOf({ fetch: 'inherit', maxTotalResources: 100, maxMemoryLimitMB: 16 })!;
    expect(cutPolicy(asked, most)).toMatchObject({
      ...{ fetch: 'inherit', maxTotalResources: 4, maxRuntimes: 3, maxMemoryLimitMB: 16 },
      maxAppServerLifetimeMs: 1_000,
    });
    expect(cutPolicy(asked, policyOf({})!).fetch).toBe('disabled');
    expect(cutPolicy(policyOf(undefined)!, policyOf({})!)).toEqual(policyOf({}));
  });

  it('is counted by each ancestor, and given back once', () => {
    const top = new Quota(most);
    const child = new Quota(policyOf({ maxTotalResources: 2 })!, top);
    const grandchild = new Quota(policyOf({})!, child);
    const first = grandchild.take('runtime');
    const second = grandchild.take('server');
    expect(() => grandchild.take('runtime')).toThrow('nested hosts have 2 resources');
    top.take('runtime');
    top.take('runtime');
    expect(() => top.take('server')).toThrow('nested hosts have 4 resources');
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    second[Symbol.dispose]();
    grandchild.take('runtime');
    expect(() => grandchild.take('runtime')).toThrow('nested hosts have 3 runtimes');
  });
});
