// Written by scripts/generate-client.ts from the OpenAPI document of the gateway. Change its routes, then `npm run generate`.

export type Blame = 'caller' | 'script' | 'policy' | 'system';

export type DenoBody = {
  /** At most 1 MiB of UTF-8. */
  code: string;
  /** Any JSON; read as `input` and `env`. */
  data?: unknown;
  /** Milliseconds from start to end; more than 30000 counts as that. Default: 5000. */
  timeout?: number;
  /** Default: auto, which reads JavaScript first and then TypeScript. */
  language?: Language;
  limits?: Limits;
  permissions?: Permissions;
};

export type Engine = 'isolate' | 'deno' | 'wasm';

export type EngineFigures = {
  active: number;
  spare: number;
  completed: number;
  killed: number;
  processes: number;
  rssBytes: number;
};

export type ErrorCode =
  | 'INVALID_INPUT'
  | 'INVALID_JSON'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'BODY_TOO_LARGE'
  | 'CODE_TOO_LARGE'
  | 'INVALID_WASM'
  | 'WASM_NOT_FOUND'
  | 'WASM_FILE_REFUSED'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'SCRIPT_NOT_FOUND'
  | 'RUN_NOT_FOUND'
  | 'SCRIPT_NOT_READY'
  | 'RUNTIME_ENDED'
  | 'SESSION_IN_USE'
  | 'SESSION_NOT_FOUND'
  | 'SESSION_EXPIRED'
  | 'SESSION_LOST'
  | 'DUPLICATE_RUN'
  | 'STALE_EPOCH'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'RATE_LIMITED'
  | 'QUEUE_FULL'
  | 'QUOTA_EXCEEDED'
  | 'SERVER_FAILED'
  | 'SERVER_TIMEOUT'
  | 'LOOP_DETECTED'
  | 'EXCEPTION'
  | 'TEST_FAILURE'
  | 'COMPILE_ERROR'
  | 'TYPECHECK_EXCEEDED'
  | 'CPU_TIME_EXCEEDED'
  | 'WALL_TIME_EXCEEDED'
  | 'MEMORY_EXCEEDED'
  | 'OUTPUT_EXCEEDED'
  | 'RESULT_NOT_PLAIN'
  | 'BRIDGE_CALLS_EXCEEDED'
  | 'BRIDGE_PAYLOAD_EXCEEDED'
  | 'ENGINE_CRASH'
  | 'EGRESS_DENIED'
  | 'EGRESS_ADDRESS_DENIED'
  | 'EGRESS_BUDGET'
  | 'EGRESS_TICKET'
  | 'EGRESS_FAILED'
  | 'NEIGHBOUR'
  | 'CANCELLED'
  | 'EXPIRED'
  | 'UNAVAILABLE'
  | 'DEADLINE_EXCEEDED'
  | 'PROTOCOL_VIOLATION'
  | 'CONNECTION_LOST'
  | 'SHUTTING_DOWN'
  | 'INSECURE_BIND'
  | 'INVALID_CONFIG'
  | 'INTERNAL';

/** The code failed; `error.type` is the exit reason. */
export type EvalFailed = {
  success: false;
  error: {
    type: ExitReason;
    name: string;
    message: string;
    stack?: string;
    path?: string;
    line?: number;
    column?: number;
    code: ErrorCode;
    blame: Blame;
    /** Whether the same request may be sent again. */
    retry: boolean;
    /** What to do about it. */
    action: string;
  };
  /** What it wrote to the console meanwhile. */
  logs: LogLine[];
  /** Lines are missing: there were more than are kept. */
  logsCut: boolean;
  stats: EvalFigures;
  exitReason: ExitReason;
  /** The session is over: its guest passed a limit. */
  ended: boolean;
};

export type EvalFigures = {
  cpuTimeMs: number;
  wallTimeMs: number;
  /** From the arrival to the end. */
  durationMs: number;
};

/** The code was evaluated. */
export type EvalSucceeded = {
  success: true;
  /** The default export; null for none and for what is no JSON. */
  result: unknown;
  /** What it wrote to the console meanwhile. */
  logs: LogLine[];
  /** Lines are missing: there were more than are kept. */
  logsCut: boolean;
  stats: EvalFigures;
  exitReason: ExitReason;
  /** The session is over: its guest passed a limit. */
  ended: boolean;
};

export type ExecuteBody = {
  /** At most 1 MiB of UTF-8. */
  code: string;
  /** Host APIs of the isolate. Default: "compute". */
  preset?: Preset;
  /** Read as `env`, and as `input` too. */
  env?: { [name: string]: unknown };
  /** Any JSON; read as `input`, and as `env` unless that is given. */
  input?: unknown;
  /** Milliseconds from start to end; more than 30000 counts as that. Default: 5000. */
  timeout?: number;
  /** Default: auto, which reads JavaScript first and then TypeScript. */
  language?: Language;
  /** `script`: a fresh context in a warm isolate of the same source. Default: "none". */
  reuse?: 'none' | 'script';
  limits?: Limits;
  permissions?: Permissions;
};

export type ExitReason =
  | 'Completed'
  | 'Exception'
  | 'TestFailure'
  | 'CompileError'
  | 'CpuTime'
  | 'WallTime'
  | 'Memory'
  | 'Output'
  | 'ResultNotPlain'
  | 'BridgeCalls'
  | 'BridgePayload'
  | 'EngineCrash'
  | 'Neighbour'
  | 'Cancelled'
  | 'Expired'
  | 'Unavailable';

