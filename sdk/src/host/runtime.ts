import {
  CofferdamError,
  isErrorCode,
  LASTING,
  RUNTIME_METHODS,
  type EvalOutcome,
  type EvalRequest,
  type OutgoingCall,
} from '@cofferdam/protocol';
import { deliverLine } from '../bindings/console.ts';
import type { BindingScope } from '../bindings/scope.ts';
import type { Connection } from '../connection/connection.ts';
import { readCode, readDisposeOptions, readEvalOptions } from '../options/eval-options.ts';
import type { NestedGuest } from '../nested/nested-hosts.ts';
import { Port } from '../port/port.ts';
import type {
  DisposeOptions,
  EvalOptions,
  RuntimeDiagnostics,
  RuntimeState,
  ScriptRuntime,
} from '../types.ts';
import { abortError } from './abort-error.ts';
import { CountedStream } from './counted-stream.ts';
import { guestFigures } from './figures.ts';
import type { RuntimeHooks } from './open-runtime.ts';
import { endOf, readOutcome, valueOf } from './outcome.ts';

export interface RuntimeParts {
  connection: Connection;
  scope: BindingScope;
  hooks: RuntimeHooks;
  /** The call that lasts as long as the runtime; its bytes both ways are the port. */
  port: OutgoingCall;
  /** How long an eval may take that says nothing else, in milliseconds. */
  evalTimeMs: number;
  /** What its guest opens itself. */
  nested: NestedGuest | undefined;
  /** Ends the handle, and the guest where it is `isHard` or the runtime no session. */
  close(isHard: boolean, reason: string): Promise<void>;
  onEnd(): void;
}

/** How long an eval's answer may come after its runtime's end: it says more exactly what happened. */
const ANSWER_GRACE_MS = 1_000;
/** A keeper has ended an eval by its time; one that is silent for so much longer never will answer. */
const SILENCE_MS = 30_000;
const MAX_DEADLINE_MS = 600_000;
/** A guest that does not read what it is sent is not listened to meanwhile: its answer does not wait. */
const WRITTEN_WITHIN_MS = 2_000;

interface EvalCall {
  signal: AbortSignal | undefined;
  onBegun: (() => void) | undefined;
}

export class Runtime implements ScriptRuntime {
  readonly id: string;
  readonly #parts: RuntimeParts;
  readonly #port: Port;
  readonly #stream: CountedStream;
  /** Rejects when the runtime is over: with what later calls are told. */
  readonly #over = Promise.withResolvers<never>();
  #state: RuntimeState = 'active';
  #ended: CofferdamError | undefined;
  #disposing: Promise<void> | undefined;
  #childrenEnded: Promise<void> | undefined;
  #evals = 0;
  #lastError: RuntimeDiagnostics['lastError'];

