import type { ConsoleLevel, ErrorCode } from '@cofferdam/protocol';
import type { BrowserBindings } from './bindings/browser/types.ts';
import type { NestedHostPolicy } from './nested/types.ts';
import type { AppServer, CreateAppServerOptions } from './server/types.ts';
import type {
  DisposeNamespaceOptions,
  NamespacedRuntime,
  NamespacedRuntimeOptions,
} from './sessions/types.ts';
import type { CreateTestRuntimeOptions, TestRuntime } from './tests/types.ts';

/** What a host callback is told of the call that it answers. */
export interface HostCallContext {
  /** Aborted when the guest gives the call up, and when its runtime or the connection ends. */
  signal: AbortSignal;
  /** The runtime whose guest calls. */
  runtimeId: string;
  /** The request on whose behalf the guest calls, where it handles one. */
  requestId?: string;
  /** This call among those of its kind: `fetch:3`, `tool:12`. */
  resourceId: string;
  /** What the host gave along with the request. */
  metadata: Record<string, unknown>;
}

/** Something that a guest wrote with `console`, or a page of its browser. */
export type ConsoleEntry = ConsoleOutput | BrowserConsoleOutput;

/** Something that a page of a guest's browser wrote with `console`: see `captureConsole`. */
export interface BrowserConsoleOutput {
  type: 'browserOutput';
  /** As Playwright has it: `log`, `warning`, `error`, … */
  level: string;
  /** Cut to 4,096 characters. */
  stdout: string;
  location?: { url: string; lineNumber: number; columnNumber: number };
  /** Milliseconds since the epoch. */
  timestamp: number;
}

/** Something that a guest wrote with `console`. */
export interface ConsoleOutput {
  type: 'output';
  level: ConsoleLevel;
  /** The text as a terminal would show it, without the indentation of its groups. */
  stdout: string;
  /** How many groups are open around it. */
  groupDepth: number;
}

/** Where what guests write with `console` goes. */
export interface ConsoleBindings {
  /**
   * Called for each entry, in order. Best effort: what it throws becomes a warning of this process,
   * a promise that it returns is not waited for, and entries of a guest that writes faster than they
   * are taken are dropped, with one entry that says so.
   */
  onEntry?(entry: ConsoleEntry, context: HostCallContext): void;
}

/**
 * Answers a guest's `fetch`. Whatever it may reach, the guest may reach: check the address here. What
 * it throws rejects the guest's `fetch` with a TypeError that has its message.
 */
export type FetchBinding = (
  request: Request,
  context: HostCallContext,
) => Response | Promise<Response>;

/** What is known of a file or a folder. */
export interface FileStat {
  isFile: boolean;
  isDirectory: boolean;
  /** Bytes. */
  size: number;
  /** Milliseconds since the epoch. */
  lastModified?: number;
}

/** A file system for a guest. What is not given is refused to it. Paths are as the guest says them. */
export interface FileBindings {
  readFile?(path: string, context: HostCallContext): Promise<ArrayBuffer>;
  writeFile?(path: string, data: ArrayBuffer, context: HostCallContext): Promise<void>;
  unlink?(path: string, context: HostCallContext): Promise<void>;
  readdir?(path: string, context: HostCallContext): Promise<string[]>;
  mkdir?(
    path: string,
    options: { recursive?: boolean } | undefined,
    context: HostCallContext,
  ): Promise<void>;
  rmdir?(path: string, context: HostCallContext): Promise<void>;
  stat?(path: string, context: HostCallContext): Promise<FileStat>;
  rename?(from: string, to: string, context: HostCallContext): Promise<void>;
}

/** The text of a module, and where it stands. */
export interface ModuleSource {
  code: string;
  /** Its name in stack traces, whose ending says its language: .ts, .tsx, .js, .jsx, .mjs, .cjs, .json. */
  filename: string;
  /** The folder from which its relative imports start: an absolute POSIX path. */
  resolveDir: string;
  /** The text is the same whenever it is asked for. */
  static?: boolean;
  /**
   * `commonjs`: the text is CommonJS, unless it has syntax of ES modules. Default: what the name's
   * ending says, where only .cjs says CommonJS.
   */
  format?: 'module' | 'commonjs';
}

/** Who imports. */
export interface ModuleImporter {
  /** The importing module. */
  path: string;
  /** Where relative specifiers start. */
  resolveDir: string;
}

type Awaitable<T> = T | Promise<T>;