export type Health = {
  /** A runner has joined. */
  ok: boolean;
  status: 'ok' | 'starting';
  version: string;
  /** Seconds. */
  uptime: number;
  engine: {
    active: number;
    queued: number;
    runners: number;
  };
  /** Of node, v8, deno, isolatedVm. */
  versions: { [name: string]: string };
  /** Of isolate, deno, process, container, gvisor. */
  layers: string[];
  /** What a run is kept from, in a sentence. */
  protection: string;
};

/** Default: auto, which reads JavaScript first and then TypeScript. */
export type Language = 'auto' | 'javascript' | 'typescript';

export type Layer = 'isolate' | 'deno' | 'process' | 'container' | 'gvisor';

export type Limits = {
  /** CPU time. Default: the timeout. 1 to 60000. */
  cpuTimeMs?: number;
  /** V8 heap and array buffers. 16777216 to 536870912. Default: 67108864. */
  memoryBytes?: number;
  /** Console lines together, and the result. 1024 to 1048576. Default: 262144. */
  outputBytes?: number;
  /** Calls to the host. 0 to 100000. Default: 1000. */
  bridgeCalls?: number;
  /** One call to the host. 1024 to 16777216. Default: 1048576. */
  bridgePayloadBytes?: number;
  /** Outbound requests. 0 to 10000. Default: 50. */
  requests?: number;
  /** Bytes that outbound requests send together. 0 to 1073741824. Default: 16777216. */
  bytesUp?: number;
  /** Bytes that outbound requests receive together. 0 to 1073741824. Default: 67108864. */
  bytesDown?: number;
  /** Outbound requests at once; the next ones wait. 1 to 64. Default: 8. */
  connections?: number;
  /** Bytes a second each way, of all outbound requests together. 1024 to 1073741824. */
  bandwidth?: number;
};

export type LogLine = {
  level: 'debug' | 'log' | 'info' | 'warn' | 'error';
  message: string;
  time: number;
};

export type Permissions = {
  /** Hosts that it may reach. Default: none. */
  net?: {
    /** A host name, `*.` and a domain for all its subdomains, or an IP address. */
    host: string;
    /** Ports that may be reached. Default: 443 and 80. */
    ports?: number[];
    /** HTTP methods that may be used. Default: every one. */
    methods?: ('GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS')[];
    /** Paths that may be asked for, each with all below it: `/api` covers `/api` and `/api/x`, not `/apix`. No tunnel of a browser is opened for such a rule. Default: every one. */
    paths?: string[];
    /** Send the run's W3C trace context to this host, so that its spans join the trace. Default: no. */
    trace?: boolean;
  }[];
  /** Whether it may use a browser, whose pages reach the same hosts; with engine isolate. Default: no. */
  browser?: boolean;
};

export type Preset = 'minimal' | 'compute' | 'data' | 'agent' | 'web';

export type Probe = {
  ok: boolean;
};

/** The request was refused; docs/errors.md lists the codes. */
export type Refusal = {
  success: false;
  error: {
    type: ErrorCode;
    name: string;
    message: string;
    code: ErrorCode;
    blame: Blame;
    /** Whether the same request may be sent again. */
    retry: boolean;
    /** What to do about it. */
    action: string;
    problems?: {
      path: string;
      message: string;
    }[];
  };
  requestId: string;
};

export type RunArtifact = {
  /** `screenshot-1.png` of the guest’s own, `page-1.jpg` of a page that a failed check left open, `browser.json` with what pages wrote to their consoles, threw and were refused, `trace.zip` of a failed check for Playwright’s trace viewer. */
  name: string;
  contentType: 'image/png' | 'image/jpeg' | 'application/json' | 'application/zip';
  /** Bytes. */
  size: number;
  /** The address of a page, or what is missing of a trace. */
  about?: string;
};

export type RunArtifacts = {
  artifacts: RunArtifact[];
};

/** The script failed; `error.type` is the exit reason. */
export type RunFailed = {
  success: false;
  error: {
    type: ExitReason;
    name: string;
    message: string;
    stack?: string;
    path?: string;
    line?: number;
    column?: number;
    code: ErrorCode;
    blame: Blame;
    /** Whether the same request may be sent again. */
    retry: boolean;
    /** What to do about it. */
    action: string;
  };
  /** Of a check: how each of its tests went. */
  result?: unknown;
  /** What it wrote to the console. */
  logs: LogLine[];
  /** Lines are missing: the console reached its limit. */
  logsCut: boolean;
  stats: RunFigures;
  runId: string;
  traceId: string;
  exitReason: ExitReason;
  /** What protected this run. */
  layers: Layer[];
  /** Imported functions that did nothing: `module.name`. */
  stubs?: string[];
  /** SHA-256 of the source or module. */
  digest?: string;
};

export type RunFigures = {
  cpuTimeMs: number;
  wallTimeMs: number;
  memoryBytes?: number;
  bridgeCalls: number;
  outputBytes: number;
  compileCached: boolean;
  warm: boolean;
  /** 1 to 2. */
  attempts: number;
  /** From the arrival to the end, queueing included. */
  durationMs: number;
  queuedMs: number;
};

export type RunList = {
  runs: RunListEntry[];
  /** The `before` of the next page. */
  next?: number;
};

