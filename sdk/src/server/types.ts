import type { CreateRuntimeOptions, DisposeOptions, RuntimeDiagnostics } from '../types.ts';

/** What the guest of an app server sends to one of its clients. */
export type WebSocketCommand =
  | { type: 'message'; connectionId: string; data: string | ArrayBuffer }
  | {
      type: 'close';
      connectionId: string;
      /** 1005 where the guest gave none, 1006 where the connection broke, 1001 where its server is over. */
      code: number;
      reason: string;
    };

/** Where what a guest sends to its clients goes. */
export interface WebSocketHandlers {
  /**
   * Called for each, in order of each connection. The next one of a connection waits for a promise that it
   * returns, and so does the guest where much waits; what it throws becomes a warning of this process.
   * A connection that the guest has closed is over when `ws.close` is called, or after 30 s.
   */
  onCommand?(command: WebSocketCommand): void | Promise<void>;
}

/** What a new app server serves, what it may use, and its limits. */
export interface CreateAppServerOptions extends CreateRuntimeOptions {
  /** The server's name: one at a time has it on a host. */
  key: string;
  /** The module that calls `serve`, as `bindings.modules` has it. */
  entry: string;
  /** The name of the code that imports the entry, from whose folder a relative one starts. */
  entryFilename?: string;
  webSockets?: WebSocketHandlers;
}

/** What is given along with a request. */
export interface HandleOptions {
  /**
   * What bindings that the guest calls for this request are told as `context.requestId`: unique among
   * the requests that the server is answering. Default: a UUID.
   */
  requestId?: string;
  /** What they are told as `context.metadata`. */
  metadata?: Record<string, unknown>;
  /** Gives this request up, as the request's own signal does; the server goes on. */
  signal?: AbortSignal;
}

/** How a guest answered a request. */
export type RequestResult =
  | { type: 'response'; response: Response }
  | {
      type: 'websocket';
      upgradeData: {
        requested: true;
        /** For the methods of `ws`: it has to be opened within 30 s. */
        connectionId: string;
        /** What the guest wants the client to be told, `sec-websocket-protocol` for one. */
        headers: Headers;
      };
    };

/** What the clients of upgraded connections do. Rejects with `NOT_FOUND` where there is no such connection. */
export interface AppServerSockets {
  open(connectionId: string): Promise<void>;
  /** At most 4 MiB. Resolves when the guest's process has room for more. */
  message(connectionId: string, data: string | ArrayBuffer | ArrayBufferView): Promise<void>;
  /** Resolves when the guest has been told; of a connection that is over, at once. */
  close(connectionId: string, code?: number, reason?: string): Promise<void>;
  /** The connection broke: the guest is told of the error, and of a close with 1006. */
  error(connectionId: string, error: unknown): Promise<void>;
}

/** What an app server is doing: what is said of its runtime is of the current one. */
export interface AppServerDiagnostics extends RuntimeDiagnostics {
  key: string;
  /** Requests under way, until the last byte of their responses. */
  activeRequests: number;
  /** WebSockets that are open. */
  connections: number;
  reloads: number;
  /** Runtimes that still answer what they were asked before a reload. */
  draining: number;
}

/** A guest that answers requests, by what its entry gave to `serve`. */
export interface AppServer {
  readonly key: string;
  readonly ws: AppServerSockets;
  /**
   * Has the guest answer a request. The response's body arrives as the guest makes it; cancelling it, like
   * a signal that aborts, is `request.signal` in the guest and ends nothing else.
   *
   * Rejects with what the handler threw (`code` is `EXCEPTION`), with an AbortError where a signal was or
   * is aborted (aborted before: nothing starts), with `QUEUE_FULL` where 1,024 requests are under way, and
   * with `RUNTIME_ENDED`, which says why, where the guest is over: `reload` brings it back.
   */
  handle(request: Request, options?: HandleOptions): Promise<RequestResult>;
  /**
   * Evaluates the entry again, in a fresh runtime, which gets all requests from then on. Those under way
   * are answered by the old one; WebSockets are closed with 1001. Rejects, and changes nothing, where the
   * entry fails.
   */
  reload(reason?: string): Promise<void>;
  /** Ends the guest and all that it was serving. Again and again is the same. */
  dispose(options?: DisposeOptions): Promise<void>;
  diagnostics(): Promise<AppServerDiagnostics>;
}
