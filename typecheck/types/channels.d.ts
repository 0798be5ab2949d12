/// <reference path="./events.d.ts" />
/// <reference path="./clone.d.ts" />

interface MessageEventInit<T = any> extends EventInit {
  data?: T;
  origin?: string;
  lastEventId?: string;
  source?: MessagePort | null;
  ports?: MessagePort[];
}
interface MessageEvent<T = any> extends Event {
  readonly data: T;
  readonly origin: string;
  readonly lastEventId: string;
  readonly source: MessagePort | null;
  readonly ports: readonly MessagePort[];
}
declare var MessageEvent: {
  prototype: MessageEvent;
  new <T>(type: string, init?: MessageEventInit<T>): MessageEvent<T>;
};

interface MessagePortEvents {
  message: MessageEvent;
  messageerror: MessageEvent;
  close: Event;
}
interface MessagePort extends EventTargetOf<MessagePortEvents> {
  postMessage(message: any, transfer: readonly object[]): void;
  postMessage(message: any, options?: StructuredSerializeOptions): void;
  start(): void;
  close(): void;
  onmessage: ((this: MessagePort, event: MessageEvent) => void) | null;
  onmessageerror: ((this: MessagePort, event: MessageEvent) => void) | null;
  onclose: ((this: MessagePort, event: Event) => void) | null;
}
declare var MessagePort: { prototype: MessagePort };

interface MessageChannel {
  readonly port1: MessagePort;
  readonly port2: MessagePort;
}
declare var MessageChannel: { prototype: MessageChannel; new (): MessageChannel };