/** What a list shows of a run. */
export type RunListEntry = {
  /** Grows with every record. */
  seq: number;
  runId: string;
  traceId: string;
  /** The namespace that it ran in. */
  tenant: string;
  trigger: 'http' | 'schedule' | 'manual';
  engine: Engine;
  preset: Preset;
  /** A script’s name, or `inline`. */
  name: string;
  script?: {
    uid: string;
    namespace: string;
    name: string;
    generation: number;
  };
  /** When it was due, in milliseconds since the epoch. */
  scheduledAt?: number;
  /** When it started, in milliseconds since the epoch. */
  startedAt: number;
  /** Absent while the run goes on. */
  durationMs?: number;
  queuedMs?: number;
  exitReason?: ExitReason;
  error?: {
    name: string;
    message: string;
  };
  /** The first 256 characters of the result’s JSON text. */
  preview?: string;
};

/** Everything that is kept of a run. */
export type RunRecord = {
  /** Grows with every record. */
  seq: number;
  runId: string;
  traceId: string;
  /** The namespace that it ran in. */
  tenant: string;
  trigger: 'http' | 'schedule' | 'manual';
  engine: Engine;
  preset: Preset;
  /** A script’s name, or `inline`. */
  name: string;
  script?: {
    uid: string;
    namespace: string;
    name: string;
    generation: number;
  };
  /** When it was due, in milliseconds since the epoch. */
  scheduledAt?: number;
  /** When it started, in milliseconds since the epoch. */
  startedAt: number;
  /** Absent while the run goes on. */
  durationMs?: number;
  queuedMs?: number;
  exitReason?: ExitReason;
  error?: {
    name: string;
    message: string;
    stack?: string;
    path?: string;
    line?: number;
    column?: number;
  };
  /** Kept up to 32 Ki characters, of a check up to 256 Ki; absent when it was longer. */
  result?: unknown;
  /** The result was too long to be kept. */
  valueCut: boolean;
  /** The last console lines, up to 16 Ki characters of messages. */
  logs: LogLine[];
  /** Lines are missing. */
  logsCut: boolean;
  stats?: {
    cpuTimeMs: number;
    wallTimeMs: number;
    memoryBytes?: number;
    bridgeCalls: number;
    outputBytes: number;
    compileCached: boolean;
    warm: boolean;
    /** 1 to 2. */
    attempts: number;
  };
  layers: Layer[];
  digest?: string;
  /** Its trace, the root first; empty where it was too large to be kept. */
  spans: RunSpan[];
};

export type RunSpan = {
  spanId: string;
  parentSpanId?: string;
  name:
    | 'run'
    | 'queue'
    | 'dispatch'
    | 'compile'
    | 'isolate'
    | 'execute'
    | 'bridge'
    | 'fetch'
    | 'browser'
    | 'browser.wait';
  /** When it began, in milliseconds since the epoch. */
  start: number;
  /** When it ended, in milliseconds since the epoch. */
  end: number;
  error?: string;
  attributes?: { [name: string]: string | number | boolean };
};

/** The run ended well. */
export type RunSucceeded = {
  success: true;
  /** What the script returned; null for undefined. */
  result: unknown;
  /** A module’s named exports. */
  exports?: { [name: string]: unknown };
  /** What it wrote to the console. */
  logs: LogLine[];
  /** Lines are missing: the console reached its limit. */
  logsCut: boolean;
  stats: RunFigures;
  runId: string;
  traceId: string;
  exitReason: ExitReason;
  /** What protected this run. */
  layers: Layer[];
  /** Imported functions that did nothing: `module.name`. */
  stubs?: string[];
  /** SHA-256 of the source or module. */
  digest?: string;
};

export type RunnerFigures = {
  runnerId: string;
  /** Absent while it belongs to no one. */
  tenant?: string;
  role: 'runner' | 'browser';
  state: 'unbound' | 'bound';
  active: number;
  /** Milliseconds since the epoch. */
  joinedAt: number;
  layers: string[];
  /** Of node, v8, deno, isolatedVm. */
  versions: { [name: string]: string };
  rssBytes?: number;
  /** Absent when the runner did not answer. */
  engines?: {
    isolate?: EngineFigures;
    deno?: EngineFigures;
    wasm?: EngineFigures;
  };
};

/** A script; without a valid one `spec` is absent and Ready says why. */
export type Script = {
  namespace: string;
  name: string;
  /** Where it was read from. */
  file?: string;
  generation: number;
  /** What runs, what it may use, and when. */
  spec?: ScriptSpec;
  /** What is known of the script. Written by the operator. */
  status: ScriptStatus;
  /** Runs under way. */
  running: number;
};

export type ScriptList = {
  scripts: Script[];
};

