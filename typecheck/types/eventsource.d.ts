/// <reference path="./events.d.ts" />
/// <reference path="./channels.d.ts" />
/// <reference path="./url.d.ts" />

interface EventSourceStates {
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
}
interface EventSourceInit {
  withCredentials?: boolean;
}
/** An event of the server's has the name that the server gave it. */
interface EventSourceEvents {
  open: Event;
  error: Event;
  [name: string]: any;
}
interface EventSource extends EventTargetOf<EventSourceEvents>, EventSourceStates {
  readonly url: string;
  readonly withCredentials: boolean;
  readonly readyState: 0 | 1 | 2;
  onopen: ((this: EventSource, event: Event) => void) | null;
  onmessage: ((this: EventSource, event: MessageEvent) => void) | null;
  onerror: ((this: EventSource, event: Event) => void) | null;
  close(): void;
}
declare var EventSource: EventSourceStates & {
  prototype: EventSource;
  new (url: string | URL, init?: EventSourceInit): EventSource;
};
