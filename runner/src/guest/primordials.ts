import { getterOf, uncurry } from './intrinsics.ts';

/**
 * The intrinsics that groups of globals use. A group is evaluated when it is first touched, long
 * after guest code began: what it names must have been captured when the realm was fresh.
 */
export function capturePrimordials() {
  return {
    __proto__: null,
    ...constructors(),
    ...statics(),
    ...symbols(),
    ...methods(),
    ...bufferMethods(),
  };
}

function constructors() {
  return {
    AggregateError,
    Array,
    ArrayBuffer,
    BigInt,
    BigInt64Array,
    BigUint64Array,
    Boolean,
    DataView,
    Date,
    Error,
    EvalError,
    FinalizationRegistry,
    Float16Array: (globalThis as unknown as { Float16Array: unknown }).Float16Array,
    Float32Array,
    Float64Array,
    Function,
    Int16Array,
    Int32Array,
    Int8Array,
    Map,
    Number,
    Object,
    Promise,
    RangeError,
    ReferenceError,
    RegExp,
    Set,
    String,
    Symbol,
    SyntaxError,
    TypeError,
    URIError,
    Uint16Array,
    Uint32Array,
    Uint8Array,
    Uint8ClampedArray,
    WeakMap,
    WeakRef,
    WeakSet,
  };
}

function statics() {
  const { defineProperty, defineProperties, freeze, getOwnPropertyDescriptor } = Object;
  const { getPrototypeOf, setPrototypeOf, hasOwn, keys } = Object;
  return {
    defineProperty,
    defineProperties,
    freeze,
    getOwnPropertyDescriptor,
    getPrototypeOf,
    setPrototypeOf,
    hasOwn,
    objectKeys: keys,
    realm: globalThis,
    apply: Reflect.apply,
    construct: Reflect.construct,
    ownKeys: Reflect.ownKeys,
    isArray: Array.isArray,
    isView: ArrayBuffer.isView,
    isError: (Error as unknown as { isError(value: unknown): value is Error }).isError,
    captureStackTrace: (
      Error as unknown as { captureStackTrace(target: object, above?: Function): void }
    ).captureStackTrace,
    sameValue: Object.is,
    jsonParse: JSON.parse,
    jsonStringify: JSON.stringify,
    min: Math.min,
    max: Math.max,
    floor: Math.floor,
    trunc: Math.trunc,
    dateNow: Date.now,
    isInteger: Number.isInteger,
    fromCharCode: String.fromCharCode,
    fromCodePoint: String.fromCodePoint,
    resolvedPromise: Promise.resolve.bind(Promise) as <T>(value?: T | PromiseLike<T>) => Promise<T>,
    rejectedPromise: Promise.reject.bind(Promise) as (reason: unknown) => Promise<never>,
    encodeURIComponent,
    decodeURIComponent,
  };
}

interface Symbols {
  readonly asyncDispose: typeof Symbol.asyncDispose;
  readonly asyncIterator: typeof Symbol.asyncIterator;
  readonly dispose: typeof Symbol.dispose;
  readonly iterator: typeof Symbol.iterator;
  readonly toPrimitive: typeof Symbol.toPrimitive;
  readonly toStringTag: typeof Symbol.toStringTag;
}

function symbols(): Symbols {
  return {
    asyncDispose: Symbol.asyncDispose,
    asyncIterator: Symbol.asyncIterator,
    dispose: Symbol.dispose,
    iterator: Symbol.iterator,
    toPrimitive: Symbol.toPrimitive,
    toStringTag: Symbol.toStringTag,
  };
}

