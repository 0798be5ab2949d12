import type { WebSocketStart } from '@cofferdam/protocol';
import type { DaemonOptions, GatewayOptions, HostCallContext } from '../types.ts';

/** What a worker may use. */
export interface IsolateOptions {
  /**
   * Milliseconds of CPU time that a worker may use at a stretch, without coming to rest, 1 to 600,000.
   * Default 500.
   */
  cpuLimitMs?: number;
  /** MiB of V8's heap and array buffers, 16 to 2,048; 0 is for 512. Default 0. */
  memoryLimitMb?: number;
}

/** The limits of workers that have none of their own, and where these are kept. */
export interface V8SandboxOptions extends IsolateOptions {
  /** Processes over which the workers are spread, 1 to 64. Default 2. */
  threads?: number;
  /** The daemon that keeps the workers, as of `createIsolateHost`. */
  daemon?: DaemonOptions;
  /** Keeps them in a runner of this gateway's instead. */
  gateway?: GatewayOptions;
  /** Told what happens to workers, for people to read: they are made, they fail, they end. */
  log?: (line: string) => void;
}

/** Anything that JSON holds. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- who sends and who receives agree on it
export type WorkerData = any;

/** A worker's request, as `fetch` in it was called. */
export interface WorkerFetchRequest {
  url: string;
  method: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** The body where it is text (UTF-8). */
  body: string | undefined;
  /** The body in base64 where it is no text; `body` is missing then. */
  bodyBase64?: string;
}

/** What a worker's `fetch` comes to. */
export interface WorkerFetchAnswer {
  /** What `Response.ok` is follows from the status. */
  ok?: boolean;
  status: number;
  statusText?: string;
  headers?: Record<string, string>;
  body?: string | null;
  /** Instead of `body`, where that is no text. */
  bodyBase64?: string;
}

/** Answers a worker's `fetch`; what it throws rejects that with a TypeError which has its message. */
export type WorkerFetchHandler = (
  request: WorkerFetchRequest,
  context: HostCallContext,
) => WorkerFetchAnswer | Promise<WorkerFetchAnswer>;

/** Answers the WebSocket of this process that a worker's is to be: `new WebSocket(url, protocols)`. */
export type WorkerWebSocketHandler = (request: WebSocketStart, context: HostCallContext) => unknown;

/** Answers JSON, or a promise of it. */
export type WorkerRequestHandler = (data: WorkerData, context: HostCallContext) => unknown;

/** Why a worker is over. */
export type WorkerExitReason =
  | 'destroyed'
  | 'cpu_limit'
  | 'memory_limit'
  /** On a gateway: its code did not come to an end within the pool's ceiling for `wallTime`. */
  | 'time_limit'
  /** Another worker, or something unknown, ended the process that it was in. */
  | 'neighbour'
  | 'crash'
  /** The connection to whoever kept it ended. */
  | 'disconnected';

/** What happens to a worker, by event. No worker can send these. */
export interface WorkerSystemEvents {
  /**
   * Code did not compile or threw, or a handler or a timer did; the worker lives on. `stack`, of what
   * `execute` ran, has the positions of its author.
   */
  error: { name: string; message: string; stack?: string };
  /** It worked for longer than it may; `exit` follows. */
  cpu_limit: { message: string };
  /** It used more memory than it may; `exit` follows. */
  memory_limit: { message: string };
  /** It is over: the last event. */
  exit: { reason: WorkerExitReason; message: string };
}

/** A worker as its host sees it. Data both ways is JSON, and what JSON does not hold is left out as `JSON.stringify` does. */
export interface SandboxIsolate {
  readonly id: string;
  /**
   * Runs code in the worker, as a module. What is sent afterwards arrives when it has run up to its
   * first `await`. Settles when it has run to its end; nobody has to wait for it: what goes wrong is
   * told as the system event `error` too.
   */
  execute(code: string): Promise<void>;
  /** Throws a TypeError for cycles and bigints, and RUNTIME_ENDED after `destroy()`. */
  send(event: string, data?: WorkerData): void;
  /** Hears what the worker sends. What a handler throws becomes a warning of this process. */
  on(event: string, handler: (data: WorkerData) => void): void;
  off(event: string, handler: (data: WorkerData) => void): void;
  /** Answers the worker's `fetch`. Whatever the handler lets it reach, the worker reaches. */
  onRequest(method: 'fetch', handler: WorkerFetchHandler): void;
  /** Answers the worker's `WebSocket`. */
  onRequest(method: 'websocket', handler: WorkerWebSocketHandler): void;
  /** Answers `NETWORK.request`: one handler a method. The name and message of what it throws reach the worker. */
  onRequest(method: string, handler: WorkerRequestHandler): void;
  /** Hears what happens to the worker. */
  onSystem<E extends keyof WorkerSystemEvents>(
    event: E,
    handler: (data: WorkerSystemEvents[E]) => void,
  ): void;
  /**
   * Ends the worker when it has handled what it was given before, or after two seconds. Settles when
   * it is over.
   */
  destroy(): Promise<void>;
}
