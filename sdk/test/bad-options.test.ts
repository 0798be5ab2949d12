import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createFileBindings,
  createIsolateHost,
  createModuleResolver,
  type CofferdamError,
  type FileBindingsOptions,
} from '../src/index.ts';
import { ownDaemon, privateFolder, processesOf } from './harness.ts';

const { openHost } = ownDaemon();
const folder = privateFolder();

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
const trap = (): never => {
  throw new Error('a trap of the author’s');
};
/** No text, number, boolean, function, or object that holds what is asked for. */
const NOTHING_GOOD: [string, unknown][] = [
  ['null', null],
  ['NaN', Number.NaN],
  ['infinity', Infinity],
  ['minus one', -1],
  ['a fraction', 0.5],
  ['more than an integer can be', 2 ** 60],
  ['a symbol', Symbol('s')],
  ['a bigint', 1n],
  ['a list', ['/tmp/a.sock']],
  ['an empty text', ''],
  ['a huge text', 'x'.repeat(5_000_000)],
  ['a boxed text', new String('text')],
  ['a promise', Promise.resolve('text')],
  ['a revoked proxy', revoked()],
  [
    'a proxy that throws',
    new Proxy({}, { get: trap, ownKeys: trap, getPrototypeOf: trap, has: trap }),
  ],
];

/** An object with one field, deep within, that is the given value, or whose getter throws. */
function nested(path: string, field: PropertyDescriptor): object {
  const names = path.split('.');
  const last = Object.defineProperty({}, names.pop()!, { enumerable: true, ...field }) as object;
  return names.reduceRight<object>((inner, name) => ({ [name]: inner }), last);
}

async function refusal(work: () => unknown): Promise<CofferdamError> {
  try {
    await work();
  } catch (error) {
    return error as CofferdamError;
  }
  throw new Error('it was not refused');
}

const inPlace = { socketPath: join(folder, 'never.sock') };
const HOST_OPTIONS = [
  ...['engine', 'daemon', 'daemon.socketPath', 'daemon.entrypoint', 'daemon.cwd'],
  ...['daemon.timeoutMs', 'daemon.autoStart', 'gateway', 'gateway.url', 'gateway.token'],
  ...['gateway.namespace', 'gateway.timeoutMs'],
];

const RUNTIME_OPTIONS = [
  ...['bindings', 'bindings.console', 'bindings.console.onEntry', 'bindings.fetch'],
  ...['bindings.files', 'bindings.files.readFile', 'bindings.files.rename', 'bindings.modules'],
  ...['bindings.modules.resolve', 'bindings.tools', 'bindings.tools.greet', 'cwd'],
  ...['executionTimeout', 'memoryLimitMB'],
];
const EVAL_OPTIONS = ['filename', 'executionTimeout', 'signal'];

