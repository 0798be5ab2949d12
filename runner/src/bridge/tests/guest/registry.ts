import { primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import { MAX_SUITE_DEPTH, MAX_SUITES, MAX_TEST_NAME, MAX_TESTS } from './results.ts';
import { newHooks, rootSuite, type HookName, type Options, type Suite } from './model.ts';

const { Error, RangeError, stringSlice } = primordials;

const HOOKS_OF_ALL = 10_000;
/** UTF-16 units of all names together, as often as results say them: these are bounded to 5 MiB. */
const NAME_UNITS = 2 * 1024 * 1024;

export interface Registration {
  name: string;
  options: Options;
  body: Function | undefined;
  args: readonly unknown[];
}

/** What a guest has registered since the last reset. */
export class Registry {
  root: Suite = rootSuite();
  /** The suite whose body is being run. */
  current: Suite = this.root;
  /** Why nothing can be registered now. */
  closed: string | undefined;
  tests = 0;
  suites = 0;
  hasOnly = false;
  #hooks = 0;
  #nameUnits = 0;

  reset(): void {
    this.root = rootSuite();
    this.current = this.root;
    this.closed = undefined;
    this.tests = 0;
    this.suites = 0;
    this.hasOnly = false;
    this.#hooks = 0;
    this.#nameUnits = 0;
  }

  addTest({ name, options, body, args }: Registration): void {
    this.#check('test');
    if (this.tests >= MAX_TESTS) throw new RangeError(`There are more than ${MAX_TESTS} tests`);
    const parent = this.current;
    const fullName = fullNameOf(parent, name);
    this.#countUnits(name.length + fullName.length + parent.pathUnits);
    this.tests++;
    if (options.only === true) this.hasOnly = true;
    parent.children[parent.children.length] = record({
      kind: 'test',
      ...{ name, fullName, parent, options, body, args, willRun: true },
    });
  }

  addSuite({ name, options, body, args }: Registration): void {
    this.#check('describe');
    if (this.suites >= MAX_SUITES) throw new RangeError(`There are more than ${MAX_SUITES} suites`);
    const parent = this.current;
    if (parent.depth + 1 >= MAX_SUITE_DEPTH)
      throw new RangeError(`Suites nest deeper than ${MAX_SUITE_DEPTH}`);
    const fullName = fullNameOf(parent, name);
    const path = list<string>();
    for (let i = 0; i < parent.path.length; i++) path[i] = parent.path[i]!;
    path[path.length] = name;
    const pathUnits = parent.pathUnits + name.length;
    this.#countUnits(name.length + fullName.length + parent.pathUnits);
    this.suites++;
    if (options.only === true) this.hasOnly = true;
    parent.children[parent.children.length] = record<Suite>({
      kind: 'suite',
      ...{ name, fullName, parent, options, body, args, path, pathUnits },
      depth: parent.depth + 1,
      children: list(),
      hooks: newHooks(),
      willRun: true,
    });
  }

  addHook(name: HookName, run: Function, timeout: number): void {
    this.#check(name);
    if (++this.#hooks > HOOKS_OF_ALL) {
      throw new RangeError(`There are more than ${HOOKS_OF_ALL} hooks`);
    }
    const hooks = this.current.hooks[name];
    hooks[hooks.length] = record({ run, timeout });
  }

  #check(what: string): void {
    if (this.closed !== undefined) throw new Error(`${what}() cannot be called ${this.closed}`);
  }

  #countUnits(units: number): void {
    this.#nameUnits += units;
    if (this.#nameUnits > NAME_UNITS) {
      throw new RangeError(`The names of all tests are longer than ${NAME_UNITS} characters`);
    }
  }
}

function fullNameOf(parent: Suite, name: string): string {
  const text = parent.fullName === '' ? name : `${parent.fullName} > ${name}`;
  return stringSlice(text, 0, MAX_TEST_NAME);
}