/** What runs, what it may use, and when. */
export type ScriptSpec = {
  /** What runs it: a V8 isolate, a Deno process, or a WebAssembly module. Default: isolate. */
  engine?: 'isolate' | 'deno' | 'wasm';
  /** What runs: exactly one of `inline` and `configMapKeyRef`. */
  source: {
    /** JavaScript or TypeScript, a function body or an ES module; for engine wasm base64 of the module. */
    inline?: string;
    /** Where the source is kept instead. Needs a cluster; its changes are followed. */
    configMapKeyRef?: {
      /** A ConfigMap in the namespace of the script. */
      name: string;
      /** A key of its data. */
      key: string;
    };
    /** What the source is written in. Default: auto. */
    language?: 'auto' | 'javascript' | 'typescript';
  };
  /** How the module is called; for engine wasm. */
  wasm?: {
    /** The export to call. Default: `_start` of a WASI command. */
    entry?: string;
    /** The export's arguments: numbers, or the decimal text of an i64. */
    args?: (number | string)[];
    /** Constants for imported globals: module, then name, then value. */
    imports?: { [name: string]: { [name: string]: number | string } };
    /** Run the module as a WASI preview 1 command. */
    wasi?: {
      /** Its arguments, behind its own name, which is `module`. */
      args?: string[];
      /** Its environment. Default: empty. */
      env?: { [name: string]: string };
      /** Its standard input. Default: empty. */
      stdin?: string;
    };
  };
  /** Host APIs of an isolate. Default: agent; web of a check, a server and a worker. */
  preset?: 'minimal' | 'compute' | 'data' | 'agent' | 'web';
  /** The script reads them as `env.NAME`. */
  env?: {
    /** The NAME of `env.NAME`. */
    name: string;
    /** The value itself. */
    value?: string;
    /** Where the value is kept instead. Needs a cluster; its changes are followed. */
    valueFrom?: {
      /** A key of a Secret. */
      secretKeyRef?: {
        /** A Secret in the same namespace. */
        name: string;
        /** A key of its data. */
        key: string;
        /** Leave the variable out when there is no such key. Default: no. */
        optional?: boolean;
      };
      /** A key of a ConfigMap. */
      configMapKeyRef?: {
        /** A ConfigMap in the same namespace. */
        name: string;
        /** A key of its data. */
        key: string;
        /** Leave the variable out when there is no such key. Default: no. */
        optional?: boolean;
      };
    };
  }[];
  /** What one run may use; its pool has a say in the defaults and the ceilings. */
  limits?: {
    /** CPU time of one run. Default: `1s`. */
    cpuTime?: string;
    /** Time from start to end of one run. Default: `5s`. */
    wallTime?: string;
    /** V8 heap and array buffers. Default: `64Mi`. */
    memory?: string;
    /** Console lines together, and the result. Default: `256Ki`. */
    output?: string;
    /** Calls to the host, such as fetch. Default: 1000. 0 to 100000. */
    bridgeCalls?: number;
    /** One call to the host. Default: `1Mi`. */
    bridgePayload?: string;
    /** Outbound requests. Default: 50. 0 to 10000. */
    requests?: number;
    /** Sent by outbound requests together. Default: `16Mi`. */
    bytesUp?: string;
    /** Received by outbound requests together. Default: `64Mi`. */
    bytesDown?: string;
    /** A second, sent and received by all outbound requests. Default: no bound. */
    bandwidth?: string;
    /** Outbound requests at once; the next ones wait. Default: 8. 1 to 64. */
    connections?: number;
  };
  /** What a run may reach. Default: nothing. */
  permissions?: {
    /** Hosts that it may reach. Default: none. */
    net?: {
      /** A host name, `*.` and a domain for all its subdomains, or an IP address. */
      host: string;
      /** Ports that may be reached. Default: 443 and 80. */
      ports?: number[];
      /** HTTP methods that may be used. Default: every one. */
      methods?: ('GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS')[];
      /** Paths that may be asked for, each with all below it: `/api` covers `/api` and `/api/x`, not `/apix`. No tunnel of a browser is opened for such a rule. Default: every one. */
      paths?: string[];
      /** Send the run's W3C trace context to this host, so that its spans join the trace. Default: no. */
      trace?: boolean;
      /** Headers that are added to its requests on the way out; the script never has their values. */
      addHeadersFrom?: {
        /** The name of the header; what a script sets by this name is replaced. */
        name: string;
        /** What stands before the value, such as `Bearer ` with its space. */
        prefix?: string;
        /** A key of a Secret. */
        secretKeyRef: {
          /** A Secret in the same namespace. */
          name: string;
          /** A key of its data. */
          key: string;
        };
      }[];
      /** Certificates in PEM that are trusted there instead of the well-known authorities. Default: those. */
      caFrom?: {
        /** A key of a ConfigMap. */
        configMapKeyRef?: {
          /** A ConfigMap in the same namespace. */
          name: string;
          /** A key of its data. */
          key: string;
        };
        /** A key of a Secret. */
        secretKeyRef?: {
          /** A Secret in the same namespace. */
          name: string;
          /** A key of its data. */
          key: string;
        };
      };
    }[];
    /** Whether it may use a browser, whose pages reach the same hosts; with engine isolate. Default: no. */
    browser?: boolean;
  };
  /** The SandboxPool whose runners run it; it must allow the namespace. Default: the pool `default`, or else the first that allows it. */
  poolRef?: string;
  /** script: runs that end by themselves. check: runs of tests, which fail where one of them does. server: what `serve` answers HTTP and WebSockets with. worker: a worker for each WebSocket that connects to the script, which it speaks with by messages. Default: script. */
  mode?: 'script' | 'check' | 'server' | 'worker';
  /** Where it answers, beside /v1/namespaces/{namespace}/scripts/{name}/server/; for mode server. Default: nowhere else. */
  route?: {
    /** The path below which it answers, such as `/shop`; the script sees what comes after it. Default: `/`, which needs a host. */
    path?: string;
    /** The host name that it answers under; the gateway has to allow it. Default: any, beside the API. */
    host?: string;
    /** token: for who may run scripts in the namespace. none: for everybody who reaches the gateway. Default: token. */
    auth?: 'token' | 'none';
  };
  /** How many isolates answer for it, and for how long; for mode server. */
  server?: {
    /** Instances kept while nobody asks. Default: 0. 0 to 16. */
    minInstances?: number;
    /** Instances at most, spread over runners. Default: 4. 1 to 16. */
    maxInstances?: number;
    /** Requests that an instance answers at once; one more starts another instance. Default: 32. 1 to 256. */
    concurrency?: number;
    /** An instance that nobody asked for so long is let go. Default: `5m`. */
    idle?: string;
  };
  /** Any JSON; the script reads it as `input`. */
  input?: unknown;
  /** When it runs by itself. Default: only when it is asked to. */
  schedule?: {
    /** Run at this interval, at least `1s`. Exactly one of `every` and `cron`. */
    every?: string;
    /** Five fields (or six with seconds), as crontab has them. Exactly one of `every` and `cron`. */
    cron?: string;
    /** IANA time zone of `cron`. Default: UTC. */
    timeZone?: string;
    /** What happens when a run is due while the last still goes on. Default: Forbid (skip it). */
    concurrencyPolicy?: 'Allow' | 'Forbid' | 'Replace';
    /** How late a run may start; a later one is skipped. Default: `30s`. */
    startingDeadline?: string;
    /** Runs are moved by a fixed part of this, so that scripts of one schedule do not start at once. Default: none. */
    splay?: string;
  };
  /** none: a fresh isolate for every run. script: runs of this script share a warm one. Default: none. */
  reuse?: 'none' | 'script';
  /** Keep the schedule from starting runs, or the server from answering. Default: false. */
  suspend?: boolean;
  /** Runs kept on record. Default: 50. 1 to 1000. */
  history?: number;
};

