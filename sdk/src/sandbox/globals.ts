import { CofferdamError } from '@cofferdam/protocol';
import { readable } from '../options/check.ts';
import { ForeignTable } from '../port/foreign.ts';
import { OwnedTable } from '../port/owned.ts';
import { isGuestName } from '../port/reserved-names.ts';
import { SignalTable } from '../port/signals.ts';
import { Writer } from '../port/writer.ts';
import type { FetchBinding, ToolHandler } from '../types.ts';
import type { SandboxGlobals } from './types.ts';

const MAX_GLOBALS = 1_024;
/** What a call of the connection carries with code and all. */
const MAX_DATA_UNITS = 4 * 1024 * 1024;
const FETCH = 'fetch';

/** Globals by what they are to a guest. */
export interface ReadGlobals {
  fetch: FetchBinding | undefined;
  functions: Record<string, ToolHandler>;
  /** What is no function, as text for the guest; nothing where there is none. */
  data: string | undefined;
  dataNames: ReadonlySet<string>;
}

/** Throws `INVALID_INPUT`, which names the global. */
export function readGlobals(globals: SandboxGlobals): ReadGlobals {
  const names = Object.keys(globals);
  if (names.length > MAX_GLOBALS) throw wrong(`there are more than ${MAX_GLOBALS} of them`);
  for (const name of names) {
    if (name !== FETCH && !isGuestName(name)) {
      throw wrong(`'${name.slice(0, 128)}' is reserved, or can be no global's name`);
    }
  }
  const values = names.map((name): [string, unknown] => {
    return [name, readable(`globals.${name}`, () => globals[name])];
  });
  const functions = values.filter(([, value]) => typeof value === 'function');
  const data = values.filter(([, value]) => typeof value !== 'function');
  if (data.some(([name]) => name === FETCH)) throw wrong(`'${FETCH}' must be a function`);
  const handlers = Object.fromEntries(functions) as Record<string, ToolHandler>;
  const { [FETCH]: fetch, ...rest } = handlers;
  return {
    fetch: fetch as FetchBinding | undefined,
    functions: rest,
    data: data.length > 0 ? textOf(Object.fromEntries(data)) : undefined,
    dataNames: new Set(data.map(([name]) => name)),
  };
}

/** A run's globals over its prefix's. Throws `INVALID_INPUT` for a name that the prefix does not have. */
export function rebound(prefix: ReadGlobals, given: SandboxGlobals): ReadGlobals {
  const changed = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name] of changed) checkKnown(prefix, name);
  const read = readGlobals(Object.fromEntries(changed));
  for (const name of Object.keys(read.functions)) {
    if (prefix.dataNames.has(name)) throw wrong(`'${name}' was data to the prefix`);
  }
  for (const name of read.dataNames) {
    if (!prefix.dataNames.has(name)) throw wrong(`'${name}' was a function to the prefix`);
  }
  return {
    ...read,
    fetch: read.fetch ?? prefix.fetch,
    functions: { ...prefix.functions, ...read.functions },
  };
}

function checkKnown({ fetch, functions, dataNames }: ReadGlobals, name: string): void {
  const isKnown = name === FETCH ? fetch : Object.hasOwn(functions, name) || dataNames.has(name);
  if (!isKnown) throw wrong(`the prefix has no '${name.slice(0, 128)}' that a run could rebind`);
}

function textOf(data: Record<string, unknown>): string {
  const writer = dataWriter();
  let text: string;
  try {
    writer.value(data);
    text = writer.finish('');
  } catch (error) {
    throw wrong((error as Error).message);
  }
  if (writer.lent.length > 0 || writer.signals.length > 0) {
    throw wrong(
      'a function, an iterable or a signal within data has no way back: give functions by a name',
    );
  }
  if (text.length > MAX_DATA_UNITS) throw wrong(`data is larger than ${MAX_DATA_UNITS} characters`);
  return text;
}

/** As of a port that nobody is at the other end of. */
function dataWriter(): Writer {
  let lastId = 0;
  const nextId = () => ++lastId;
  const none = () => {};
  const noAnswer = () => Promise.reject(new CofferdamError('RUNTIME_ENDED'));
  return new Writer(
    {
      owned: new OwnedTable(nextId),
      foreign: new ForeignTable({ call: noAnswer, iterate: noAnswer, drop: none }),
      signals: new SignalTable(nextId, { aborted: none, gone: none }),
    },
    '',
    'globals',
  );
}

function wrong(what: string): CofferdamError {
  return new CofferdamError('INVALID_INPUT', `globals: ${what}`);
}