function methods() {
  return {
    objectToString: uncurry(Object.prototype.toString),
    isPrototypeOf: uncurry(Object.prototype.isPrototypeOf),
    bind: uncurry(Function.prototype.bind),
    functionToString: uncurry(Function.prototype.toString),
    charCodeAt: uncurry(String.prototype.charCodeAt),
    codePointAt: uncurry(String.prototype.codePointAt),
    stringSlice: uncurry(String.prototype.slice),
    stringIndexOf: uncurry(String.prototype.indexOf),
    toLowerCase: uncurry(String.prototype.toLowerCase),
    toUpperCase: uncurry(String.prototype.toUpperCase),
    toWellFormed: uncurry(String.prototype.toWellFormed),
    padStart: uncurry(String.prototype.padStart),
    numberToString: uncurry(Number.prototype.toString),
    regexpExec: uncurry(RegExp.prototype.exec),
    regexpSource: getterOf(RegExp.prototype, 'source') as (regexp: unknown) => string,
    regexpFlags: getterOf(RegExp.prototype, 'flags') as (regexp: unknown) => string,
    promiseThen: uncurry(Promise.prototype.then),
    dateValue: uncurry(Date.prototype.getTime),
    dateText: uncurry(Date.prototype.toISOString),
    numberValue: uncurry(Number.prototype.valueOf),
    stringValue: uncurry(String.prototype.valueOf),
    booleanValue: uncurry(Boolean.prototype.valueOf),
    bigintValue: uncurry(BigInt.prototype.valueOf),
    mapGet: uncurry(Map.prototype.get),
    mapSet: uncurry(Map.prototype.set),
    mapHas: uncurry(Map.prototype.has),
    mapDelete: uncurry(Map.prototype.delete),
    mapClear: uncurry(Map.prototype.clear),
    mapForEach: uncurry(Map.prototype.forEach),
    mapSize: getterOf(Map.prototype, 'size') as (map: unknown) => number,
    setAdd: uncurry(Set.prototype.add),
    setHas: uncurry(Set.prototype.has),
    setDelete: uncurry(Set.prototype.delete),
    setForEach: uncurry(Set.prototype.forEach),
    setSize: getterOf(Set.prototype, 'size') as (set: unknown) => number,
    weakRefDeref: uncurry(WeakRef.prototype.deref),
    registryRegister: uncurry(FinalizationRegistry.prototype.register),
    arraySort: uncurry(Array.prototype.sort),
    arrayIterate: uncurry(Array.prototype[Symbol.iterator]),
  };
}

function bufferMethods() {
  const typed = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
  const getter = (holder: object, key: PropertyKey) => getterOf(holder, key);
  return {
    bufferByteLength: getter(ArrayBuffer.prototype, 'byteLength') as (buffer: unknown) => number,
    bufferDetached: getter(ArrayBuffer.prototype, 'detached') as (buffer: unknown) => boolean,
    bufferSlice: uncurry(ArrayBuffer.prototype.slice),
    bufferTransfer: uncurry(ArrayBuffer.prototype.transfer),
    bufferResizable: getter(ArrayBuffer.prototype, 'resizable') as (buffer: unknown) => boolean,
    bufferMaxByteLength: getter(ArrayBuffer.prototype, 'maxByteLength') as (b: unknown) => number,
    viewBuffer: getter(DataView.prototype, 'buffer') as (view: unknown) => ArrayBuffer,
    viewByteLength: getter(DataView.prototype, 'byteLength') as (view: unknown) => number,
    viewByteOffset: getter(DataView.prototype, 'byteOffset') as (view: unknown) => number,
    typedName: getter(typed, Symbol.toStringTag) as (array: unknown) => string | undefined,
    typedBuffer: getter(typed, 'buffer') as (array: unknown) => ArrayBuffer,
    typedByteLength: getter(typed, 'byteLength') as (array: unknown) => number,
    typedByteOffset: getter(typed, 'byteOffset') as (array: unknown) => number,
    typedLength: getter(typed, 'length') as (array: unknown) => number,
    typedSet: uncurry(typed.set as (source: ArrayLike<number>, offset?: number) => void),
    typedFill: uncurry(typed.fill),
    typedSubarray: uncurry(typed.subarray),
    typedIndexOf: uncurry(typed.indexOf),
    typedLastIndexOf: uncurry(typed.lastIndexOf),
    typedCopyWithin: uncurry(typed.copyWithin),
    getInt8: uncurry(DataView.prototype.getInt8),
    getUint8: uncurry(DataView.prototype.getUint8),
    getInt16: uncurry(DataView.prototype.getInt16),
    getUint16: uncurry(DataView.prototype.getUint16),
    getInt32: uncurry(DataView.prototype.getInt32),
    getUint32: uncurry(DataView.prototype.getUint32),
    getBigInt64: uncurry(DataView.prototype.getBigInt64),
    getBigUint64: uncurry(DataView.prototype.getBigUint64),
    getFloat32: uncurry(DataView.prototype.getFloat32),
    getFloat64: uncurry(DataView.prototype.getFloat64),
    setInt8: uncurry(DataView.prototype.setInt8),
    setUint8: uncurry(DataView.prototype.setUint8),
    setInt16: uncurry(DataView.prototype.setInt16),
    setUint16: uncurry(DataView.prototype.setUint16),
    setInt32: uncurry(DataView.prototype.setInt32),
    setUint32: uncurry(DataView.prototype.setUint32),
    setBigInt64: uncurry(DataView.prototype.setBigInt64),
    setBigUint64: uncurry(DataView.prototype.setBigUint64),
    setFloat32: uncurry(DataView.prototype.setFloat32),
    setFloat64: uncurry(DataView.prototype.setFloat64),
  };
}
