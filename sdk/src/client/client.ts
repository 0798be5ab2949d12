import type { RunEvent } from './events.ts';
import type {
  DenoBody,
  ExecuteBody,
  Health,
  RunList,
  RunRecord,
  Script,
  Stats,
  TypecheckBody,
  TypecheckResult,
  ValidateBody,
  Validation,
  WasmCompileBody,
  WasmModule,
  WasmRunBody,
} from './generated/api.ts';
import { sessionsClient, type SessionsClient } from './sessions.ts';
import type { Answer, Call, CallOptions, Operation, RunAnswer } from './operation.ts';
import { readOptions, type ClientOptions } from './options.ts';
import { isBytes, Transport, type ModuleBytes } from './transport.ts';

/** A run as one answer when it is over, or as events while it goes on. */
export type Run<T> = Promise<RunAnswer<T>>;
/** A run as events while it goes on; leaving the loop ends it. */
export type RunEvents<T> = AsyncGenerator<RunEvent<T>, void, undefined>;

/** What a run of a script may be given. */
export interface ScriptRunOptions extends CallOptions {
  /** Any JSON; replaces the script's input. Default: the script's own. */
  input?: unknown;
}

/** Which page of a script's runs. */
export interface RunPageOptions extends CallOptions {
  /** 1 to 200. Default: 50. */
  limit?: number;
  /** The `next` of the page before. */
  before?: number;
}

/** WebAssembly modules, which a gateway keeps by digest and name. */
export interface WasmClient {
  /** Checks a module and keeps it: its bytes, or base64 or a file under the gateway's root. */
  compile(
    module: ModuleBytes | WasmCompileBody,
    options?: CallOptions & { id?: string },
  ): Promise<WasmModule>;
  run<T = unknown>(body: WasmRunBody, options?: CallOptions): Run<T>;
  runStream<T = unknown>(body: WasmRunBody, options?: CallOptions): RunEvents<T>;
}

/** Scripts that an operator keeps, in the namespace of the call, of the client, or `default`. */
export interface ScriptsClient {
  /** Of every namespace that the token may list. */
  list(options?: CallOptions): Promise<Script[]>;
  get(name: string, options?: CallOptions): Promise<Script>;
  run<T = unknown>(name: string, options?: ScriptRunOptions): Run<T>;
  runStream<T = unknown>(name: string, options?: ScriptRunOptions): RunEvents<T>;
  /** The runs on record, newest first. */
  runs(name: string, options?: RunPageOptions): Promise<RunList>;
}

/**
 * A gateway's API. Every method rejects with a `CofferdamApiError` when the request was refused or
 * could not be answered, and with the signal's reason when it was aborted. A script that fails is
 * answered: `success` is false and `error` says how. Nothing is sent again: `error.retry` and
 * `error.retryAfterMs` say whether and when that is worth it.
 */
export interface CofferdamClient {
  /** Runs JavaScript or TypeScript in a fresh isolate. */
  execute<T = unknown>(body: ExecuteBody, options?: CallOptions): Run<T>;
  /** As {@link execute}, with the console as it comes. Starts when it is iterated; leaving it ends the run. */
  executeStream<T = unknown>(body: ExecuteBody, options?: CallOptions): RunEvents<T>;
  /** Runs TypeScript or JavaScript in a Deno process without permissions. */
  deno<T = unknown>(body: DenoBody, options?: CallOptions): Run<T>;
  denoStream<T = unknown>(body: DenoBody, options?: CallOptions): RunEvents<T>;
  /** Whether a source compiles; what is wrong with it is in the answer. */
  validate(body: ValidateBody, options?: CallOptions): Promise<Validation>;
  /** What TypeScript says of a source; its errors are in the answer. */
  typecheck(body: TypecheckBody, options?: CallOptions): Promise<TypecheckResult>;
  readonly wasm: WasmClient;
  readonly scripts: ScriptsClient;
  readonly sessions: SessionsClient;
  readonly runs: {
    /** What is kept of a run: result, console, trace. Rejects with `RUN_NOT_FOUND`. */
    get(id: string, options?: CallOptions): Promise<RunRecord>;
  };
  health(options?: CallOptions): Promise<Health>;
  /** Whether requests may be sent to this gateway. */
  ready(options?: CallOptions): Promise<boolean>;
  stats(options?: CallOptions): Promise<Stats>;
  /** In Prometheus' text format. */
  metrics(options?: CallOptions): Promise<string>;
  /** Any operation of the OpenAPI document, by its method and path. */
  request<K extends Operation>(operation: K, call: Call<K>): Promise<Answer<K>>;
}

