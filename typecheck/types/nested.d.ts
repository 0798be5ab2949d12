/// <reference path="./abort.d.ts" />
/// <reference path="./fetch.d.ts" />

/** Hosts that a guest makes within itself; `@ricsam/isolate` is another name of the same. */
declare module 'cofferdam' {
  type Awaitable<T> = T | Promise<T>;
  export interface HostCallContext {
    signal: AbortSignal;
    runtimeId: string;
    requestId?: string;
    resourceId: string;
    metadata: Record<string, unknown>;
  }
  export interface ConsoleEntry {
    type: 'output';
    level: 'debug' | 'log' | 'info' | 'warn' | 'error';
    stdout: string;
    groupDepth: number;
  }
  export interface FileBindings {
    readFile?(path: string, context: HostCallContext): Promise<ArrayBuffer | Uint8Array>;
    writeFile?(path: string, data: ArrayBuffer, context: HostCallContext): Promise<void>;
    unlink?(path: string, context: HostCallContext): Promise<void>;
    readdir?(path: string, context: HostCallContext): Promise<string[]>;
    mkdir?(
      path: string,
      options: { recursive?: boolean } | undefined,
      context: HostCallContext,
    ): Promise<void>;
    rmdir?(path: string, context: HostCallContext): Promise<void>;
    stat?(
      path: string,
      context: HostCallContext,
    ): Promise<{ isFile: boolean; isDirectory: boolean; size: number; lastModified?: number }>;
    rename?(from: string, to: string, context: HostCallContext): Promise<void>;
  }
  export interface ModuleSource {
    code: string;
    filename: string;
    resolveDir: string;
    static?: boolean;
    format?: 'module' | 'commonjs';
  }
  export interface ModuleImporter {
    path: string;
    resolveDir: string;
  }
  export interface ModuleResolver {
    virtual(
      specifier: string,
      source: string | (() => Awaitable<string>),
      options?: Partial<ModuleSource>,
    ): this;
    sourceTree(
      prefix: string,
      loader: (
        relativePath: string,
        context: HostCallContext,
      ) => Awaitable<string | ModuleSource | null>,
    ): this;
    fallback(
      loader: (
        specifier: string,
        importer: ModuleImporter,
        context: HostCallContext,
      ) => Awaitable<string | ModuleSource | null>,
    ): this;
  }
  export interface HostBindings {
    /** The guest's own `browser`, and no other. */
    browser?: object;
    console?: { onEntry?(entry: ConsoleEntry, context: HostCallContext): void };
    fetch?: (request: Request, context: HostCallContext) => Awaitable<Response>;
    files?: FileBindings;
    modules?: ModuleResolver;
    tools?: Record<string, (...args: any[]) => unknown>;
  }
  export interface NestedHostPolicy {
    fetch?: 'inherit' | 'disabled';
    maxTotalResources?: number;
    maxRuntimes?: number;
    maxAppServers?: number;
    maxMemoryLimitMB?: number;
    maxExecutionTimeoutMs?: number;
    maxAppServerLifetimeMs?: number;
  }
  export interface CreateRuntimeOptions {
    bindings?: HostBindings;
    cwd?: string;
    executionTimeout?: number;
    memoryLimitMB?: number;
    nestedHost?: NestedHostPolicy | false;
  }
  export interface EvalOptions {
    filename?: string;
    executionTimeout?: number;
    signal?: AbortSignal;
  }
  export interface TestRunOptions {
    filename?: string;
    timeoutMs?: number;
    signal?: AbortSignal;
  }
  export interface DisposeOptions {
    hard?: boolean;
    reason?: string;
  }
  export interface TestResults {
    success: boolean;
    passed: number;
    failed: number;
    skipped: number;
    todo: number;
    total: number;
    duration: number;
    tests: { name: string; fullName: string; status: string; error?: { message: string } }[];
    errors: { name: string; message: string }[];
  }
  export interface TestEvents {
    onEvent(listener: (event: any) => void): () => void;
  }
  interface Handle {
    dispose(options?: DisposeOptions): Promise<void>;
    diagnostics(): Promise<Record<string, unknown>>;
  }
  export interface ScriptRuntime extends Handle {
    readonly id: string;
    eval(code: string, options?: string | EvalOptions): Promise<unknown>;
  }
  export interface TestRuntime extends Handle {
    readonly id: string;
    readonly test: TestEvents;
    run(code: string, options?: string | TestRunOptions): Promise<TestResults>;
  }
  export interface NamespacedRuntime extends ScriptRuntime {
    readonly key: string;
    readonly created: boolean;
    readonly test: TestEvents;
    runTests(code: string, options?: string | TestRunOptions): Promise<TestResults>;
  }
  export type RequestResult =
    | { type: 'response'; response: Response }
    | {
        type: 'websocket';
        upgradeData: { requested: true; connectionId: string; headers: Headers };
      };
  export interface AppServer extends Handle {
    readonly key: string;
    readonly ws: {
      open(connectionId: string): Promise<void>;
      message(connectionId: string, data: string | BufferSource): Promise<void>;
      close(connectionId: string, code?: number, reason?: string): Promise<void>;
      error(connectionId: string, error: unknown): Promise<void>;
    };
    handle(
      request: Request,
      options?: { requestId?: string; metadata?: Record<string, unknown>; signal?: AbortSignal },
    ): Promise<RequestResult>;
    reload(reason?: string): Promise<void>;
  }
  export interface IsolateHost {
    createRuntime(options?: CreateRuntimeOptions): Promise<ScriptRuntime>;
    createAppServer(
      options: CreateRuntimeOptions & {
        key: string;
        entry: string;
        entryFilename?: string;
        webSockets?: { onCommand?(command: any): void | Promise<void> };
      },
    ): Promise<AppServer>;
    createTestRuntime(options?: CreateRuntimeOptions & { key?: string }): Promise<TestRuntime>;
    getNamespacedRuntime(
      key: string,
      options?: CreateRuntimeOptions & { idleTimeoutMs?: number },
    ): Promise<NamespacedRuntime>;
    disposeNamespace(key: string, options?: { reason?: string }): Promise<void>;
    diagnostics(): Promise<{ runtimes: number; servers: number; connected: boolean }>;
    close(): Promise<void>;
  }
  /** Makes a host whose children belong to this guest, under the policy that it has. */
  export function createIsolateHost(): IsolateHost;
  export function createModuleResolver(): ModuleResolver;
  /** A folder of this guest's own files for a child. */
  export function createFileBindings(options: { root: string; allowWrite?: boolean }): FileBindings;
}
declare module '@ricsam/isolate' {
  export * from 'cofferdam';
}
