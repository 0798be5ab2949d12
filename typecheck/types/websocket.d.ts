/// <reference path="./events.d.ts" />
/// <reference path="./blob.d.ts" />
/// <reference path="./channels.d.ts" />
/// <reference path="./url.d.ts" />

interface CloseEventInit extends EventInit {
  wasClean?: boolean;
  code?: number;
  reason?: string;
}
interface CloseEvent extends Event {
  readonly wasClean: boolean;
  readonly code: number;
  readonly reason: string;
}
declare var CloseEvent: {
  prototype: CloseEvent;
  new (type: string, init?: CloseEventInit): CloseEvent;
};

interface WebSocketStates {
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
}
interface WebSocketEvents {
  open: Event;
  message: MessageEvent;
  error: Event;
  close: CloseEvent;
}
interface WebSocket extends EventTargetOf<WebSocketEvents>, WebSocketStates {
  readonly url: string;
  readonly readyState: 0 | 1 | 2 | 3;
  readonly bufferedAmount: number;
  readonly extensions: string;
  readonly protocol: string;
  binaryType: 'blob' | 'arraybuffer';
  onopen: ((this: WebSocket, event: Event) => void) | null;
  onmessage: ((this: WebSocket, event: MessageEvent) => void) | null;
  onerror: ((this: WebSocket, event: Event) => void) | null;
  onclose: ((this: WebSocket, event: CloseEvent) => void) | null;
  send(data: string | BufferSource | Blob): void;
  close(code?: number, reason?: string): void;
}
declare var WebSocket: WebSocketStates & {
  prototype: WebSocket;
  new (url: string | URL, protocols?: string | string[]): WebSocket;
};
