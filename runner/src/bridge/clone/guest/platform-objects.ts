import { core, primordials } from '../../../guest/captured.ts';
import type { EventsGroup } from '../../events/guest.ts';
import type { FilesGroup } from '../../files/guest.ts';
import type { FormGroup } from '../../form/guest.ts';

const { isPrototypeOf, Promise, WeakMap, WeakRef, WeakSet } = primordials;

/** A copy of a blob or file. A group that nothing used yet has made none. */
export function clonePlatformObject(value: object): object | undefined {
  return core.loaded<FilesGroup>('files')?.cloneFile(value);
}

const KINDS = [Promise.prototype, WeakMap.prototype, WeakSet.prototype, WeakRef.prototype];

/** Promises, weak collections and the platform's own classes have an inner state that would be lost. */
export function isUncloneable(value: object): boolean {
  for (let i = 0; i < KINDS.length; i++) {
    if (isPrototypeOf(KINDS[i]!, value)) return true;
  }
  const events = core.loaded<EventsGroup>('events');
  if (events?.isEventTarget(value) || events?.isEvent(value)) return true;
  return !!core.loaded<FormGroup>('form')?.isForm(value);
}