/** What is known of the script. Written by the operator. */
export type ScriptStatus = {
  /** The generation of the resource that this status is about. */
  observedGeneration: number;
  /** Ready: it could run. Healthy: its last runs were good. */
  conditions: {
    /** What is true or not. */
    type: string;
    /** Whether it is. */
    status: 'True' | 'False' | 'Unknown';
    /** Why, in one CamelCase word. */
    reason: string;
    /** Why, in a sentence. */
    message: string;
    /** When `status` last changed. */
    lastTransitionTime: string;
    /** The generation that this is about. */
    observedGeneration?: number;
  }[];
  /** SHA-256 of the source, in hexadecimal. */
  digest?: string;
  /** The newest run. */
  lastRun?: {
    /** The id of its record. */
    runId: string;
    /** When the run started. */
    startedAt: string;
    /** How long it took, in milliseconds. */
    durationMs: number;
    /** How the run ended; only Completed is a success. */
    exitReason: string;
    /** What started it. */
    trigger: 'schedule' | 'manual' | 'http';
    /** One line: the error's name and message, or the result cut short. */
    summary: string;
  };
  /** Newest first. */
  recentRuns: {
    /** The id of its record. */
    runId: string;
    /** When the run started. */
    startedAt: string;
    /** How long it took, in milliseconds. */
    durationMs: number;
    /** How the run ended; only Completed is a success. */
    exitReason: string;
    /** What started it. */
    trigger: 'schedule' | 'manual' | 'http';
    /** One line: the error's name and message, or the result cut short. */
    summary: string;
  }[];
  /** The last time of the schedule that was decided on, whether it ran or was skipped. */
  lastScheduleTime?: string;
  /** When the schedule is due next; absent without one or while suspended. */
  nextRun?: string;
  /** What stood between the last run and the machine, outermost last. */
  layers?: string[];
  /** The SandboxPool that runs it. */
  pool?: string;
  /** Where a server answers: a path at the gateway's address, or `//` and a host with a path. */
  url?: string;
};

export type ServerInstance = {
  /** Counts from 1 for each server of this gateway. */
  id: number;
  /** `leaving`: it ends what it has begun. */
  state: 'starting' | 'ready' | 'leaving';
  /** It runs the script as it is now. */
  current: boolean;
  runnerId?: string;
  /** Requests that it is answering. */
  inFlight: number;
  /** WebSockets that are open. */
  sockets: number;
  /** Requests that it was given. */
  requests: number;
  /** In milliseconds since the epoch. */
  startedAt: number;
};

export type ServerLogLine = {
  /** In milliseconds since the epoch. */
  time: number;
  instance: number;
  level: 'debug' | 'log' | 'info' | 'warn' | 'error';
  message: string;
  /** Said by the gateway, not by the script. */
  system?: boolean;
};

/** The instances of a server of this gateway. */
export type ServerStatus = {
  suspended: boolean;
  instances: ServerInstance[];
  /** Requests that wait for an instance. */
  waiting: number;
  /** The last lines, of all instances, oldest first: 500, 64 Ki characters. */
  logs: ServerLogLine[];
};

export type Session = {
  id: string;
  key: string;
  /** Of an answer to POST: there was none of its key before. */
  created?: boolean;
  /** `busy`: somebody has it, or makes it. */
  state: 'busy' | 'idle';
  /** When it was made, in milliseconds since the epoch. */
  createdAt: number;
  /** Milliseconds without use after which it is evicted. */
  idle: number;
  /** When it is evicted, unless somebody uses it before, in milliseconds since the epoch. */
  expiresAt?: number;
  /** What protects this session. */
  layers: Layer[];
};

export type SessionBody = {
  /** Whose session it is; one that exists is answered. Default: a new one. */
  key?: string;
  /** Milliseconds without use after which it is evicted. 1000 to 86400000. Default: 1800000. */
  idle?: number;
  /** Default: auto, which reads JavaScript first and then TypeScript. */
  language?: Language;
  limits?: SessionLimits;
  permissions?: SessionPermissions;
  /** Read as `env`. */
  env?: { [name: string]: unknown };
};

export type SessionEvalBody = {
  /** At most 1 MiB of UTF-8. */
  code: string;
  /** What stack traces call it. */
  filename?: string;
  /** Default: auto, which reads JavaScript first and then TypeScript. */
  language?: Language;
  /** Milliseconds; more than limits.wallTimeMs counts as that. Default: that. */
  timeout?: number;
};

