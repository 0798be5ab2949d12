/// <reference path="./fetch.d.ts" />

/** A connection of one of the server's clients. */
interface ServerWebSocket<Data = unknown> {
  /** What `upgrade` was given. */
  data: Data;
  readonly readyState: 0 | 1 | 2 | 3;
  /** Bytes that wait for the client, with 256 for each message. */
  readonly bufferedAmount: number;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
  /** At most 4 MiB. Throws a RangeError when 16 MiB wait for the client; goes nowhere when it is not open. */
  send(message: string | BufferSource | Blob): void;
  close(code?: number, reason?: string): void;
}
interface Server<Data = unknown> {
  /** Makes a connection of the request; its handler answers nothing then. Throws the second time. */
  upgrade(request: Request, options?: { data?: Data; headers?: HeadersInit }): boolean;
}
interface ServerWebSocketHandlers<Data = unknown> {
  open?(ws: ServerWebSocket<Data>): void | Promise<void>;
  message?(ws: ServerWebSocket<Data>, message: string | ArrayBuffer): void | Promise<void>;
  close?(ws: ServerWebSocket<Data>, code: number, reason: string): void | Promise<void>;
  error?(ws: ServerWebSocket<Data>, error: Error): void | Promise<void>;
}
type ServerAnswer = Response | undefined | void;
interface ServeOptions<Data = unknown> {
  fetch(request: Request, server: Server<Data>): ServerAnswer | Promise<ServerAnswer>;
  websocket?: ServerWebSocketHandlers<Data>;
}
/** Says what answers the requests of an app server; the last call counts. */
declare function serve<Data = unknown>(options: ServeOptions<Data>): void;
