import { core, primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import { casesOf, plainCasesOf, type Case } from './each.ts';
import { HOOKS, type HookName, type Options } from './model.ts';
import { nameOf, readArguments, timeoutOf } from './options.ts';
import type { Registration, Registry } from './registry.ts';

const { defineProperty, TypeError } = primordials;

const HOOK_MS = 10_000;
const NO_ARGUMENTS = list<unknown>();

type Flag = 'skip' | 'only' | 'todo' | 'fails';

interface Kind {
  register(registration: Registration): void;
  /** What may be said behind a dot, again and again: `test.only.fails`. */
  flags: readonly Flag[];
}

/** `describe`, `test`, `it` and the hooks, as globals. */
export function globalsOf(registry: Registry): Record<string, Function> {
  const test = variant(
    { register: (given) => registry.addTest(given), flags: ['skip', 'only', 'todo', 'fails'] },
    record({}),
  );
  const describe = variant(
    { register: (given) => registry.addSuite(given), flags: ['skip', 'only', 'todo'] },
    record({}),
  );
  const globals: Record<string, Function> = record({ test, it: test, describe });
  for (let i = 0; i < HOOKS.length; i++) globals[HOOKS[i]!] = hook(registry, HOOKS[i]!);
  return globals;
}

function hook(registry: Registry, name: HookName): Function {
  return (run: unknown, timeout: unknown = undefined): void => {
    if (typeof run !== 'function') throw new TypeError(`${name} takes a function`);
    registry.addHook(name, core.carry(run), timeoutOf(timeout) ?? HOOK_MS);
  };
}

/** What registers tests or suites with some flags. */
function variant(kind: Kind, flags: Options): Function {
  const add = (name: unknown, second: unknown = undefined, third: unknown = undefined): void => {
    enrol(kind, flags, { name: nameOf(name), second, third });
  };
  for (let i = 0; i < kind.flags.length; i++) addFlag(add, { kind, flags }, kind.flags[i]!);
  addMethod(add, 'each', (given, values) => eachOf(kind, flags, casesOf(given, values)));
  addMethod(add, 'for', (given) => eachOf(kind, flags, plainCasesOf(given)));
  addMethod(add, 'skipIf', (condition) => (condition ? withFlag(kind, flags, 'skip') : add));
  addMethod(add, 'runIf', (condition) => (condition ? add : withFlag(kind, flags, 'skip')));
  return add;
}

interface Given {
  name: string;
  second: unknown;
  third: unknown;
  args?: readonly unknown[];
}

function enrol({ register }: Kind, flags: Options, { name, second, third, args }: Given): void {
  const { body, options } = readArguments(second, third);
  register({
    name,
    options: record({ ...options, ...flags }),
    body: body && core.carry(body),
    args: args ?? NO_ARGUMENTS,
  });
}

function eachOf(kind: Kind, flags: Options, cases: readonly Case[]): Function {
  return (template: unknown, second: unknown = undefined, third: unknown = undefined): void => {
    const text = nameOf(template);
    for (let i = 0; i < cases.length; i++) {
      const { args, title } = cases[i]!;
      enrol(kind, flags, { name: nameOf(title(text)), second, third, args });
    }
  };
}

function withFlag(kind: Kind, flags: Options, flag: Flag): Function {
  return variant(kind, record({ ...flags, [flag]: true }));
}

/** Made when it is first asked for: there is no end to the combinations. */
function addFlag(to: Function, { kind, flags }: { kind: Kind; flags: Options }, flag: Flag): void {
  let made: Function | undefined;
  const get = (): Function => (made ??= withFlag(kind, flags, flag));
  defineProperty(to, flag, record({ get, enumerable: true, configurable: true }));
}

function addMethod(
  to: Function,
  name: string,
  method: (given: unknown, values: unknown[]) => unknown,
): void {
  const value = (given: unknown, ...values: unknown[]) => method(given, values);
  defineProperty(to, name, record({ value, enumerable: true, configurable: true, writable: true }));
}
