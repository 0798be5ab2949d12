import type { Preset } from '@cofferdam/protocol';

/** A group of the guest's platform, and a script that touches it for the first time. */
export interface PlatformGroup {
  name: string;
  /** The smallest preset that has it. */
  preset: Preset;
  /** A body without a result that counts; it needs no network. */
  touch: string;
}

const group = (name: string, preset: Preset, touch: string): PlatformGroup => ({
  name,
  preset,
  touch,
});

/** Every group of globals, each with what its first user does, and a script that touches none. */
export const PLATFORM_GROUPS: readonly PlatformGroup[] = [
  group('none', 'web', ''),
  group('buffer', 'data', `Buffer.from('a')`),
  group('encoding', 'data', `new TextEncoder().encode('a')`),
  group('crypto', 'data', `crypto.randomUUID()`),
  group('exception', 'agent', `new DOMException('a')`),
  group('abort', 'agent', `new AbortController()`),
  group('url', 'agent', `new URLSearchParams('a=b')`),
  group('fetch', 'agent', `new Request('http://a.example/')`),
  group('timers', 'web', `clearTimeout(setTimeout(() => {}, 1))`),
  group('clone', 'web', `structuredClone({ a: 1 })`),
  group('events', 'web', `new EventTarget()`),
  group('platform', 'web', `navigator.userAgent`),
  group('performance', 'web', `performance.now()`),
  group('files', 'web', `new Blob(['a'])`),
  group('directory', 'web', `FileSystemHandle.name`),
  group('form', 'web', `new FormData()`),
  group('reader', 'web', `new FileReader()`),
  group('channels', 'web', `new MessageChannel()`),
  group('websocket', 'web', `new CloseEvent('close')`),
  group('eventsource', 'web', `EventSource.CLOSED`),
  group('urlpattern', 'web', `new URLPattern({ pathname: '/:a' })`),
  group('streams', 'web', `new ReadableStream()`),
];