export type SessionLimits = {
  /** V8 heap and array buffers. 16777216 to 536870912. Default: 67108864. */
  memoryBytes?: number;
  /** CPU time at a stretch, also between evals. Default: wallTimeMs. 1 to 60000. */
  cpuTimeMs?: number;
  /** What one eval may take. 1 to 30000. Default: 5000. */
  wallTimeMs?: number;
  /** Outbound requests of one eval. 0 to 10000. Default: 50. */
  requests?: number;
  /** Bytes that outbound requests send together. 0 to 1073741824. Default: 16777216. */
  bytesUp?: number;
  /** Bytes that outbound requests receive together. 0 to 1073741824. Default: 67108864. */
  bytesDown?: number;
  /** Outbound requests at once; the next ones wait. 1 to 64. Default: 8. */
  connections?: number;
  /** Bytes a second each way, of all outbound requests together. 1024 to 1073741824. */
  bandwidth?: number;
};

export type SessionList = {
  sessions: Session[];
};

export type SessionPermissions = {
  /** Hosts that it may reach during an eval. Default: none. */
  net?: {
    /** A host name, `*.` and a domain for all its subdomains, or an IP address. */
    host: string;
    /** Ports that may be reached. Default: 443 and 80. */
    ports?: number[];
    /** HTTP methods that may be used. Default: every one. */
    methods?: ('GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS')[];
    /** Paths that may be asked for, each with all below it: `/api` covers `/api` and `/api/x`, not `/apix`. No tunnel of a browser is opened for such a rule. Default: every one. */
    paths?: string[];
    /** Send the run's W3C trace context to this host, so that its spans join the trace. Default: no. */
    trace?: boolean;
  }[];
};

export type Stats = {
  active: number;
  queued: number;
  maxConcurrent: number;
  maxQueue: number;
  /** Since the start. */
  runs: {
    total: number;
    completed: number;
    failed: number;
  };
  wasm: {
    modules: number;
    bytes: number;
  };
  runners: RunnerFigures[];
  /** Seconds. */
  uptime: number;
  presets: Preset[];
};

export type TestResults = {
  success: boolean;
  /** 0 to 100000. */
  passed: number;
  /** 0 to 100000. */
  failed: number;
  /** 0 to 100000. */
  skipped: number;
  /** 0 to 100000. */
  todo: number;
  duration: number;
  /** 0 to 100000. */
  total: number;
  tests: {
    name: string;
    fullName: string;
    suitePath: string[];
    status: 'pass' | 'fail' | 'skip' | 'todo';
    duration: number;
    error?: {
      name: string;
      message: string;
      stack?: string;
      expected?: string;
      actual?: string;
    };
    /** 0 to 100. */
    retries?: number;
  }[];
  suites: {
    name: string;
    fullName: string;
    path: string[];
    /** 0 to 32. */
    depth: number;
    /** 0 to 100000. */
    passed: number;
    /** 0 to 100000. */
    failed: number;
    /** 0 to 100000. */
    skipped: number;
    /** 0 to 100000. */
    todo: number;
    duration: number;
  }[];
  errors: {
    name: string;
    message: string;
    stack?: string;
    expected?: string;
    actual?: string;
  }[];
};

export type TypecheckBody = {
  /** At most 1 MiB of UTF-8. */
  code: string;
  /** Default: auto, which is TypeScript here. */
  language?: 'auto' | 'javascript' | 'typescript';
  /** What the code is for. Default: backend, unless there is a preset. */
  profile?: 'backend' | 'agent' | 'browser-test';
  /** In place of a profile: exactly what this preset offers to a run. */
  preset?: 'minimal' | 'compute' | 'data' | 'agent' | 'web';
  /** Beside those of the profile. */
  capabilities?: (
    | 'fetch'
    | 'files'
    | 'tests'
    | 'browser'
    | 'server'
    | 'host'
    | 'tools'
    | 'console'
    | 'crypto'
    | 'encoding'
    | 'timers'
  )[];
  /** Declarations (.d.ts) by the name of the module that they are of; what is global in them is global. At most 2 MiB together. */
  libraryTypes?: { [name: string]: string };
  /** How strict TypeScript is. Default: `strict`. */
  compilerOptions?: {
    allowUnreachableCode?: boolean;
    allowUnusedLabels?: boolean;
    erasableSyntaxOnly?: boolean;
    exactOptionalPropertyTypes?: boolean;
    noFallthroughCasesInSwitch?: boolean;
    noImplicitAny?: boolean;
    noImplicitOverride?: boolean;
    noImplicitReturns?: boolean;
    noImplicitThis?: boolean;
    noPropertyAccessFromIndexSignature?: boolean;
    noUncheckedIndexedAccess?: boolean;
    noUnusedLocals?: boolean;
    noUnusedParameters?: boolean;
    strict?: boolean;
    strictBindCallApply?: boolean;
    strictBuiltinIteratorReturn?: boolean;
    strictFunctionTypes?: boolean;
    strictNullChecks?: boolean;
    strictPropertyInitialization?: boolean;
    useUnknownInCatchVariables?: boolean;
  };
};

export type TypecheckResult = {
  /** There are no errors. */
  success: boolean;
  /** In the order of their places. */
  errors: {
    /** What is wrong; the lines after the first say why. */
    message: string;
    /** The first is 1. */
    line: number;
    /** In UTF-16 units; the first is 1. */
    column: number;
    /** Where it ends. */
    endLine: number;
    /** The column after its last. */
    endColumn: number;
    /** TypeScript’s number for it: 2322 is TS2322. */
    code: number;
    /** The library types that it is in; without it, the code. */
    library?: string;
  }[];
  /** There are more errors than are listed. */
  errorsCut: boolean;
};

