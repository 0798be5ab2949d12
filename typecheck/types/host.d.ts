/** A worker as its host sees it. Data is JSON. */
interface SandboxIsolate {
  /** Runs code in the worker. What is sent afterwards arrives after it. */
  execute(code: string): void;
  send(event: string, data?: any): void;
  /** Hears what the worker sends. */
  on(event: string, handler: (data: any) => void): void;
  /** Answers the worker's requests; what the handler throws is what the request rejects with. */
  onRequest(method: string, handler: (data: any) => any): void;
  /** Hears what happens to the worker, which no worker can send itself. */
  onSystem(event: string, handler: (data: any) => void): void;
  destroy(): void;
}
interface V8Sandbox {
  createIsolate(): Promise<SandboxIsolate>;
  threadCount(): number;
  isolateCount(): number;
  /** Ends every worker. */
  shutdown(): void;
}
declare var V8Sandbox: { prototype: V8Sandbox; new (): V8Sandbox };
