import type { BrowserSessionOptions } from '@cofferdam/browser';
import { CofferdamError } from '@cofferdam/protocol';
import { aFunction, anInteger, options } from '../../options/check.ts';
import { browserFiles } from './browser-files.ts';
import { factoryChecks } from './check.ts';
import type { BrowserProfiles } from './types.ts';

const read = options({
  ...factoryChecks,
  timeout: anInteger(1, 600_000),
  evaluatePredicate: aFunction,
});

/** Throws `INVALID_INPUT`, which names the option. */
export function readSessionHandlerOptions(value: unknown): BrowserSessionOptions {
  const given = read(value, '');
  const { createContext, createPersistentContext, createPage, profiles, timeout } = given;
  if (!createContext && !createPersistentContext) {
    const message = 'createContext() or createPersistentContext() is needed';
    throw new CofferdamError('INVALID_INPUT', message);
  }
  if (profiles && !(given.readFile && given.writeFile)) {
    throw new CofferdamError('INVALID_INPUT', 'profiles need readFile() and writeFile()');
  }
  const { files, sharedBy } = filesOf(given);
  return {
    ...({ createContext, createPersistentContext, createPage } as BrowserSessionOptions),
    files,
    timeout,
    profiles: profiles ? { ...(profiles as BrowserProfiles), sharedBy } : undefined,
  };
}

function filesOf({ readFile, writeFile }: ReturnType<typeof read>) {
  const browser = { readFile, writeFile } as Parameters<typeof browserFiles>[0]['browser'];
  const context = () => {
    throw new CofferdamError('INTERNAL', 'a handler has no files binding');
  };
  // Who reads the profiles by one function shares them.
  return { files: browserFiles({ browser, context }), sharedBy: readFile as object | undefined };
}