export type ValidateBody = {
  /** At most 1 MiB of UTF-8. */
  code: string;
  /** Default: auto, which reads JavaScript first and then TypeScript. */
  language?: Language;
};

export type Validation = {
  valid: boolean;
  form?: 'body' | 'module';
  /** The first line of what is wrong. */
  error?: string;
  line?: number;
  column?: number;
};

export type WasmCompileBody = {
  /** The module in base64. Either this or `file`. */
  bytes?: string;
  /** A path under the configured WebAssembly root. */
  file?: string;
  /** What to call it. Default: its SHA-256. */
  id?: string;
};

export type WasmModule = {
  moduleId: string;
  digest: string;
  size: number;
  exports: {
    module?: string;
    name: string;
    kind: string;
  }[];
  imports: {
    module?: string;
    name: string;
    kind: string;
  }[];
};

export type WasmRunBody = {
  /** As /wasm/compile answered it. */
  moduleId: string;
  /** The export to call. Default: `_start` of a WASI command. */
  entry?: string;
  /** The export's arguments: numbers, or the decimal text of an i64. */
  args?: (number | string)[];
  /** Constants for imported globals: module, then name, then value. */
  imports?: { [name: string]: { [name: string]: number | string } };
  /** Run the module as a WASI preview 1 command. */
  wasi?: {
    /** Its arguments, behind its own name, which is `module`. */
    args?: string[];
    /** Its environment. Default: empty. */
    env?: { [name: string]: string };
    /** Its standard input. Default: empty. */
    stdin?: string;
  };
  /** Milliseconds from start to end; more than 30000 counts as that. Default: 5000. */
  timeout?: number;
  limits?: Limits;
};

