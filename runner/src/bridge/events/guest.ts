import type { GuestGroup } from '../../guest/core.ts';
import { CustomEvent, Event } from './guest/event.ts';
import { EventTarget, fire } from './guest/event-target.ts';

/** What other groups use of this one; `fire` is no global. */
export interface EventsGroup {
  Event: typeof Event;
  EventTarget: typeof EventTarget;
  CustomEvent: typeof CustomEvent;
  fire: typeof fire;
}

export const install: GuestGroup = () => ({ Event, EventTarget, CustomEvent, fire });