describe('createIsolateHost', () => {
  it.each(HOST_OPTIONS)('refuses what cannot be its %s, by its name', async (option) => {
    for (const [what, value] of NOTHING_GOOD) {
      const options = { daemon: inPlace, ...nested(option, { value }) };
      if (option.startsWith('gateway')) Object.assign(options, { daemon: undefined });
      const error = await refusal(() => createIsolateHost(options as never));
      expect([what, error.code]).toEqual([what, 'INVALID_INPUT']);
      expect(error.message).toContain(option);
      expect(error.message.length).toBeLessThan(400);
    }
  });

  it.each(HOST_OPTIONS)('says which option cannot be read: %s', async (option) => {
    const error = await refusal(() => createIsolateHost(nested(option, { get: trap })));
    expect(error).toMatchObject({ code: 'INVALID_INPUT' });
    expect(error.message).toContain(option);
  });

  it('takes options of no prototype, and of a class', async () => {
    const options = Object.assign(Object.create(null), {
      daemon: { ...inPlace, autoStart: false },
    });
    await expect(createIsolateHost(options as object)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  it('knows no option by the name of what every object has', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const options = JSON.parse(`{ ${JSON.stringify(name)}: { "engine": "auto" } }`) as object;
      const error = await refusal(() => createIsolateHost(options));
      expect(error).toMatchObject({ code: 'INVALID_INPUT' });
      expect(error.message).toContain(name);
    }
  });

  it('has started nothing for any of these', () => {
    expect(processesOf(inPlace.socketPath)).toEqual([]);
    expect(existsSync(inPlace.socketPath)).toBe(false);
  });
});

describe('createRuntime', () => {
  it.each(RUNTIME_OPTIONS)('refuses what cannot be its %s, by its name', async (option) => {
    const host = await openHost();
    for (const [what, value] of NOTHING_GOOD) {
      const error = await refusal(() => host.createRuntime(nested(option, { value })));
      expect([what, error.code]).toEqual([what, 'INVALID_INPUT']);
      expect(error.message).toContain(option);
    }
    const error = await refusal(() => host.createRuntime(nested(option, { get: trap })));
    expect(error).toMatchObject({ code: 'INVALID_INPUT' });
    expect(error.message).toContain(option);
    expect(await host.diagnostics()).toMatchObject({ runtimes: 0 });
  });

  it.each(['', 'a b', 'a.b', '1a', 'a-b', 'class', 'await', 'x\u200b', 'x'.repeat(129)])(
    'refuses a tool that is called %j',
    async (name) => {
      const host = await openHost();
      const error = await refusal(() =>
        host.createRuntime({ bindings: { tools: { [name]: () => 1 } } }),
      );
      expect(error).toMatchObject({ code: 'INVALID_INPUT' });
      expect(error.message).toContain('bindings.tools');
    },
  );

  it.each(['fetch', 'console', 'constructor', 'hasOwnProperty', 'globalThis', 'Promise'])(
    'refuses a tool in the place of what a guest has: %s',
    async (name) => {
      const host = await openHost();
      const tools = { [name]: () => 1 };
      await expect(host.createRuntime({ bindings: { tools } })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringContaining(name) as string,
      });
    },
  );

  it('refuses more tools than it has names for', async () => {
    const host = await openHost();
    const names = Array.from({ length: 1_025 }, (_, i) => [`tool${i}`, () => i] as const);
    const tools = Object.fromEntries(names);
    await expect(host.createRuntime({ bindings: { tools } })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('bindings.tools') as string,
    });
  });

  it('reads each option once: what its author changes later changes nothing', async () => {
    const host = await openHost();
    let reads = 0;
    const tools = {
      get one() {
        reads++;
        return () => reads;
      },
    };
    const runtime = await host.createRuntime({ bindings: { tools } });
    Object.assign(tools, { two: () => 2 });
    expect(await runtime.eval('export default [await one(), typeof two]')).toEqual([
      1,
      'undefined',
    ]);
  });

  it('takes bindings that are objects of classes, and calls their methods as such', async () => {
    class Lines {
      #lines: string[] = [];
      onEntry({ stdout }: { stdout: string }) {
        this.#lines.push(stdout);
      }
      get all() {
        return this.#lines;
      }
    }
    const lines = new Lines();
    const host = await openHost();
    const runtime = await host.createRuntime({ bindings: { console: lines } });
    await runtime.eval('console.log("to a method")');
    expect(lines.all).toEqual(['to a method']);
  });
});

