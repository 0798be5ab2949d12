/** Of a worker, or of all workers of a sandbox. */
interface IsolateLimits {
  /** Milliseconds of CPU time that a worker may use at a stretch, 1 to 600,000. Default 500. */
  cpuLimitMs?: number;
  /** MiB of memory, 16 to 2,048; 0 is for 512. Default 0. */
  memoryLimitMb?: number;
}
interface SandboxFetchRequest {
  url: string;
  method: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** The body where it is text. */
  body: string | undefined;
  /** The body in base64 where it is no text. */
  bodyBase64?: string;
}
interface SandboxFetchAnswer {
  ok?: boolean;
  status: number;
  statusText?: string;
  headers?: Record<string, string>;
  body?: string | null;
  /** Instead of `body`, where that is no text. */
  bodyBase64?: string;
}
/** What happens to a worker, by event. */
interface SandboxSystemEvents {
  /** Something in it threw; the worker lives on. */
  error: { name: string; message: string; stack?: string };
  cpu_limit: { message: string };
  memory_limit: { message: string };
  /** It is over: the last event. */
  exit: {
    reason:
      | 'destroyed'
      | 'cpu_limit'
      | 'memory_limit'
      | 'time_limit'
      | 'neighbour'
      | 'crash'
      | 'disconnected';
    message: string;
  };
}
/** A worker as its host sees it. Data is JSON. */
interface SandboxIsolate {
  readonly id: string;
  /** Runs code in the worker. What is sent afterwards arrives after it. Nobody has to await it. */
  execute(code: string): Promise<void>;
  send(event: string, data?: any): void;
  /** Hears what the worker sends. */
  on(event: string, handler: (data: any) => void): void;
  off(event: string, handler: (data: any) => void): void;
  /** Answers the worker's `fetch`. */
  onRequest(
    method: 'fetch',
    handler: (request: SandboxFetchRequest) => SandboxFetchAnswer | Promise<SandboxFetchAnswer>,
  ): void;
  /** Answers the WebSocket that the worker's is to be. */
  onRequest(
    method: 'websocket',
    handler: (request: { url: string; protocols: string[] }) => unknown,
  ): void;
  /** Answers the worker's requests; what the handler throws is what the request rejects with. */
  onRequest(method: string, handler: (data: any) => any): void;
  /** Hears what happens to the worker, which no worker can send itself. */
  onSystem<E extends keyof SandboxSystemEvents>(
    event: E,
    handler: (data: SandboxSystemEvents[E]) => void,
  ): void;
  /** Ends the worker when it has handled what it was given before, or after two seconds. */
  destroy(): Promise<void>;
}
interface V8Sandbox {
  createIsolate(options?: IsolateLimits): Promise<SandboxIsolate>;
  threadCount(): number;
  isolateCount(): number;
  /** Ends every worker. */
  shutdown(): Promise<void>;
}
interface V8SandboxOptions extends IsolateLimits {
  /** Processes over which the workers are spread, 1 to 64. Default 2. */
  threads?: number;
  /** Told what happens to workers, for people to read. */
  log?: (line: string) => void;
}
declare var V8Sandbox: { prototype: V8Sandbox; new (options?: V8SandboxOptions): V8Sandbox };