  constructor(parts: RuntimeParts) {
    this.id = parts.scope.runtimeId;
    this.#parts = parts;
    this.#over.promise.catch(() => {});
    const { scope, hooks, port, nested } = parts;
    this.#stream = new CountedStream(port);
    this.#port = new Port({
      stream: this.#stream,
      tools: hooks.tools ?? scope.bindings.tools ?? {},
      ...(nested && { host: (method) => nested.handler(method) }),
      enter: (signal, requestId, kind = 'tool') => scope.enter(kind, signal, requestId),
      onPost: (event, value) => hooks.onPost?.(event, value),
      onLine: (line) => deliverLine(scope, line),
      hold: () => parts.connection.hold(),
      onBroken: (error) => this.#broken(error),
    });
  }

  /** With what later calls are told, once it is over. */
  get ended(): CofferdamError | undefined {
    return this.#ended;
  }

  get scope(): BindingScope {
    return this.#parts.scope;
  }

  /** `onBegun`: what is posted from here on comes after the code. `tests`: the value is their results. */
  // eslint-disable-next-line max-params -- the last two are for those who know more than the guest's author
  async eval(
    code: string,
    options?: string | EvalOptions,
    onBegun?: () => void,
    tests?: boolean,
  ): Promise<unknown> {
    const text = readCode(code);
    const { filename, executionTimeout, signal } = readEvalOptions(options);
    if (signal?.aborted) throw abortError(signal, 'the signal was aborted before the eval began');
    if (this.#ended) throw this.#ended;
    const payload = {
      runtimeId: this.id,
      code: text,
      ...(filename === undefined ? {} : { filename }),
      ...(executionTimeout === undefined ? {} : { timeMs: executionTimeout }),
      ...(tests ? { tests } : {}),
    };
    const release = this.#parts.connection.hold();
    // What was posted in this turn goes before the code.
    this.#port.flush();
    this.#evals++;
    try {
      return await this.#answer(payload, { signal, onBegun });
    } catch (error) {
      this.noteError(error);
      if (isSilence(error)) void this.#stop('an eval had no answer in time');
      throw error;
    } finally {
      this.#evals--;
      release();
    }
  }

  /** Tells the guest something that it does not answer. Throws what cannot be sent. */
  post(event: string, value: unknown): void {
    this.#port.post(event, value);
  }

  async dispose(options?: DisposeOptions): Promise<void> {
    const { reason, hard = false } = readDisposeOptions(options);
    // Half an eval is nothing that anybody could go on with.
    await this.#stop(reason ?? 'it was disposed of', hard || this.#evals > 0);
  }

  async diagnostics(): Promise<RuntimeDiagnostics> {
    const { scope } = this.#parts;
    return {
      runtimeId: this.id,
      lifecycleState: this.#state,
      activeRequests: this.#evals,
      activeResources: scope.active,
      pendingFetches: scope.pending('fetch'),
      pendingTools: scope.pending('tool'),
      streamCount: scope.streams,
      ...(this.#lastError ? { lastError: this.#lastError } : {}),
      ...(this.#ended ? {} : await guestFigures(this.#parts.connection, this.id)),
    };
  }

  noteError(error: unknown): void {
    const { name, message, code } = Object(error) as Partial<CofferdamError>;
    this.#lastError = {
      name: typeof name === 'string' ? name : 'Error',
      message: typeof message === 'string' ? message : String(error),
      ...(isErrorCode(code) ? { code } : {}),
    };
  }

  /** Its guest was ended, or the connection was. */
  endedBy(error: CofferdamError): void {
    if (this.#ended) return;
    this.noteError(error);
    const why = error.code === 'RUNTIME_ENDED' ? error.message : `${error.code}: ${error.message}`;
    // What an eval under way ended with is in its own answer, if that still comes.
    const timer = setTimeout(() => this.#over.reject(this.#ended), ANSWER_GRACE_MS);
    timer.unref();
    this.#end(`the runtime has ended: ${why}`);
    // What its guest wrote before is here already, and is read in this turn.
    setImmediate(() => this.#port.end(this.#ended!));
  }

  /** Cancelling an eval ends its runtime, and so does its deadline. */
  #deadline(timeMs: number = this.#parts.evalTimeMs): number {
    const deadlineMs = timeMs + SILENCE_MS;
    // 0 is for as long as the runtime lives.
    return timeMs === 0 || deadlineMs > MAX_DEADLINE_MS ? LASTING : deadlineMs;
  }

  async #answer(payload: EvalRequest, { signal, onBegun }: EvalCall): Promise<unknown> {
    const { channel } = this.#parts.connection;
    const call = channel.call(RUNTIME_METHODS.eval, payload, {
      deadlineMs: this.#deadline(payload.timeMs),
      onEvent: () => onBegun?.(),
    });
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => {
      aborted.reject(abortError(signal!, 'the eval was aborted, and its runtime with it'));
      void this.#stop('an eval was aborted');
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const answer = this.#outcome(call.reply);
      const outcome = await Promise.race([answer, this.#over.promise, aborted.promise]);
      if (outcome.ended) this.endedBy(endOf(outcome));
      return valueOf(outcome);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** What the guest wrote and called before its answer is here before it. */
  async #outcome(reply: Promise<unknown>): Promise<EvalOutcome> {
    const outcome = readOutcome(await reply);
    await this.#stream.reached(outcome.portBytes ?? 0, WRITTEN_WITHIN_MS);
    return outcome;
  }

  async #dispose(reason: string, isHard: boolean): Promise<void> {
    if (this.#ended) return;
    const { connection, close, scope } = this.#parts;
    this.#end(`the runtime is over: ${reason}`);
    this.#state = 'disposing';
    this.#over.reject(this.#ended);
    this.#port.end(this.#ended!);
    const release = connection.hold();
    await Promise.all([close(isHard, reason), scope.closed, this.#childrenEnded]);
    release();
    this.#state = 'disposed';
  }

  /** A guest, or who keeps it, broke the protocol of the port. */
  #broken(error: CofferdamError): void {
    this.noteError(error);
    void this.#stop(`${error.code}: ${error.message}`);
  }

  #stop(reason: string, isHard = true): Promise<void> {
    this.#disposing ??= this.#dispose(reason, isHard);
    return this.#disposing;
  }

  #end(message: string): void {
    this.#ended = new CofferdamError('RUNTIME_ENDED', message);
    this.#state = 'disposed';
    this.#childrenEnded = this.#parts.nested?.close(message);
    this.#parts.scope.close(this.#ended);
    this.#parts.onEnd();
  }
}

function isSilence(error: unknown): boolean {
  return error instanceof CofferdamError && error.code === 'DEADLINE_EXCEEDED';
}