describe('eval', () => {
  it.each(EVAL_OPTIONS)('refuses what cannot be its %s, and runs nothing', async (option) => {
    const runtime = await (await openHost()).createRuntime();
    const signalLike = Object.create(AbortSignal.prototype) as AbortSignal;
    const values: [string, unknown][] = [...NOTHING_GOOD, ['what looks like a signal', signalLike]];
    for (const [what, value] of values) {
      const error = await refusal(() => runtime.eval('globalThis.ran = 1', { [option]: value }));
      expect([what, error.code]).toEqual([what, 'INVALID_INPUT']);
      expect(error.message).toContain(option);
    }
    const error = await refusal(() => runtime.eval('ran = 1', nested(option, { get: trap })));
    expect(error.message).toContain(option);
    expect(await runtime.eval('export default typeof ran')).toBe('undefined');
    expect((await runtime.diagnostics()).guestEvals).toBe(1);
  });

  it('refuses code that is none', async () => {
    const runtime = await (await openHost()).createRuntime();
    for (const [, value] of NOTHING_GOOD.filter((each) => typeof each[1] !== 'string')) {
      await expect(runtime.eval(value as string)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    }
    const huge = runtime.eval('x'.repeat(2_000_000));
    await expect(huge).rejects.toMatchObject({ code: 'CODE_TOO_LARGE' });
    expect(await runtime.eval('')).toBeUndefined();
  });

  it('takes a filename with anything in it, and names no file of the host’s', async () => {
    const runtime = await (await openHost()).createRuntime();
    for (const filename of ['../../../etc/passwd', '\u0000', '\ud800', 'a\nb.ts', '//# x', '?#']) {
      const work = runtime.eval('export default 1', { filename });
      const value = await work.catch((error: CofferdamError) => error.code);
      expect([1, 'INVALID_INPUT']).toContain(value);
    }
  });

  it('dispose refuses what cannot be its options, and ends nothing', async () => {
    const runtime = await (await openHost()).createRuntime();
    for (const option of ['hard', 'reason']) {
      for (const [, value] of NOTHING_GOOD) {
        const error = await refusal(() => runtime.dispose({ [option]: value }));
        expect(error).toMatchObject({ code: 'INVALID_INPUT' });
        expect(error.message).toContain(option);
      }
    }
    expect(await runtime.eval('export default 1')).toBe(1);
  });
});

describe('createFileBindings', () => {
  it.each(['root', 'allowWrite', 'maxFileBytes'])('refuses what cannot be its %s', async (name) => {
    for (const [what, value] of NOTHING_GOOD) {
      const options = { root: folder, [name]: value } as FileBindingsOptions;
      const error = await refusal(() => createFileBindings(options));
      expect([what, error.code]).toEqual([what, 'INVALID_INPUT']);
      expect(error.message).toContain(name);
    }
    const hidden = { root: folder, ...nested(name, { value: 1 }) };
    Object.defineProperty(hidden, name, { get: trap, enumerable: true });
    const error = await refusal(() => createFileBindings(hidden as never));
    expect(error).toMatchObject({ code: 'INVALID_INPUT' });
    expect(error.message).toContain(name);
  });

  it('refuses what is no options, an unknown one, and a root that is no path', async () => {
    for (const value of [undefined, null, 5, 'root', [], {}, revoked(), { roots: '/' }]) {
      const error = await refusal(() => createFileBindings(value as never));
      expect(error).toMatchObject({ code: 'INVALID_INPUT' });
    }
    expect(() => createFileBindings({ root: '/a\0b' })).toThrow(/root/);
  });
});

describe('createModuleResolver', () => {
  type Call = (
    resolver: Record<string, (...args: unknown[]) => unknown>,
    value: unknown,
  ) => unknown;
  const CALLS: [string, Call][] = [
    ['specifier', (r, v) => r.virtual!(v, '')],
    ['source', (r, v) => (typeof v === 'string' ? refuseText() : r.virtual!('a', v))],
    ['options', (r, v) => r.virtual!('a', '', v)],
    ['options.filename', (r, v) => r.virtual!('a', '', { filename: v })],
    ['options.resolveDir', (r, v) => r.virtual!('a', '', { resolveDir: v })],
    ['options.static', (r, v) => r.virtual!('a', '', { static: v })],
    ['options.format', (r, v) => r.virtual!('a', '', { format: v })],
    ['filePath', (r, v) => r.virtualFile!('a', v)],
    ['prefix', (r, v) => r.sourceTree!(v, () => null)],
    ['loader', (r, v) => r.sourceTree!('/a', v)],
    ['loader', (r, v) => r.fallback!(v)],
    ['virtualMount', (r, v) => r.mountNodeModules!(v, '/a')],
    ['hostPath', (r, v) => r.mountNodeModules!('/a', v)],
  ];
  const refuseText = () => {
    throw Object.assign(new Error('source options'), { code: 'INVALID_INPUT' });
  };

  it.each(CALLS)('refuses what cannot be its %s', async (name, call) => {
    for (const [what, value] of NOTHING_GOOD) {
      const error = await refusal(() => call(createModuleResolver() as never, value));
      expect([what, error.code]).toEqual([what, 'INVALID_INPUT']);
      expect(error.message).toContain(name);
    }
  });
});
