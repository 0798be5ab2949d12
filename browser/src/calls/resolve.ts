import {
  BROWSER_CLASSES,
  parseJson,
  type BrowserCall,
  type BrowserClassName,
} from '@cofferdam/protocol';
import type { SessionCore } from '../core.ts';
import { refused } from '../errors.ts';
import { readArguments, type ValueKind, type ValueSource } from '../values/read.ts';

/** What a call is made on. */
export interface Subject {
  className: BrowserClassName;
  /** Undefined for `browser`, which is nothing of Playwright's. */
  target: object | undefined;
  /** The id of the handle that it was found by. */
  id: string;
  method: string;
}

const IN_LOCATORS: ReadonlySet<ValueKind> = new Set(['pattern', 'locator']);
type Step = readonly [string, string];
/** As many steps a locator may have, also where it is an argument. */
const MAX_STEPS = 32;
/** Selectors are parsed in this process. */
const MAX_STEP_ARGUMENTS = 64 * 1024;

/** Finds what a call is made on, and refuses what is not on the list. */
export function resolve(core: SessionCore, call: BrowserCall): Subject {
  const { object, chain, method } = call;
  const base = find(core, object);
  if (chain && chain.length > 0) {
    const target = locatorOf(core, { object, steps: chain });
    return known({ className: 'Locator', target, id: object, method });
  }
  const dot = method.indexOf('.');
  if (dot < 0) return known({ ...base, id: object, method });
  const part = method.slice(0, dot);
  const parts = BROWSER_CLASSES[base.className].parts ?? {};
  const className = Object.hasOwn(parts, part) ? parts[part] : undefined;
  if (!className || !base.target) throw unknownMethod(base.className, method);
  const target = (base.target as Record<string, object>)[part];
  return known({ className, target, id: object, method: method.slice(dot + 1) });
}

/** How a session's arguments are read. */
export function valueSource(
  core: SessionCore,
  { bytes, takes }: Pick<ValueSource, 'bytes' | 'takes'>,
): ValueSource {
  return {
    bytes,
    takes,
    handle: (id) => core.handles.get(id),
    locator: (object, chain) => locatorOf(core, { object, steps: readSteps(chain) }),
  };
}

function find(core: SessionCore, object: string): Pick<Subject, 'className' | 'target'> {
  if (object === 'browser') return { className: 'Browser', target: undefined };
  return core.handles.get(object);
}

function known(subject: Subject): Subject {
  const { methods } = BROWSER_CLASSES[subject.className];
  if (Object.hasOwn(methods, subject.method) && methods[subject.method] === 'call') return subject;
  throw unknownMethod(subject.className, subject.method);
}

function unknownMethod(className: string, method: string): Error {
  return refused(`A guest has no ${className}.${method.slice(0, 64)}()`);
}

interface Chain {
  object: string;
  steps: readonly Step[];
}

/** Follows a chain from a page or frame; each step is a method that makes a locator. */
function locatorOf(core: SessionCore, { object, steps }: Chain): object {
  let { className, target } = core.handles.get(object);
  for (const [method, args] of steps) {
    const { methods } = BROWSER_CLASSES[className];
    const isStep = Object.hasOwn(methods, method) && methods[method] === 'locator';
    if (!isStep) throw unknownMethod(className, method);
    if (args.length > MAX_STEP_ARGUMENTS) throw new TypeError("A locator's arguments are too long");
    const source = valueSource(core, { bytes: undefined, takes: IN_LOCATORS });
    const make = (target as Record<string, (...args: unknown[]) => object>)[method];
    if (!make) throw unknownMethod(className, method);
    target = make.apply(target, readArguments(args, source));
    className = madeBy(className, method);
  }
  if (className === 'Locator') return target;
  throw new TypeError('The chain does not end with a locator');
}

function madeBy(className: BrowserClassName, method: string): BrowserClassName {
  if (method === 'frameLocator' || method === 'contentFrame') return 'FrameLocator';
  const isSame = method === 'first' || method === 'last' || method === 'nth';
  return className === 'FrameLocator' && isSame ? 'FrameLocator' : 'Locator';
}

/** The chain of a locator that is an argument, which no schema has seen. */
function readSteps(chain: unknown): Step[] {
  const steps: unknown = typeof chain === 'string' ? parseJson(chain) : chain;
  if (!Array.isArray(steps) || steps.length > MAX_STEPS) {
    throw new TypeError('A locator among the arguments is malformed');
  }
  return steps.map((step: unknown): Step => {
    const [method, args] = Array.isArray(step) ? (step as unknown[]) : [];
    if (typeof method === 'string' && typeof args === 'string') return [method, args];
    throw new TypeError('A locator among the arguments is malformed');
  });
}
