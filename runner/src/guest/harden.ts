import { defineProperty, freeze, getOwnPropertyDescriptor, hasOwn, record } from './intrinsics.ts';

/** What the language's own global object does not have, or what gives a guest a fine clock. */
const REMOVED = ['WebAssembly', 'SharedArrayBuffer', 'console'];

export function removeForeignGlobals(): void {
  for (const name of REMOVED) delete (globalThis as Record<string, unknown>)[name];
}

/**
 * Freezes every intrinsic prototype. What scripts customarily assign on their own objects becomes
 * an accessor first: a frozen data property would make the assignment fail on every heir.
 */
export function freezeIntrinsics(): void {
  for (const [prototype, names] of assignedByScripts()) {
    for (const name of names) allowOverride(prototype, name);
  }
  for (const prototype of intrinsicPrototypes()) freeze(prototype);
}

function errorPrototypes(): object[] {
  return [
    Error.prototype,
    TypeError.prototype,
    RangeError.prototype,
    SyntaxError.prototype,
    ReferenceError.prototype,
    EvalError.prototype,
    URIError.prototype,
    AggregateError.prototype,
    SuppressedError.prototype,
  ];
}

function assignedByScripts(): [object, string[]][] {
  const errors = errorPrototypes().map((prototype): [object, string[]] => [
    prototype,
    ['name', 'message', 'constructor', 'toString'],
  ]);
  return [
    ...errors,
    [Object.prototype, ['toString', 'valueOf', 'constructor', 'toLocaleString', 'hasOwnProperty']],
    [Function.prototype, ['toString']],
    [Array.prototype, ['toString']],
    [Date.prototype, ['toString']],
  ];
}

function allowOverride(prototype: object, name: string): void {
  const descriptor = getOwnPropertyDescriptor(prototype, name);
  if (!descriptor || !hasOwn(descriptor, 'value')) return;
  const { value } = descriptor;
  const accessor = record({
    get: () => value as unknown,
    set(this: unknown, own: unknown) {
      assignOwn(this, prototype, name, own);
    },
    enumerable: false,
    configurable: true,
  });
  defineProperty(prototype, name, accessor);
}

/** What an assignment does when the inherited property is a writable one. */
function assignOwn(self: unknown, prototype: object, name: string, value: unknown): void {
  if (self === prototype || (typeof self !== 'object' && typeof self !== 'function') || !self) {
    throw new TypeErrorOfRealm(`Cannot assign to read only property '${name}'`);
  }
  const exists = hasOwn(self, name);
  const fields = exists
    ? { value }
    : { value, writable: true, enumerable: true, configurable: true };
  defineProperty(self, name, record(fields));
}
const TypeErrorOfRealm = TypeError;

/** The prototypes that have a global constructor of their own. */
function constructedPrototypes(): object[] {
  return [
    Object,
    Function,
    Array,
    Number,
    Boolean,
    String,
    Symbol,
    Date,
    Promise,
    RegExp,
    ArrayBuffer,
    Uint8Array,
    Int8Array,
    Uint16Array,
    Int16Array,
    Uint32Array,
    Int32Array,
    BigUint64Array,
    BigInt64Array,
    Uint8ClampedArray,
    Float32Array,
    Float64Array,
    Float16ArrayOfRealm(),
    DataView,
    Map,
    BigInt,
    Set,
    Iterator,
    WeakMap,
    WeakSet,
    FinalizationRegistry,
    WeakRef,
    DisposableStack,
    AsyncDisposableStack,
  ].map((constructor) => constructor.prototype as object);
}

/** Not yet in the library types of es2024. */
function Float16ArrayOfRealm(): { prototype: object } {
  return (globalThis as unknown as { Float16Array: { prototype: object } }).Float16Array;
}

function intrinsicPrototypes(): object[] {
  const { getPrototypeOf } = Object;
  const functions = [function* () {}, async function* () {}, async function () {}];
  const generator = getPrototypeOf(functions[0]!) as { prototype: object };
  const asyncGenerator = getPrototypeOf(functions[1]!) as { prototype: object };
  const asyncFunction = getPrototypeOf(functions[2]!) as object;
  const iterators = [
    [][Symbol.iterator](),
    new Map()[Symbol.iterator](),
    new Set()[Symbol.iterator](),
    ''[Symbol.iterator](),
    'a'.matchAll(/a/g),
    Iterator.from({ next: () => ({ done: true, value: undefined }) } as Iterator<unknown>),
    [].values().map((value) => value),
  ];
  return [
    ...constructedPrototypes(),
    ...errorPrototypes(),
    ...iterators.map((iterator) => getPrototypeOf(iterator) as object),
    ...intlPrototypes(),
    getPrototypeOf(Uint8Array.prototype) as object,
    generator,
    generator.prototype,
    asyncGenerator,
    asyncGenerator.prototype,
    getPrototypeOf(asyncGenerator.prototype) as object,
    asyncFunction,
  ];
}

function intlPrototypes(): object[] {
  const intl = Intl as unknown as Record<string, { prototype?: object } | undefined>;
  return Object.getOwnPropertyNames(intl)
    .map((name) => intl[name]?.prototype)
    .filter((prototype) => prototype !== undefined);
}
