import {
  CofferdamError,
  failedResult,
  parser,
  RUN_BROWSER_METHOD,
  RunRequestSchema,
  type Channel,
  type Engine as EngineName,
  type GuestError,
  type IncomingCall,
  type Layer,
  type RunRequest,
  type RunResult,
  type Span,
} from '@cofferdam/protocol';
import { browserOverChannel } from './bridge/browser/over-channel.ts';
import type { OpenBrowser } from './bridge/browser/exchange.ts';
import { noFetch } from './bridge/fetch/none.ts';
import { fetchOverChannel, webSocketOverChannel } from './bridge/fetch/over-channel.ts';
import type { Compiler } from './compiler/client.ts';
import { now } from './clock.ts';
import type { CompiledSource, Engine, Job, Outcome } from './engines/engine.ts';
import { authorsPositions } from './stack.ts';
import { withResultPositions } from './test-results.ts';
import type { WasmModules } from './wasm-modules.ts';

export interface RunServiceOptions {
  engines: Record<EngineName, Engine>;
  compiler: Compiler;
  wasmModules: WasmModules;
  egress(): Channel;
  gateway(): Channel;
  /** Layers around the runner process, outermost last. */
  outerLayers: readonly Layer[];
}

const parseRequest = parser(RunRequestSchema);
const CANCELLED: GuestError = { name: 'LimitError', message: 'The run was cancelled' };

/** Turns one request into one result: check, compile, run. */
export class RunService {
  readonly #options: RunServiceOptions;
  #tenant: string | undefined;

  constructor(options: RunServiceOptions) {
    this.#options = options;
  }

  /** Once, before the first run: this runner serves this tenant until it ends. */
  bind(tenant: string): void {
    if (this.#tenant !== undefined && this.#tenant !== tenant) {
      throw new CofferdamError('PROTOCOL_VIOLATION', 'a runner is bound once');
    }
    this.#tenant = tenant;
  }

  /** Whether the runner is somebody's. */
  get isBound(): boolean {
    return this.#tenant !== undefined;
  }

  async run(call: IncomingCall): Promise<RunResult> {
    const started = now();
    const request = parseRequest(call.payload);
    if (request.tenant !== this.#tenant) {
      throw new CofferdamError('PROTOCOL_VIOLATION', 'a run of another tenant');
    }
    if (request.notAfter !== undefined && Date.now() > request.notAfter) {
      return failedResult('Expired', {
        name: 'LimitError',
        message: 'The run came too late to start',
      });
    }
    if ((request.mode === 'check' || request.browser) && request.engine !== 'isolate') {
      const what = request.browser ? 'a browser' : 'mode check';
      throw new CofferdamError('INVALID_INPUT', `${what} is of the engine isolate only`);
    }
    const result =
      request.engine === 'wasm'
        ? await this.#runWasm(request, call)
        : await this.#runScript(request, call);
    return { ...result, stats: { ...result.stats, wallTimeMs: now() - started } };
  }

  async #runScript(request: RunRequest, call: IncomingCall): Promise<RunResult> {
    const began = now();
    const { compiled, cached } = await this.#options.compiler.compile(
      request.code ?? '',
      request.language ?? 'auto',
    );
    const compileSpan: Span = {
      name: 'compile',
      start: began,
      end: now(),
      parent: -1,
      attributes: { 'cofferdam.cached': cached },
    };
    if (!compiled.ok) {
      return failedResult('CompileError', compiled.error, { spans: [compileSpan] });
    }
    if (call.signal.aborted) return failedResult('Cancelled', CANCELLED, { spans: [compileSpan] });
    const { source } = compiled;
    const outcome = await this.#options.engines[request.engine].run({
      ...this.#job(request, call),
      source,
    });
    return this.#result(request, { outcome, source, cached, before: [compileSpan] });
  }

  async #runWasm(request: RunRequest, call: IncomingCall): Promise<RunResult> {
    const { wasm } = request;
    if (!wasm) throw new CofferdamError('INVALID_INPUT', 'engine wasm needs `wasm`');
    const wasmBytes = await this.#options.wasmModules.bytes(wasm.digest);
    const outcome = await this.#options.engines.wasm.run({
      ...this.#job(request, call),
      wasmBytes,
    });
    const result = this.#result(request, { outcome, cached: false, before: [] });
    return { ...result, digest: wasm.digest };
  }

  #job(request: RunRequest, call: IncomingCall): Job {
    const { ticket } = request;
    return {
      request,
      signal: call.signal,
      ...(request.stream ? { onLog: (log) => call.emit({ log }) } : {}),
      openFetch: (start) =>
        ticket === undefined
          ? noFetch()
          : fetchOverChannel(this.#options.egress(), { ...start, ticket }, call.signal),
      openWebSocket: (start) =>
        ticket === undefined
          ? noFetch()
          : webSocketOverChannel(this.#options.egress(), { ...start, ticket }, call.signal),
      ...(request.browser && { openBrowser: this.#browserOf(request, call) }),
    };
  }

  #browserOf({ runId }: RunRequest, { signal }: IncomingCall): OpenBrowser {
    const { gateway } = this.#options;
    return (asked) =>
      browserOverChannel(gateway(), { ...asked, runId }, signal, RUN_BROWSER_METHOD);
  }

  /** It leaves as JSON, where what is undefined is absent. */
  #result(
    { engine, mode, limits }: RunRequest,
    known: { outcome: Outcome; source?: CompiledSource; cached: boolean; before: Span[] },
  ): RunResult {
    const { outcome, source, before } = known;
    const { exitReason, exports, logs, logsCut, stubs } = outcome;
    const authors = source ? authorsPositions(source) : (error: GuestError) => error;
    const how = { authors, maxUnits: limits.outputBytes };
    const isCheck = mode === 'check' && outcome.value !== undefined;
    const value = isCheck ? withResultPositions(outcome.value!, how) : outcome.value;
    const error = outcome.error && authors(outcome.error);
    return {
      exitReason,
      value,
      exports,
      error,
      stubs,
      digest: source?.digest,
      logs,
      logsCut,
      stats: {
        cpuTimeMs: outcome.cpuTimeMs,
        wallTimeMs: 0,
        memoryBytes: outcome.memoryBytes,
        bridgeCalls: outcome.bridgeCalls,
        outputBytes: outcome.outputBytes,
        compileCached: known.cached,
        warm: outcome.warm,
        attempts: outcome.attempts,
      },
      layers: [engine === 'deno' ? 'deno' : 'isolate', 'process', ...this.#options.outerLayers],
      spans: [...before, ...moved(outcome.spans, before.length)],
    };
  }
}

/** Spans whose parents are indices into their own list, behind `offset` others. */
function moved(spans: readonly Span[], offset: number): Span[] {
  return spans.map((span) => (span.parent < 0 ? span : { ...span, parent: span.parent + offset }));
}
