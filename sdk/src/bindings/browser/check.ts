import { CofferdamError } from '@cofferdam/protocol';
import {
  aBoolean,
  aFunction,
  aText,
  invalid,
  oneOf,
  options,
  type Check,
} from '../../options/check.ts';
import { isSessionHandler } from './session-handlers.ts';
import type { FileBindings, HostBindings } from '../../types.ts';
import type { BrowserBindings, FactoryBrowserBindings } from './types.ts';

const FACTORIES = [
  'createContext',
  'createPersistentContext',
  'createPage',
  'readFile',
  'writeFile',
] as const;

const folder: Check<string> = (value, name) => {
  const path = aText(1_024)(value, name);
  const isPath = path.startsWith('/') && path.length > 1 && !path.split('/').includes('..');
  if (isPath && !path.includes('\0')) return path.replace(/\/+$/, '');
  throw invalid(name, 'an absolute path of a folder', value);
};

const readProfiles = options({ defaultMode: oneOf('storage', 'persistent'), root: folder });
const profiles: Check<unknown> = (value, name) =>
  typeof value === 'boolean' ? value : readProfiles(value, name);

/** What both forms, and `createPlaywrightSessionHandler`, have of Playwright. */
export const factoryChecks = {
  ...(Object.fromEntries(FACTORIES.map((name) => [name, aFunction])) as Record<
    (typeof FACTORIES)[number],
    typeof aFunction
  >),
  profiles,
};

const read = options({
  handler: aFunction,
  captureConsole: aBoolean,
  onEvent: aFunction,
  ...factoryChecks,
});

/** One form or the other. Throws `INVALID_INPUT`. */
export const browserBindings: Check<BrowserBindings> = (value, name) => {
  const given = read(value, name) as Record<string, unknown>;
  const mixed = Object.keys(factoryChecks).find((each) => given[each] !== undefined);
  if (given.handler === undefined) {
    if (given.createContext || given.createPersistentContext) return given as BrowserBindings;
    const message = `${name} needs a handler, or createContext() or createPersistentContext()`;
    throw new CofferdamError('INVALID_INPUT', message);
  }
  if (mixed !== undefined) {
    const message = `${name}.handler and ${name}.${mixed} cannot be given together: the handler has its own`;
    throw new CofferdamError('INVALID_INPUT', message);
  }
  const observes = given.captureConsole === true || given.onEvent !== undefined;
  if (observes && !isSessionHandler(given.handler)) {
    const message = `${name}.captureConsole and onEvent need a handler of createPlaywrightSessionHandler()`;
    throw new CofferdamError('INVALID_INPUT', message);
  }
  return given as unknown as BrowserBindings;
};

/** What the browser's binding needs of the others. Throws `INVALID_INPUT`. */
export function checkTogether({ browser, files, tools, console: entries }: HostBindings): void {
  if (!browser) return;
  if (tools && Object.hasOwn(tools, 'browser')) {
    fail("bindings.tools: 'browser' can be no function's name in a guest that has a browser");
  }
  if (browser.captureConsole && !entries?.onEntry) {
    fail('bindings.browser.captureConsole needs bindings.console.onEntry');
  }
  if (!browser.handler && browser.profiles && !canKeep(browser, files)) {
    fail('bindings.browser.profiles needs bindings.files, or readFile and writeFile');
  }
}

function canKeep(browser: FactoryBrowserBindings, files: FileBindings | undefined): boolean {
  const readFile = browser.readFile ?? files?.readFile;
  const writeFile = browser.writeFile ?? files?.writeFile;
  return readFile !== undefined && writeFile !== undefined;
}

function fail(message: string): never {
  throw new CofferdamError('INVALID_INPUT', message);
}
