import {
  codeOfExit,
  CofferdamError,
  INFRASTRUCTURE_EXITS,
  LASTING,
  parseJson,
  parser,
  PREFIX_METHODS,
  PrefixOutcomeSchema,
  PrefixRunStartedSchema,
  type GuestError,
  type OutgoingCall,
  type PrefixOutcome,
  type PrefixRun as PrefixRunRequest,
} from '@cofferdam/protocol';
import { BindingScope } from '../bindings/scope.ts';
import type { Connection } from '../connection/connection.ts';
import { CountedStream } from '../host/counted-stream.ts';
import { Port } from '../port/port.ts';
import { gaugedFetch } from './gauged-fetch.ts';
import type { RunOptions } from './options.ts';
import { OutputLines } from './output-lines.ts';
import { RunGauge } from './run-gauge.ts';
import type { RunError, RunResult, SandboxExports } from './types.ts';

const MiB = 1024 * 1024;
/** A run whose answer is here and whose lines are not is not waited for any longer. */
const WRITTEN_WITHIN_MS = 2_000;
/** As deep as a guest's result may nest. */
const MAX_VALUE_DEPTH = 1_000;

const readStarted = parser(PrefixRunStartedSchema, 'PROTOCOL_VIOLATION');
const readOutcome = parser(PrefixOutcomeSchema, 'PROTOCOL_VIOLATION');

export interface PrefixRunParts {
  connection: Connection;
  scopes: Map<string, BindingScope>;
  prefixId: string;
  options: RunOptions;
}

/** One run of code behind a prefix, from this end. */
export class PrefixRun {
  readonly #parts: PrefixRunParts;
  readonly #cancel = new AbortController();
  readonly #lines = new OutputLines();
  readonly #gauge: RunGauge;
  readonly #began = performance.now();
  #breach: RunError | undefined;
  #broken: CofferdamError | undefined;
  #stream: CountedStream | undefined;
  #port: Port | undefined;
  #scope: BindingScope | undefined;

  constructor(parts: PrefixRunParts) {
    this.#parts = parts;
    this.#gauge = new RunGauge(parts.options.limits, (code, message) => {
      this.#breach ??= { code, name: 'LimitError', message };
      this.cancel();
    });
  }

  /** Ends the guest, whatever it is doing; the result is for whoever cancels to say. */
  cancel(): void {
    this.#cancel.abort();
  }

  /** Rejects with what is not the guest's fault. */
  async result(): Promise<RunResult> {
    try {
      const outcome = await this.#outcome();
      return this.#resultOf(outcome);
    } catch (error) {
      if (this.#breach) return this.#failed(this.#breach);
      throw this.#broken ?? error;
    } finally {
      this.#end();
    }
  }

  async #outcome(): Promise<PrefixOutcome> {
    const call: OutgoingCall = this.#parts.connection.channel.call(
      PREFIX_METHODS.run,
      this.#request(),
      {
        deadlineMs: LASTING,
        signal: this.#cancel.signal,
        onEvent: (event) => this.#started(readStarted(event).runtimeId, call),
      },
    );
    const outcome = readOutcome(await call.reply);
    // What the guest wrote and called before its end comes before it here too.
    await this.#stream?.reached(outcome.portBytes ?? 0, WRITTEN_WITHIN_MS);
    if (this.#broken) throw this.#broken;
    return outcome;
  }

  #request(): PrefixRunRequest {
    const { prefixId, options } = this.#parts;
    const { code, filename, limits, globals } = options;
    return {
      prefixId,
      code,
      ...(filename !== undefined && { filename }),
      cpuTimeMs: limits.cpuTimeMs,
      wallTimeMs: limits.wallTimeMs,
      memoryBytes: limits.memoryMb * MiB,
      ...(globals.data !== undefined && { data: globals.data }),
    };
  }

  #started(runtimeId: string, call: OutgoingCall): void {
    if (this.#scope) throw new CofferdamError('PROTOCOL_VIOLATION', 'a run began twice');
    const { scopes, options } = this.#parts;
    const { fetch, functions } = options.globals;
    const bindings = fetch ? { fetch: gaugedFetch(fetch, this.#gauge) } : {};
    const scope = new BindingScope(runtimeId, bindings, () => {});
    this.#scope = scope;
    scopes.set(runtimeId, scope);
    this.#stream = new CountedStream(call);
    this.#port = new Port({
      stream: this.#stream,
      tools: functions,
      gauge: this.#gauge,
      enter: (signal, requestId) => scope.enter('tool', signal, requestId),
      onLine: (line) => this.#lines.add(line),
      onBroken: (error) => {
        this.#broken = error;
        this.cancel();
      },
    });
  }

  #resultOf({ exitReason, value, exports, error }: PrefixOutcome): RunResult {
    if (this.#breach) return this.#failed(this.#breach);
    if (exitReason === 'Completed') {
      return { ok: true, exports: exportsOf(value, exports), ...this.#output() };
    }
    const code = codeOfExit(exitReason);
    // Another run that ended this one's process is told: it may be sent again at once.
    if (INFRASTRUCTURE_EXITS.has(exitReason) && exitReason !== 'Neighbour') {
      throw new CofferdamError(code, error?.message);
    }
    return this.#failed({ code, ...errorOf(error) });
  }

  #failed(error: RunError): RunResult {
    return { ok: false, error, ...this.#output() };
  }

  #output() {
    return { ...this.#lines.read, durationMs: performance.now() - this.#began };
  }

  /** What the guest still waits for is given up: nobody is left to be answered. */
  #end(): void {
    const over = new CofferdamError('RUNTIME_ENDED', 'the run is over');
    this.#port?.end(over);
    if (!this.#scope) return;
    this.#scope.close(over);
    this.#parts.scopes.delete(this.#scope.runtimeId);
  }
}

function exportsOf(value: string | undefined, exports: string | undefined): SandboxExports {
  const named = exports === undefined ? {} : plain(exports);
  return {
    ...(named as SandboxExports),
    ...(value !== undefined && { default: plain(value) }),
  };
}

function plain(text: string): unknown {
  return parseJson(text, { maxDepth: MAX_VALUE_DEPTH });
}

function errorOf(error: GuestError | undefined): Omit<RunError, 'code'> {
  const { name = 'Error', message = '', stack } = error ?? {};
  return { name, message, ...(stack !== undefined && { stack }) };
}