/** Answers the text of a module below a prefix, by its path there; null where there is none. */
export type SourceTreeLoader = (
  relativePath: string,
  context: HostCallContext,
) => Awaitable<string | ModuleSource | null>;

/** Answers the text of a module that nothing else had; null where there is none. */
export type FallbackLoader = (
  specifier: string,
  importer: ModuleImporter,
  context: HostCallContext,
) => Awaitable<string | ModuleSource | null>;

/** Finds modules for a guest. The methods that add something answer the resolver itself. */
export interface ModuleResolver {
  /** A module whose text is given. */
  virtual(
    specifier: string,
    source: string | (() => Awaitable<string>),
    options?: Partial<ModuleSource>,
  ): ModuleResolver;
  /** A module whose text is a file of the host's. */
  virtualFile(specifier: string, filePath: string, options?: Partial<ModuleSource>): ModuleResolver;
  /**
   * All modules under a prefix (`@/`, `/src/`), loaded when they are imported. The loader is asked for
   * paths below it, with every ending that may be meant, until it answers something else than null.
   */
  sourceTree(prefix: string, loader: SourceTreeLoader): ModuleResolver;
  /**
   * Packages of a `node_modules` folder of the host's, for guests at `virtualMount`. Found as Node finds
   * them, with the conditions `cofferdam` and `worker`. No file is served from elsewhere, but for
   * packages that the folder itself links to. What is found there once is kept.
   */
  mountNodeModules(virtualMount: string, hostPath: string): ModuleResolver;
  /** Asked last. */
  fallback(loader: FallbackLoader): ModuleResolver;
  /** Rejects for a module that there is none of. */
  resolve(
    specifier: string,
    importer: ModuleImporter,
    context: HostCallContext,
  ): Promise<ModuleSource>;
}

/**
 * A function that guests may call by its name: sync, async, or an (async) generator that they iterate.
 * The last argument is a {@link HostCallContext}, after those that the guest gave.
 * A guest may give more arguments than a tool names: what decides by the context takes `...args`, and
 * the last of them.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each tool says what it takes
export type ToolHandler = (...args: any[]) => unknown;

/** What of this process a guest may use. It has nothing that is not here. */
export interface HostBindings {
  /** Without it a guest has no `browser`. */
  browser?: BrowserBindings;
  console?: ConsoleBindings;
  /** Without it a guest's `fetch` is refused. */
  fetch?: FetchBinding;
  files?: FileBindings;
  modules?: ModuleResolver;
  /** By the names that they have on the guest's global object. */
  tools?: Record<string, ToolHandler>;
}

/** Which daemon a host uses, and whether it starts one. */
export interface DaemonOptions {
  /** The Unix socket of the daemon. Default: one for each user and version of this package. */
  socketPath?: string;
  /**
   * A script that is started as the daemon instead of this package's own, with `--socket PATH`. Of this
   * process's environment a daemon sees PATH, HOME and the like, and none of its secrets.
   */
  entrypoint?: string;
  /** The folder in which a daemon is started. Default: `/`, so that it keeps no folder in use. */
  cwd?: string;
  /** Milliseconds until a daemon has to answer, its start included. Default 10,000. */
  timeoutMs?: number;
  /** Whether a daemon is started where none listens. Default true. */
  autoStart?: boolean;
}

/** Which gateway a host uses in place of a daemon. */
export interface GatewayOptions {
  /** Where the gateway answers: `https://cofferdam.example.com`. */
  url: string;
  /** The bearer token. Default: none, which a gateway on loopback takes. */
  token?: string;
  /** The namespace whose guests these are. Default: the token's. */
  namespace?: string;
  /** Milliseconds until the gateway has to answer. Default 10,000. */
  timeoutMs?: number;
}

/** What `createIsolateHost` is told: by default the daemon of this user is used, and started. */
export interface CreateIsolateHostOptions {
  /** The one there is: V8 isolates in processes of the daemon's. Default `auto`. */
  engine?: 'auto';
  daemon?: DaemonOptions;
  /** Keeps the runtimes in a runner of this gateway's instead of a daemon on this machine. */
  gateway?: GatewayOptions;
}

/** What a new runtime may use, and its limits. */
export interface CreateRuntimeOptions {
  bindings?: HostBindings;
  /** Where relative module names of evals start: an absolute POSIX path. Default `/`. */
  cwd?: string;
  /**
   * Milliseconds that an eval may take, 1 to 600,000, and of CPU time that the guest may use at a
   * stretch between evals. Default 60,000.
   */
  executionTimeout?: number;
  /** MiB of V8's heap and array buffers, 16 to 2,048. Default 128. */
  memoryLimitMB?: number;
  /**
   * What the guest's own hosts may do, which it makes with the module `cofferdam`. `false`: it has none,
   * and the module cannot be imported. Default: the policy's own defaults.
   */
  nestedHost?: NestedHostPolicy | false;
}

