import { CofferdamError, FILES_METHODS, type RuntimeSpec } from '@cofferdam/protocol';
import { browserBindings, checkTogether } from '../bindings/browser/check.ts';
import type { GuestBindings } from '../bindings/scope.ts';
import { nestedHost, policyOf, type Policy } from '../nested/policy.ts';
import { isReservedName } from '../port/reserved-names.ts';
import type { ConsoleBindings, CreateRuntimeOptions, HostBindings } from '../types.ts';
import {
  aFunction,
  anInteger,
  anObject,
  aText,
  invalid,
  methods,
  options,
  readable,
  type Check,
} from './check.ts';

const MiB = 1024 * 1024;
const DEFAULT_MEMORY_MIB = 128;
const DEFAULT_EXECUTION_MS = 60_000;
const MAX_TOOLS = 1_024;
const MAX_TOOL_NAME = 128;
const TOOL_NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

export const executionTimeout = anInteger(1, 600_000);

const absolutePath: Check<string> = (value, name) => {
  const path = aText(4_096)(value, name);
  if (path.startsWith('/') && !path.includes('\0')) return path;
  throw invalid(name, 'an absolute path', value);
};

/** Read once: what its author does to the object afterwards changes nothing. */
const tools: Check<HostBindings['tools']> = (value, name) => {
  const object = anObject(value, name);
  const names = Object.keys(object);
  if (names.length > MAX_TOOLS) {
    throw new CofferdamError('INVALID_INPUT', `${name} has more than ${MAX_TOOLS} functions`);
  }
  const read = names.map((tool) => {
    if (tool.length > MAX_TOOL_NAME || !TOOL_NAME.test(tool) || isReservedName(tool)) {
      const message = `${name}: '${tool.slice(0, MAX_TOOL_NAME)}' can be no function's name in a guest`;
      throw new CofferdamError('INVALID_INPUT', message);
    }
    const full = `${name}.${tool}`;
    return [tool, readable(full, () => aFunction(object[tool], full))];
  });
  return Object.fromEntries(read) as HostBindings['tools'];
};

const readConsole = options({ onEntry: aFunction });
const consoleMethods = methods('onEntry');

/** Of an object of a class its method; of any other one its field, and it has no other. */
const consoleBindings: Check<ConsoleBindings> = (value, name) => {
  const object = anObject(value, name);
  const prototype: unknown = Object.getPrototypeOf(object);
  const isPlain = prototype === null || prototype === Object.prototype;
  const { onEntry } = (isPlain ? readConsole : consoleMethods)(object, name) as ConsoleBindings;
  return onEntry ? { onEntry: onEntry.bind(object as ConsoleBindings) } : {};
};

const resolver: Check<object> = (value, name) => {
  const object = anObject(value, name);
  const full = `${name}.resolve`;
  readable(full, () => aFunction(object.resolve, full));
  return object;
};

/** What every style of guest is told. */
export const runtimeChecks = {
  bindings: options({
    browser: browserBindings,
    console: consoleBindings,
    fetch: aFunction,
    files: methods(...FILES_METHODS),
    modules: resolver,
    tools,
  }),
  cwd: absolutePath,
  executionTimeout,
  memoryLimitMB: anInteger(16, 2_048),
  nestedHost,
};

const read = options(runtimeChecks);

export interface RuntimeOptions {
  bindings: GuestBindings;
  spec: RuntimeSpec;
  /** What the guest's nested hosts may do. Default: it has none. */
  nestedHost?: Policy | undefined;
}

/** Throws `INVALID_INPUT`, which names the option. */
export function readRuntimeOptions(given: unknown): RuntimeOptions {
  return runtimeOptionsOf(read(given, '') as CreateRuntimeOptions);
}

/** Of options that have been checked. */
export function runtimeOptionsOf(given: object): RuntimeOptions {
  const checked = given as CreateRuntimeOptions;
  const { bindings = {}, memoryLimitMB = DEFAULT_MEMORY_MIB } = checked;
  const { executionTimeout: timeMs = DEFAULT_EXECUTION_MS, cwd = '/' } = checked;
  const policy = policyOf(checked.nestedHost);
  const features = featuresOf(bindings.browser !== undefined, policy !== undefined);
  const spec: RuntimeSpec = {
    preset: 'web',
    memoryBytes: memoryLimitMB * MiB,
    evalTimeMs: timeMs,
    stretchTimeMs: timeMs,
    cwd,
    bindings: {
      console: bindings.console?.onEntry !== undefined,
      fetch: bindings.fetch !== undefined,
      files: bindings.files !== undefined,
      modules: bindings.modules !== undefined,
      tools: Object.keys(bindings.tools ?? {}),
      ...(bindings.browser && { browser: true }),
    },
    ...(features.length > 0 && { features }),
  };
  checkTogether(bindings);
  return { bindings, spec, nestedHost: policy };
}

function featuresOf(browser: boolean, host: boolean): NonNullable<RuntimeSpec['features']> {
  return [...(browser ? ['browser' as const] : []), ...(host ? ['host' as const] : [])];
}
