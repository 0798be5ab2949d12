import type { BrowserClassName } from '@cofferdam/protocol';

/**
 * What distinguishes Playwright's objects, the more special ones first. By their methods: their classes'
 * names are not part of its interface, and an embedder may have another version or copy of it.
 */
const MARKS: readonly (readonly [BrowserClassName, readonly string[]])[] = [
  ['Context', ['newPage', 'addCookies', 'storageState']],
  ['Page', ['goto', 'bringToFront', 'context']],
  ['Frame', ['goto', 'childFrames', 'page']],
  ['ElementHandle', ['ownerFrame', 'boundingBox']],
  ['JSHandle', ['jsonValue', 'getProperties']],
  ['Response', ['statusText', 'serverAddr', 'request']],
  ['Request', ['resourceType', 'redirectedFrom']],
  ['Route', ['fulfill', 'fallback', 'request']],
  ['Dialog', ['defaultValue', 'dismiss']],
  ['Download', ['suggestedFilename', 'saveAs']],
  ['ConsoleMessage', ['args', 'location', 'text']],
  ['CDPSession', ['send', 'detach']],
];

/** The class of an object of Playwright's; undefined for any other. */
export function classOf(value: object): BrowserClassName | undefined {
  if (isPlain(value)) return undefined;
  const methods = value as Record<string, unknown>;
  const isMarked = (names: readonly string[]) =>
    names.every((name) => typeof methods[name] === 'function');
  return MARKS.find(([, names]) => isMarked(names))?.[0];
}

export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Array.isArray(value);
}
