import { describe, expect, it } from 'vitest';
import { readRuntimeOptions } from '../../options/runtime-options.ts';
import { createPlaywrightSessionHandler } from '../../playwright.ts';

const context = () => ({});
const handler = async () => ({});
const read = (browser: unknown, rest: object = {}) =>
  readRuntimeOptions({ bindings: { browser, ...rest } });

const refused: [unknown, string][] = [
  [1, 'bindings.browser must be an object'],
  [{}, 'bindings.browser needs a handler, or createContext()'],
  [{ createContext: 1 }, 'bindings.browser.createContext must be a function'],
  [{ launch: context }, "unknown option 'bindings.browser.launch'"],
  [{ handler: 1 }, 'bindings.browser.handler must be a function'],
  [{ handler, createContext: context }, 'handler and bindings.browser.createContext cannot'],
  [{ handler, createPage: context }, 'handler and bindings.browser.createPage cannot'],
  [{ handler, readFile: context }, 'handler and bindings.browser.readFile cannot'],
  [{ handler, writeFile: context }, 'handler and bindings.browser.writeFile cannot'],
  [{ handler, profiles: true }, 'handler and bindings.browser.profiles cannot'],
  [{ handler, captureConsole: true }, 'need a handler of createPlaywrightSessionHandler()'],
  [{ handler, onEvent: context }, 'need a handler of createPlaywrightSessionHandler()'],
  [{ createContext: context, captureConsole: true }, 'needs bindings.console.onEntry'],
  [{ createContext: context, profiles: true }, 'profiles needs bindings.files'],
  [{ createContext: context, profiles: { defaultMode: 'x' } }, "must be 'storage' or 'persistent'"],
  [{ createContext: context, profiles: { root: 'a' } }, 'must be an absolute path'],
  [{ createContext: context, profiles: { root: '/a/../b' } }, 'must be an absolute path'],
];

describe('bindings.browser', () => {
  it.each(refused)('%o is refused', (browser, message) => {
    expect(() => read(browser)).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        message: expect.stringContaining(message) as string,
      }),
    );
  });

  it('is one form or the other, and gives the guest the feature', () => {
    for (const browser of [{ createContext: context }, { handler }]) {
      const { spec } = read(browser);
      expect(spec.features).toEqual(['browser', 'host']);
      expect(spec.bindings.browser).toBe(true);
    }
    expect(readRuntimeOptions({}).spec.features).toEqual(['host']);
    expect(readRuntimeOptions({ nestedHost: false }).spec.features).toBeUndefined();
  });

  it('leaves no tool its name', () => {
    const tools = { browser: () => 1 };
    expect(() => read({ handler }, { tools })).toThrow("'browser' can be no function's name");
    expect(readRuntimeOptions({ bindings: { tools } }).spec.bindings.tools).toEqual(['browser']);
  });

  it('hears of a handler of ours', () => {
    const ours = createPlaywrightSessionHandler({ createContext: context });
    expect(() => read({ handler: ours.handler, onEvent: context })).not.toThrow();
  });

  it('has a handler made with options that are checked', () => {
    const make = (options: unknown) => () => createPlaywrightSessionHandler(options as object);
    expect(make({})).toThrow('createContext() or createPersistentContext() is needed');
    expect(make({ createContext: 1 })).toThrow('createContext must be a function');
    expect(make({ createContext: context, timeout: 0 })).toThrow('timeout must be');
    expect(make({ createContext: context, profiles: true })).toThrow('profiles need readFile()');
    expect(make({ createContext: context, evaluatePredicate: () => true })).not.toThrow();
  });
});
