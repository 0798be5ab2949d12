/** ECMAScript's global names as V8 13.6 has them, without WebAssembly and shared memory. */
const LANGUAGE = `AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array
  BigUint64Array Boolean DataView Date DisposableStack Error EvalError FinalizationRegistry
  Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array Intl
  Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set
  SharedArrayBuffer String SuppressedError Symbol SyntaxError TypeError URIError Uint16Array
  Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet WebAssembly decodeURI
  decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat
  parseInt undefined unescape`;

/** What the preset of runtimes adds, and what this package does by the same way. */
const PLATFORM = `AbortController AbortSignal AsyncContext Blob Buffer ByteLengthQueuingStrategy
  CloseEvent CompressionStream CountQueuingStrategy Crypto CryptoKey CustomEvent DOMException
  DecompressionStream Event EventSource EventTarget File FileReader FileSystemDirectoryHandle
  FileSystemFileHandle FileSystemHandle FileSystemWritableFileStream FormData Headers
  MessageChannel MessageEvent MessagePort Performance PerformanceEntry PerformanceMark
  PerformanceMeasure PerformanceObserver PerformanceObserverEntryList ProgressEvent
  ReadableByteStreamController ReadableStream ReadableStreamBYOBReader ReadableStreamBYOBRequest
  ReadableStreamDefaultController ReadableStreamDefaultReader Request Response SubtleCrypto
  TextDecoder TextDecoderStream TextEncoder TextEncoderStream TransformStream
  TransformStreamDefaultController URL URLPattern URLSearchParams WebSocket WritableStream
  WritableStreamDefaultController WritableStreamDefaultWriter atob btoa clearInterval clearTimeout
  console crypto fetch getDirectory navigator performance queueMicrotask setInterval setTimeout
  structuredClone`;

/** Words that a module cannot call anything by. */
const KEYWORDS = `arguments await break case catch class const continue debugger default delete do else
  enum export extends false finally for function if implements import in instanceof interface let new
  null package private protected public return static super switch this throw true try typeof var void
  while with yield`;

/** What every object inherits: a guest that looks for it must not find a tool. */
const INHERITED = Object.getOwnPropertyNames(Object.prototype);

const RESERVED: ReadonlySet<string> = new Set([
  ...LANGUAGE.split(/\s+/),
  ...PLATFORM.split(/\s+/),
  ...KEYWORDS.split(/\s+/),
  ...INHERITED,
]);

const MAX_NAME = 128;
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/** Whether a guest's code can say the name, and has nothing else by it. */
export function isGuestName(name: string): boolean {
  return name.length <= MAX_NAME && IDENTIFIER.test(name) && !isReservedName(name);
}

/** Whether a guest has something of that name, for which a tool could be taken, or cannot say it. */
export function isReservedName(name: string): boolean {
  return RESERVED.has(name);
}
