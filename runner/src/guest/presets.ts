/** Every global that a preset adds to the language's own, by the group that makes it. */
export const GROUP_GLOBALS = {
  buffer: ['Buffer'],
  encoding: ['TextEncoder', 'TextDecoder', 'btoa', 'atob'],
  crypto: ['crypto', 'Crypto', 'CryptoKey', 'SubtleCrypto'],
  exception: ['DOMException'],
  abort: ['AbortController', 'AbortSignal'],
  url: ['URL', 'URLSearchParams'],
  fetch: ['fetch', 'Headers', 'Request', 'Response'],
  timers: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
  clone: ['structuredClone'],
  events: ['Event', 'EventTarget', 'CustomEvent'],
  platform: ['queueMicrotask', 'navigator'],
  performance: [
    'performance',
    'Performance',
    'PerformanceEntry',
    'PerformanceMark',
    'PerformanceMeasure',
    'PerformanceObserver',
    'PerformanceObserverEntryList',
  ],
  files: ['Blob', 'File'],
  directory: [
    'getDirectory',
    'FileSystemHandle',
    'FileSystemFileHandle',
    'FileSystemDirectoryHandle',
    'FileSystemWritableFileStream',
  ],
  form: ['FormData'],
  reader: ['FileReader', 'ProgressEvent'],
  channels: ['MessageChannel', 'MessagePort', 'MessageEvent'],
  websocket: ['WebSocket', 'CloseEvent'],
  eventsource: ['EventSource'],
  urlpattern: ['URLPattern'],
  streams: [
    'ReadableStream',
    'ReadableStreamDefaultReader',
    'ReadableStreamBYOBReader',
    'ReadableStreamDefaultController',
    'ReadableByteStreamController',
    'ReadableStreamBYOBRequest',
    'WritableStream',
    'WritableStreamDefaultWriter',
    'WritableStreamDefaultController',
    'TransformStream',
    'TransformStreamDefaultController',
    'ByteLengthQueuingStrategy',
    'CountQueuingStrategy',
    'TextEncoderStream',
    'TextDecoderStream',
    'CompressionStream',
    'DecompressionStream',
  ],
  // Features: what a guest may have beside its preset.
  tests: ['describe', 'test', 'it', 'beforeAll', 'afterAll', 'beforeEach', 'afterEach', 'expect'],
  server: ['serve'],
  browser: ['browser'],
  /** What makes the module `cofferdam`. */
  host: [],
  /** What a runtime's guest and its embedder say to each other; used by the platform, not by guests. */
  port: [],
  /** What makes a runtime's guest a worker. */
  network: [],
  /** The loader of a runtime's modules. */
  modules: [],
  /** The exports of `node:fs/promises`, for that loader. */
  'node-fs': [],
  // Of stateful guests whose modules use it: it patches the realm, so no preset has it.
  'async-context': [],
} as const satisfies Record<string, readonly string[]>;

export type GroupName = keyof typeof GROUP_GLOBALS;

/** Groups that a guest may have beside those of its preset. */
export type Feature = Extract<GroupName, 'tests' | 'server' | 'browser' | 'host'>;

const DATA: readonly GroupName[] = ['buffer', 'encoding', 'crypto'];
const AGENT: readonly GroupName[] = [...DATA, 'exception', 'abort', 'url', 'fetch'];
const WEB: readonly GroupName[] = [
  ...AGENT,
  'timers',
  'clone',
  'events',
  'platform',
  'performance',
  'files',
  'directory',
  'form',
  'reader',
  'channels',
  'websocket',
  'eventsource',
  'urlpattern',
  'streams',
];

/** The groups of each preset. console is in every preset and belongs to no group. */
export const PRESET_GROUPS = {
  minimal: [],
  compute: [],
  data: DATA,
  agent: AGENT,
  web: WEB,
} as const satisfies Record<string, readonly GroupName[]>;

export type PresetName = keyof typeof PRESET_GROUPS;

/** The one preset whose prototypes stay ordinary, for libraries that extend them. */
export const UNFROZEN_PRESET: PresetName = 'web';
