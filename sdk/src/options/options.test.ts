import { describe, expect, it } from 'vitest';
import { readCode, readDisposeOptions, readEvalOptions } from './eval-options.ts';
import { readHostOptions } from './host-options.ts';
import { readRuntimeOptions } from './runtime-options.ts';

type Read = (given: unknown) => unknown;
const refused: [Read, unknown, string][] = [
  [readHostOptions, null, 'the options must be an object, not null'],
  [readHostOptions, [], 'the options must be an object, not an array'],
  [readHostOptions, { engin: 'auto' }, "unknown option 'engin'"],
  [readHostOptions, { engine: 'v8' }, "engine must be 'auto', not 'v8'"],
  [readHostOptions, { daemon: 1 }, 'daemon must be an object, not 1'],
  [readHostOptions, { daemon: { socket: '/a' } }, "unknown option 'daemon.socket'"],
  [readHostOptions, { daemon: { socketPath: 1 } }, 'daemon.socketPath must be a text'],
  [readHostOptions, { daemon: { socketPath: '' } }, 'daemon.socketPath must be a text'],
  [readHostOptions, { daemon: { entrypoint: {} } }, 'daemon.entrypoint must be a text'],
  [readHostOptions, { daemon: { cwd: null } }, 'daemon.cwd must be a text'],
  [readHostOptions, { daemon: { timeoutMs: 0 } }, 'daemon.timeoutMs must be a whole number from 1'],
  [readHostOptions, { daemon: { timeoutMs: 600_001 } }, 'daemon.timeoutMs must be'],
  [readHostOptions, { daemon: { timeoutMs: '10' } }, "not '10'"],
  [readHostOptions, { daemon: { autoStart: 'no' } }, 'daemon.autoStart must be true or false'],
  [readHostOptions, { gateway: {} }, 'gateway.url is missing'],
  [readHostOptions, { gateway: { url: 'ftp://a' } }, 'gateway.url must be an address'],
  [readHostOptions, { gateway: { url: 'http://a', token: 1 } }, 'gateway.token must be a text'],
  [readHostOptions, { gateway: { url: 'http://a' }, daemon: {} }, 'gateway and daemon cannot'],
  [readRuntimeOptions, 7, 'the options must be an object, not 7'],
  [readRuntimeOptions, { binding: {} }, "unknown option 'binding'"],
  [readRuntimeOptions, { cwd: 'here' }, "cwd must be an absolute path, not 'here'"],
  [readRuntimeOptions, { cwd: '/a\0b' }, 'cwd must be an absolute path'],
  [readRuntimeOptions, { executionTimeout: 0 }, 'executionTimeout must be a whole number'],
  [readRuntimeOptions, { executionTimeout: 1.5 }, 'executionTimeout must be a whole number'],
  [readRuntimeOptions, { executionTimeout: Number.NaN }, 'executionTimeout must be'],
  [readRuntimeOptions, { memoryLimitMB: 15 }, 'memoryLimitMB must be a whole number from 16'],
  [readRuntimeOptions, { memoryLimitMB: 2_049 }, 'memoryLimitMB must be'],
  [readRuntimeOptions, { nestedHost: true }, 'nestedHost must be an object, not true'],
  [readRuntimeOptions, { nestedHost: { fetch: 'all' } }, "nestedHost.fetch must be 'inherit' or"],
  [readRuntimeOptions, { nestedHost: { maxRuntimes: -1 } }, 'nestedHost.maxRuntimes must be'],
  [readRuntimeOptions, { nestedHost: { runtimes: 1 } }, "unknown option 'nestedHost.runtimes'"],
  [readRuntimeOptions, { bindings: [] }, 'bindings must be an object'],
  [readRuntimeOptions, { bindings: { net: 1 } }, "unknown option 'bindings.net'"],
  [readRuntimeOptions, { bindings: { console: { on: 1 } } }, "'bindings.console.on'"],
  [readRuntimeOptions, { bindings: { console: { onEntry: 1 } } }, 'bindings.console.onEntry must'],
  [readRuntimeOptions, { bindings: { fetch: {} } }, 'bindings.fetch must be a function'],
  [readRuntimeOptions, { bindings: { files: 'root' } }, 'bindings.files must be an object'],
  [readRuntimeOptions, { bindings: { files: { stat: 1 } } }, 'bindings.files.stat must be'],
  [readRuntimeOptions, { bindings: { modules: {} } }, 'bindings.modules.resolve must be'],
  [readRuntimeOptions, { bindings: { tools: [] } }, 'bindings.tools must be an object'],
  [readRuntimeOptions, { bindings: { tools: { a: 1 } } }, 'bindings.tools.a must be a function'],
  [readRuntimeOptions, { bindings: { tools: { 'a-b': () => 1 } } }, "'a-b' can be no function's"],
  [readRuntimeOptions, { bindings: { tools: { undefined: () => 1 } } }, "'undefined' can be no"],
  [readEvalOptions, 3, 'the options must be an object, not 3'],
  [readEvalOptions, '', 'filename must be a text'],
  [readEvalOptions, { file: 'a' }, "unknown option 'file'"],
  [readEvalOptions, { filename: 1 }, 'filename must be a text'],
  [readEvalOptions, { executionTimeout: -1 }, 'executionTimeout must be'],
  [readEvalOptions, { signal: {} }, 'signal must be an AbortSignal'],
  [readDisposeOptions, { hard: 1 }, 'hard must be true or false'],
  [readDisposeOptions, { reason: 1 }, 'reason must be a text'],
  [readCode, 1, 'code must be a text, not 1'],
];

describe('options', () => {
  it.each(refused)('%o refuses %o', (read, given, message) => {
    expect(() => read(given)).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        message: expect.stringContaining(message) as string,
      }),
    );
  });

  it('refuse code that is larger than a source may be', () => {
    expect(() => readCode('x'.repeat(1024 * 1024 + 1))).toThrow(
      expect.objectContaining({ code: 'CODE_TOO_LARGE' }),
    );
  });

  it('have defaults, and an undefined one is as if missing', () => {
    const { spec, bindings } = readRuntimeOptions({ cwd: undefined, bindings: undefined });
    expect(bindings).toEqual({});
    expect(spec).toEqual({
      preset: 'web',
      memoryBytes: 128 * 1024 * 1024,
      evalTimeMs: 60_000,
      stretchTimeMs: 60_000,
      cwd: '/',
      bindings: { console: false, fetch: false, files: false, modules: false, tools: [] },
      features: ['host'],
    });
    expect(readHostOptions(undefined)).toEqual({});
    expect(readEvalOptions('a.ts')).toEqual({ filename: 'a.ts' });
  });

  it('say what of the host a guest may call', () => {
    const { spec } = readRuntimeOptions({
      memoryLimitMB: 16,
      executionTimeout: 5,
      bindings: {
        console: { onEntry: () => {} },
        fetch: () => new Response(),
        files: { readFile: () => Promise.resolve(new ArrayBuffer(0)) },
        modules: { resolve: () => Promise.reject(new Error()) },
        tools: { greet: () => 'hi', größe: () => 1 },
      },
    });
    expect(spec).toMatchObject({
      memoryBytes: 16 * 1024 * 1024,
      evalTimeMs: 5,
      bindings: {
        console: true,
        fetch: true,
        files: true,
        modules: true,
        tools: ['greet', 'größe'],
      },
    });
  });
});