/** What one eval may be given. */
export interface EvalOptions {
  /** An absolute POSIX path, or a name within the runtime's `cwd`. Its ending says the language. */
  filename?: string;
  /** Milliseconds, 1 to 600,000. Default: the runtime's. */
  executionTimeout?: number;
  /** Ends the whole runtime when it aborts. */
  signal?: AbortSignal;
}

/** How a runtime is ended. */
export interface DisposeOptions {
  /** A session ends too, which otherwise is given back; any other runtime always ends for good. Default false. */
  hard?: boolean;
  /** Told to whoever uses the runtime afterwards. */
  reason?: string;
}

/** Where a runtime is in its life. */
export type RuntimeState = 'active' | 'disposing' | 'disposed';

/** What a runtime is doing. Those that begin with `guest` are missing where it is over. */
export interface RuntimeDiagnostics {
  runtimeId: string;
  lifecycleState: RuntimeState;
  /** Evals under way. */
  activeRequests: number;
  /** Calls of bindings under way, of every kind. */
  activeResources: number;
  pendingFetches: number;
  pendingTools: number;
  /** Bodies of fetches that are being sent or received. */
  streamCount: number;
  /** What failed last: of an eval, of a binding, or why the runtime ended. */
  lastError?: { name: string; message: string; code?: ErrorCode };
  guestCpuTimeMs?: number;
  guestHeapBytes?: number;
  /** Evals since the runtime was made. */
  guestEvals?: number;
  /** Modules that the runtime has. */
  guestModules?: number;
}

/** What a host has open. */
export interface HostDiagnostics {
  /** Runtimes that are open, those of nested hosts too. */
  runtimes: number;
  /** App servers that are open. */
  servers: number;
  connected: boolean;
}

/** A guest with a state: its globals and modules stay from eval to eval. */
export interface ScriptRuntime {
  readonly id: string;
  /**
   * Runs code as a module and resolves with its default export where that is plain data, otherwise
   * with `undefined`. A text instead of options is the file's name.
   *
   * Rejects with what the guest threw (an Error with its name, message and stack, `code` is
   * `EXCEPTION`), with a CofferdamError where it went over a limit or the runtime is over
   * (`RUNTIME_ENDED`), and with an AbortError where `signal` was or is aborted. A signal that is
   * aborted before starts nothing; one that aborts later ends the runtime, and so does a time limit.
   */
  eval(code: string, options?: string | EvalOptions): Promise<unknown>;
  /** Ends the guest, also in the middle of an eval, which rejects. Again and again is the same. */
  dispose(options?: DisposeOptions): Promise<void>;
  diagnostics(): Promise<RuntimeDiagnostics>;
}

/** A connection on which runtimes are opened. */
export interface IsolateHost {
  createRuntime(options?: CreateRuntimeOptions): Promise<ScriptRuntime>;
  /** Evaluates a module that calls `serve`, and has it answer requests until it is disposed of. */
  createAppServer(options: CreateAppServerOptions): Promise<AppServer>;
  /** The same with `describe`, `test`, `it`, `expect` and the hooks for its guest. */
  createTestRuntime(options?: CreateTestRuntimeOptions): Promise<TestRuntime>;
  /**
   * A handle of the session of a key, 1 to 512 characters, which is made where there is none. It outlives
   * its handles, this host and this process; any host of the same user may have it, one handle at a time.
   *
   * Rejects with `SESSION_IN_USE` while somebody has it, and, until `disposeNamespace` frees the key, with
   * `SESSION_EXPIRED` where it was evicted and `SESSION_LOST` where it ended while nobody could be told:
   * a session that is gone is never replaced in silence.
   */
  getNamespacedRuntime(key: string, options?: NamespacedRuntimeOptions): Promise<NamespacedRuntime>;
  /** Ends the session of a key, whoever has it, and frees the key. There may be none. */
  disposeNamespace(key: string, options?: DisposeNamespaceOptions): Promise<void>;
  diagnostics(): Promise<HostDiagnostics>;
  /** Ends all runtimes, gives sessions back, and ends the connection. The daemon ends by itself when nobody is connected. */
  close(): Promise<void>;
}
