import { primordials } from '../../../guest/captured.ts';
import { defineInterface, record } from '../../../guest/interface.ts';
import { CLASSES, type BrowserClass, type BrowserClassName } from './classes.ts';
import { listedMethod, named, partOf, type Method } from './methods.ts';
import { OWN_METHODS, type Methods } from './own-methods.ts';
import { definePrototype, stateOf } from './remote.ts';

const { asyncDispose, defineProperty, objectKeys, TypeError } = primordials;

/** Where Playwright calls a class otherwise. */
const NAMES: Partial<Record<BrowserClassName, string>> = record({ Context: 'BrowserContext' });

/** What is said between this library and the host, and is no guest's to call. */
const BETWEEN: Record<string, true> = record({
  $body: true,
  $events: true,
  $listen: true,
  $route: true,
  $unroute: true,
});

/** What ends an object, by class: `await using` calls it. */
const ENDS: Partial<Record<BrowserClassName, string>> = record({
  CDPSession: 'detach',
  Context: 'close',
  ElementHandle: 'dispose',
  JSHandle: 'dispose',
  Page: 'close',
});

/** Makes the guest's classes of the list of what there is. */
export function defineClasses(): void {
  const kinds = objectKeys(CLASSES) as BrowserClassName[];
  for (let i = 0; i < kinds.length; i++) defineClass(kinds[i]!, CLASSES[kinds[i]!]);
}

function defineClass(kind: BrowserClassName, { methods, parts }: BrowserClass): void {
  const Class = function (): void {
    throw new TypeError('Illegal constructor');
  };
  const prototype = Class.prototype as object;
  const own = OWN_METHODS[kind] ?? record<Methods>({});
  const names = objectKeys(methods);
  for (let i = 0; i < names.length; i++) {
    if (!BETWEEN[names[i]!]) define(prototype, names[i]!, methodOf(own, methods, names[i]!));
  }
  defineParts(prototype, parts ?? record({}));
  const end = ENDS[kind];
  if (end) define(prototype, asyncDispose, (prototype as Record<string, Method>)[end]!);
  defineInterface(Class, NAMES[kind] ?? kind);
  definePrototype(kind, prototype);
}

function methodOf(own: Methods, methods: BrowserClass['methods'], name: string): Method {
  if (own[name]) return named(name, own[name]);
  const kind = methods[name]!;
  if (kind === 'guest') throw new TypeError(`Nothing makes '${name}'`);
  return listedMethod(kind, name);
}

function define(prototype: object, name: string | symbol, value: Method): void {
  defineProperty(prototype, name, record({ value, writable: true, configurable: true }));
}

function defineParts(prototype: object, parts: object): void {
  const names = objectKeys(parts);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const get = function (this: object): object {
      return partOf(stateOf(this), name);
    };
    defineProperty(prototype, name, record({ get, configurable: true }));
  }
}
