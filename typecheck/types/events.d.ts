/// <reference path="./event-types.d.ts" />

declare var Event: EventPhases & { prototype: Event; new (type: string, init?: EventInit): Event };
declare var EventTarget: { prototype: EventTarget; new (): EventTarget };

interface CustomEventInit<T = any> extends EventInit {
  detail?: T;
}
interface CustomEvent<T = any> extends Event {
  readonly detail: T;
  /** @deprecated */
  initCustomEvent(type: string, bubbles?: boolean, cancelable?: boolean, detail?: T): void;
}
declare var CustomEvent: {
  prototype: CustomEvent;
  new <T>(type: string, init?: CustomEventInit<T>): CustomEvent<T>;
};