const SCRIPT = '/v1/namespaces/{namespace}/scripts/{name}';
const RUN_SCRIPT = `POST ${SCRIPT}/runs` as const;

/** A client of one gateway. Throws `INVALID_INPUT` that names the option which is wrong. */
export function createClient(options: ClientOptions): CofferdamClient {
  const transport = new Transport(readOptions(options));
  return {
    execute: <T>(body: ExecuteBody, rest?: CallOptions) =>
      transport.request('POST /execute', { ...rest, body }) as Run<T>,
    executeStream: (body, rest) => transport.stream('POST /execute', { ...rest, body }),
    deno: <T>(body: DenoBody, rest?: CallOptions) =>
      transport.request('POST /deno', { ...rest, body }) as Run<T>,
    denoStream: (body, rest) => transport.stream('POST /deno', { ...rest, body }),
    validate: (body, rest) => transport.request('POST /validate', { ...rest, body }),
    typecheck: (body, rest) => transport.request('POST /typecheck', { ...rest, body }),
    wasm: wasmClient(transport),
    scripts: scriptsClient(transport),
    sessions: sessionsClient(transport),
    runs: { get: (id, rest) => transport.request('GET /v1/runs/{id}', { ...rest, path: { id } }) },
    health: (rest) => transport.request('GET /health', { ...rest }),
    ready: async (rest) => (await transport.request('GET /readyz', { ...rest })).ok,
    stats: (rest) => transport.request('GET /stats', { ...rest }),
    metrics: (rest) => transport.request('GET /metrics', { ...rest }),
    request: (operation, call) => transport.request(operation, call),
  };
}

function wasmClient(transport: Transport): WasmClient {
  return {
    async compile(module, { id, ...rest } = {}) {
      const named = id === undefined ? {} : { id };
      if (isBytes(module)) {
        const call = { ...rest, query: named, body: module };
        return (await transport.upload('POST /wasm/compile', call)) as WasmModule;
      }
      return transport.request('POST /wasm/compile', { ...rest, body: { ...module, ...named } });
    },
    run: <T>(body: WasmRunBody, rest?: CallOptions) =>
      transport.request('POST /wasm/run', { ...rest, body }) as Run<T>,
    runStream: (body, rest) => transport.stream('POST /wasm/run', { ...rest, body }),
  };
}

function scriptsClient(transport: Transport): ScriptsClient {
  const pathOf = (name: string, rest: CallOptions) => ({
    namespace: transport.namespaceOf(rest),
    name,
  });
  const runOf = (name: string, { input, ...rest }: ScriptRunOptions) => ({
    ...rest,
    path: pathOf(name, rest),
    body: input === undefined ? {} : { input },
  });
  return {
    list: async (rest) => (await transport.request('GET /v1/scripts', { ...rest })).scripts,
    get: async (name, rest = {}) =>
      transport.request(`GET ${SCRIPT}`, { ...rest, path: pathOf(name, rest) }),
    run: async <T>(name: string, rest: ScriptRunOptions = {}) =>
      (await transport.request(RUN_SCRIPT, runOf(name, rest))) as RunAnswer<T>,
    async *runStream(name, rest = {}) {
      yield* transport.stream(RUN_SCRIPT, runOf(name, rest));
    },
    async runs(name, { limit, before, ...rest } = {}) {
      const query = {
        ...(limit === undefined ? {} : { limit }),
        ...(before === undefined ? {} : { before }),
      };
      const path = pathOf(name, rest);
      return transport.request(`GET ${SCRIPT}/runs`, { ...rest, path, query });
    },
  };
}
