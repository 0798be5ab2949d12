import type { GuestGroup } from '../../guest/core.ts';
import { CustomEvent, Event, isEvent } from './guest/event.ts';
import {
  defineHandlers,
  EventTarget,
  fire,
  isEventTarget,
  watchListeners,
} from './guest/event-target.ts';

/** What other groups use of this one; only the classes are globals. */
export interface EventsGroup {
  Event: typeof Event;
  EventTarget: typeof EventTarget;
  CustomEvent: typeof CustomEvent;
  defineHandlers: typeof defineHandlers;
  fire: typeof fire;
  isEvent: typeof isEvent;
  isEventTarget: typeof isEventTarget;
  watchListeners: typeof watchListeners;
}

export const install: GuestGroup = () => ({
  Event,
  EventTarget,
  CustomEvent,
  defineHandlers,
  fire,
  isEvent,
  isEventTarget,
  watchListeners,
});
