/** Every global that a preset adds to the language's own, by the group that makes it. */
export const GROUP_GLOBALS = {
  buffer: ['Buffer'],
  encoding: ['TextEncoder', 'TextDecoder', 'btoa', 'atob'],
  crypto: ['crypto'],
  exception: ['DOMException'],
  abort: ['AbortController', 'AbortSignal'],
  url: ['URL', 'URLSearchParams'],
  fetch: ['fetch', 'Headers', 'Request', 'Response'],
  timers: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
  clone: ['structuredClone'],
  events: ['Event', 'EventTarget', 'CustomEvent'],
  platform: ['queueMicrotask', 'navigator'],
  performance: ['performance'],
  files: ['Blob', 'File'],
  form: ['FormData'],
  reader: ['FileReader', 'ProgressEvent'],
  channels: ['MessageChannel', 'MessagePort', 'MessageEvent'],
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
} as const satisfies Record<string, readonly string[]>;

export type GroupName = keyof typeof GROUP_GLOBALS;

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
  'form',
  'reader',
  'channels',
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
