import { core, primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import type { GroupName } from '../../../guest/presets.ts';
import type { CryptoGroup } from '../../crypto/guest.ts';
import type { EventsGroup } from '../../events/guest.ts';
import type { FilesGroup } from '../../files/guest.ts';
import type { FormGroup } from '../../form/guest.ts';

const { defineProperty, hasOwn, isPrototypeOf, objectKeys } = primordials;
const { Promise, WeakMap, WeakRef, WeakSet } = primordials;

/** A copy of a blob, file, key or DOMException. A group that nothing used yet has made none. */
export function clonePlatformObject(value: object): object | undefined {
  return (
    core.loaded<FilesGroup>('files')?.cloneFile(value) ??
    core.loaded<CryptoGroup>('crypto')?.cloneKey(value) ??
    cloneException(value)
  );
}

interface Exception {
  name: string;
  message: string;
  stack: unknown;
}

function cloneException(value: object): object | undefined {
  const { DOMException } = core.loaded('exception') ?? NOTHING;
  if (!DOMException || !isPrototypeOf(DOMException.prototype, value)) return undefined;
  try {
    const { message, name, stack } = value as Exception;
    const copy = new DOMException(message, name) as object;
    const text = typeof stack === 'string' ? stack : '';
    return defineProperty(
      copy,
      'stack',
      record({ value: text, writable: true, configurable: true }),
    );
  } catch {
    // An heir of its prototype that is none: an ordinary object.
    return undefined;
  }
}
const NOTHING: Record<string, any> = record({});

const KINDS = [Promise.prototype, WeakMap.prototype, WeakSet.prototype, WeakRef.prototype];

/** Promises, weak collections and the platform's own classes have an inner state that would be lost. */
export function isUncloneable(value: object): boolean {
  for (let i = 0; i < KINDS.length; i++) {
    if (isPrototypeOf(KINDS[i]!, value)) return true;
  }
  const events = core.loaded<EventsGroup>('events');
  if (events?.isEventTarget(value) || events?.isEvent(value)) return true;
  return !!core.loaded<FormGroup>('form')?.isForm(value) || isOfPlatform(value);
}

/** By name: the list of what each has is not for a realm whose arrays may be a guest's. */
const GROUPS = objectKeys(
  record<Record<GroupName, true>>({
    buffer: true,
    encoding: true,
    crypto: true,
    exception: true,
    abort: true,
    url: true,
    fetch: true,
    timers: true,
    clone: true,
    events: true,
    platform: true,
    performance: true,
    files: true,
    directory: true,
    form: true,
    reader: true,
    channels: true,
    websocket: true,
    eventsource: true,
    urlpattern: true,
    streams: true,
    port: true,
    modules: true,
    network: true,
    'node-fs': true,
    'async-context': true,
    tests: true,
    server: true,
    browser: true,
    host: true,
  }),
) as GroupName[];

/** Of a class that some group made, or one of its objects. Classes that can be cloned were tried before. */
function isOfPlatform(value: object): boolean {
  for (let i = 0; i < GROUPS.length; i++) {
    const made = core.loaded(GROUPS[i]!);
    if (!made) continue;
    const names = objectKeys(made);
    for (let j = 0; j < names.length; j++) {
      const item = made[names[j]!] as unknown;
      if (item === value || isInstance(item, value)) return true;
    }
  }
  return false;
}

/** A class has a prototype of its own that nobody can replace; the platform's functions have none. */
function isInstance(item: unknown, value: object): boolean {
  if (typeof item !== 'function' || !hasOwn(item, 'prototype')) return false;
  const { prototype } = item as { prototype?: unknown };
  return typeof prototype === 'object' && prototype !== null && isPrototypeOf(prototype, value);
}