/** Every operation of the API: what it takes, and its answers by status. */
export interface Operations {
  /** End a session. */
  'DELETE /v1/sessions/{id}': {
    path: {
      id: string;
    };
    header: {
      /** The namespace to run in. Default: the only one that the token is bound to, or else `default`. */
      'x-cofferdam-namespace'?: string;
    };
    answers: {
      '204': undefined;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** Whether the service is well, and what protects a run. */
  'GET /health': {
    answers: {
      '200': Health;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** Whether the process answers at all. */
  'GET /livez': {
    answers: {
      '200': Probe;
    };
  };
  /** Metrics for Prometheus. */
  'GET /metrics': {
    answers: {
      '200': string;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** Whether requests may be sent here. */
  'GET /readyz': {
    answers: {
      '200': Probe;
      '503': Probe;
    };
  };
  /** Runs, runners, engines and modules in figures. */
  'GET /stats': {
    answers: {
      '200': Stats;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** One script with its status. */
  'GET /v1/namespaces/{namespace}/scripts/{name}': {
    path: {
      namespace: string;
      name: string;
    };
    answers: {
      '200': Script;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** A script’s runs on record, newest first. */
  'GET /v1/namespaces/{namespace}/scripts/{name}/runs': {
    path: {
      namespace: string;
      name: string;
    };
    query: {
      /** 1 to 200. Default: 50. */
      limit?: number;
      /** The `next` of the page before. */
      before?: number;
    };
    answers: {
      '200': RunList;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** The instances of a server, and the last lines of its console. */
  'GET /v1/namespaces/{namespace}/scripts/{name}/server': {
    path: {
      namespace: string;
      name: string;
    };
    answers: {
      '200': ServerStatus;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** The record of a run, with its trace and its console. */
  'GET /v1/runs/{id}': {
    path: {
      id: string;
    };
    answers: {
      '200': RunRecord;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** What is kept of a run’s browser: screenshots, what its pages said, and the trace of a failed check. */
  'GET /v1/runs/{id}/artifacts': {
    path: {
      id: string;
    };
    answers: {
      '200': RunArtifacts;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** All scripts with their status. */
  'GET /v1/scripts': {
    answers: {
      '200': ScriptList;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** The sessions of a namespace. */
  'GET /v1/sessions': {
    header: {
      /** The namespace to run in. Default: the only one that the token is bound to, or else `default`. */
      'x-cofferdam-namespace'?: string;
    };
    answers: {
      '200': SessionList;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** One session. */
  'GET /v1/sessions/{id}': {
    path: {
      id: string;
    };
    header: {
      /** The namespace to run in. Default: the only one that the token is bound to, or else `default`. */
      'x-cofferdam-namespace'?: string;
    };
    answers: {
      '200': Session;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** Run TypeScript or JavaScript in a Deno process without permissions. */
  'POST /deno': {
    header: {
      /** The namespace to run in. Default: the only one that the token is bound to, or else `default`. */
      'x-cofferdam-namespace'?: string;
    };
    body: DenoBody;
    answers: {
      '200': RunSucceeded;
      '422': RunFailed;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** Run JavaScript or TypeScript in a fresh isolate. */
  'POST /execute': {
    header: {
      /** The namespace to run in. Default: the only one that the token is bound to, or else `default`. */
      'x-cofferdam-namespace'?: string;
    };
    body: ExecuteBody;
    answers: {
      '200': RunSucceeded;
      '422': RunFailed;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** Check a source’s types against what a profile or preset offers, without running it. */
  'POST /typecheck': {
    header: {
      /** The namespace to run in. Default: the only one that the token is bound to, or else `default`. */
      'x-cofferdam-namespace'?: string;
    };
    body: TypecheckBody;
    answers: {
      '200': TypecheckResult;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** Run a script now. */
  'POST /v1/namespaces/{namespace}/scripts/{name}/runs': {
    path: {
      namespace: string;
      name: string;
    };
    body: {
      /** Replaces the script’s input. */
      input?: unknown;
    } | null;
    answers: {
      '200': RunSucceeded;
      '422': RunFailed;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** Make a session, or look one up by its key. */
  'POST /v1/sessions': {
    header: {
      /** The namespace to run in. Default: the only one that the token is bound to, or else `default`. */
      'x-cofferdam-namespace'?: string;
    };
    body: SessionBody;
    answers: {
      '200': Session;
      '201': Session;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** Evaluate code in a session; its default export is the result. */
  'POST /v1/sessions/{id}/eval': {
    path: {
      id: string;
    };
    header: {
      /** The namespace to run in. Default: the only one that the token is bound to, or else `default`. */
      'x-cofferdam-namespace'?: string;
    };
    body: SessionEvalBody;
    answers: {
      '200': EvalSucceeded;
      '422': EvalFailed;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** Run tests in a session; with `accept: application/xml` as JUnit’s XML. */
  'POST /v1/sessions/{id}/tests': {
    path: {
      id: string;
    };
    header: {
      /** The namespace to run in. Default: the only one that the token is bound to, or else `default`. */
      'x-cofferdam-namespace'?: string;
    };
    body: SessionEvalBody;
    answers: {
      '200': TestResults;
      '422': EvalFailed;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** Check whether a source compiles, without running it. */
  'POST /validate': {
    header: {
      /** The namespace to run in. Default: the only one that the token is bound to, or else `default`. */
      'x-cofferdam-namespace'?: string;
    };
    body: ValidateBody;
    answers: {
      '200': Validation;
      '422': Validation;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** Check a WebAssembly module and keep it: base64, a file under the root, or the bytes. */
  'POST /wasm/compile': {
    query: {
      /** For a body of application/wasm: what to call it. */
      id?: string;
    };
    header: {
      /** The namespace to run in. Default: the only one that the token is bound to, or else `default`. */
      'x-cofferdam-namespace'?: string;
    };
    body: WasmCompileBody;
    answers: {
      '200': WasmModule;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** Call an export of a kept module, or run it as a WASI command. */
  'POST /wasm/execute': {
    header: {
      /** The namespace to run in. Default: the only one that the token is bound to, or else `default`. */
      'x-cofferdam-namespace'?: string;
    };
    body: WasmRunBody;
    answers: {
      '200': RunSucceeded;
      '422': RunFailed;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
  /** Call an export of a kept module, or run it as a WASI command. */
  'POST /wasm/run': {
    header: {
      /** The namespace to run in. Default: the only one that the token is bound to, or else `default`. */
      'x-cofferdam-namespace'?: string;
    };
    body: WasmRunBody;
    answers: {
      '200': RunSucceeded;
      '422': RunFailed;
      '4XX': Refusal;
      '5XX': Refusal;
    };
  };
}

/** The statuses of each operation whose answer is a value, and what type it is of; any other is an error. */
export const ANSWERS: {
  readonly [K in keyof Operations]: { readonly statuses: readonly number[]; readonly type: string };
} = {
  'DELETE /v1/sessions/{id}': { statuses: [204], type: '' },
  'GET /health': { statuses: [200], type: 'application/json' },
  'GET /livez': { statuses: [200], type: 'application/json' },
  'GET /metrics': { statuses: [200], type: 'text/plain' },
  'GET /readyz': { statuses: [200, 503], type: 'application/json' },
  'GET /stats': { statuses: [200], type: 'application/json' },
  'GET /v1/namespaces/{namespace}/scripts/{name}': { statuses: [200], type: 'application/json' },
  'GET /v1/namespaces/{namespace}/scripts/{name}/runs': {
    statuses: [200],
    type: 'application/json',
  },
  'GET /v1/namespaces/{namespace}/scripts/{name}/server': {
    statuses: [200],
    type: 'application/json',
  },
  'GET /v1/runs/{id}': { statuses: [200], type: 'application/json' },
  'GET /v1/runs/{id}/artifacts': { statuses: [200], type: 'application/json' },
  'GET /v1/scripts': { statuses: [200], type: 'application/json' },
  'GET /v1/sessions': { statuses: [200], type: 'application/json' },
  'GET /v1/sessions/{id}': { statuses: [200], type: 'application/json' },
  'POST /deno': { statuses: [200, 422], type: 'application/json' },
  'POST /execute': { statuses: [200, 422], type: 'application/json' },
  'POST /typecheck': { statuses: [200], type: 'application/json' },
  'POST /v1/namespaces/{namespace}/scripts/{name}/runs': {
    statuses: [200, 422],
    type: 'application/json',
  },
  'POST /v1/sessions': { statuses: [200, 201], type: 'application/json' },
  'POST /v1/sessions/{id}/eval': { statuses: [200, 422], type: 'application/json' },
  'POST /v1/sessions/{id}/tests': { statuses: [200, 422], type: 'application/json' },
  'POST /validate': { statuses: [200, 422], type: 'application/json' },
  'POST /wasm/compile': { statuses: [200], type: 'application/json' },
  'POST /wasm/execute': { statuses: [200, 422], type: 'application/json' },
  'POST /wasm/run': { statuses: [200, 422], type: 'application/json' },
};
