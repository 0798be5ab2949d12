import {
  CofferdamError,
  type EvalOutcome,
  type EvalRequest,
  type GuestError,
  type RuntimeEnd,
  type RuntimeSpec,
} from '@cofferdam/protocol';
import type { Failure } from '../engines/isolate/verdict.ts';
import type { InsideEval, InsideImport, InsideImported, InsideOutcome } from './messages.ts';
import { LoadFailure } from './load-failure.ts';
import type { ModuleDelivery } from './module-delivery.ts';
import { withResultPositions } from '../test-results.ts';
import { readOutcome } from './read-inside.ts';
import type { SourcePositions } from './source-positions.ts';

export interface RuntimeEvalsOptions {
  spec: Pick<RuntimeSpec, 'cwd' | 'evalTimeMs'>;
  modules: ModuleDelivery;
  positions: SourcePositions;
  /** Has the runtime ended. */
  stop(reason: Failure, message: string): void;
  /** Ends a process that answers nonsense. */
  discard(): void;
  ended: Promise<RuntimeEnd>;
}

/** What code has for a name that was given none, as in Node. */
const UNNAMED = '[eval]';
/** What an import may take in a runtime whose evals may take as long as they want. */
const IMPORT_TIME_MS = 60_000;

/** As long as an answer's value may be. */
const MAX_VALUE_UNITS = 5 * 1024 * 1024;

/** An eval; of an isolate with a prefix the one that there is. */
export type RuntimeEval = EvalRequest & Pick<InsideEval, 'run'>;
export type RuntimeOutcome = EvalOutcome & Pick<InsideOutcome, 'exports'>;
type Outcome = Omit<RuntimeOutcome, 'wallTimeMs'>;

/** The evals and imports of one runtime. */
export class RuntimeEvals {
  readonly #options: RuntimeEvalsOptions;
  readonly #over = new AbortController();
  #lastId = 0;
  /** Evals under way. */
  running = 0;

  constructor(options: RuntimeEvalsOptions) {
    this.#options = options;
    void options.ended.then(() => this.#over.abort());
  }

  get count(): number {
    return this.#lastId;
  }

  /** `onBegun`: what is given to the guest from here on comes after the code. */
  async eval(
    request: RuntimeEval,
    cancelled: AbortSignal,
    onBegun: () => void,
  ): Promise<RuntimeOutcome> {
    const began = performance.now();
    const { stop, spec } = this.#options;
    const timeMs = request.timeMs ?? spec.evalTimeMs;
    const loading = new AbortController();
    const late = () => {
      stop('WallTime', `The eval was not done after its ${timeMs} ms`);
      loading.abort();
    };
    const cancel = () => stop('Cancelled', 'The eval was cancelled');
    const timer = timeMs > 0 ? setTimeout(late, timeMs) : undefined;
    cancelled.addEventListener('abort', cancel, { once: true });
    if (cancelled.aborted) cancel();
    this.running++;
    const signal = AbortSignal.any([cancelled, loading.signal, this.#over.signal]);
    try {
      const outcome = await this.#evaluate(request, {
        until: timeMs > 0 ? began + timeMs : Infinity,
        signal,
        onBegun,
      });
      return { ...outcome, wallTimeMs: performance.now() - began };
    } finally {
      this.running--;
      clearTimeout(timer);
      cancelled.removeEventListener('abort', cancel);
    }
  }

  /** Answers what a guest's `import()` asked; what is wrong with it is the guest's to catch. */
  async import(asked: InsideImport, cancelled: AbortSignal): Promise<InsideImported> {
    const { modules, spec } = this.#options;
    const time = AbortSignal.timeout(spec.evalTimeMs || IMPORT_TIME_MS);
    const signal = AbortSignal.any([cancelled, time, this.#over.signal]);
    try {
      return { order: await modules.import(asked, signal) };
    } catch (error) {
      const { name, message } = failureOf(error).error;
      return { error: { name, message } };
    }
  }

  async #evaluate(
    { code, filename = UNNAMED, run, tests }: RuntimeEval,
    { until, signal, onBegun }: { until: number; signal: AbortSignal; onBegun: () => void },
  ): Promise<Outcome> {
    const { modules, spec } = this.#options;
    const source = { code, filename, cwd: spec.cwd };
    try {
      const task = { evalId: ++this.#lastId, run, tests, until, signal };
      const call = await modules.eval(source, task);
      onBegun();
      return this.#answer(await call.reply, tests === true);
    } catch (error) {
      // The guest is over, or about to be: whatever failed here did so for that.
      const isOver = signal.aborted || !(error instanceof LoadFailure || isOfEmbedder(error));
      if (isOver) return endedBy(await this.#options.ended);
      const { exitReason, error: why } = failureOf(error);
      return { exitReason, error: why, cpuTimeMs: 0, ended: false };
    }
  }

  #answer(answer: unknown, hasTests: boolean): Outcome {
    const outcome = readOutcome(answer);
    if (!outcome) {
      this.#options.discard();
      throw new CofferdamError('CONNECTION_LOST');
    }
    const { error, value } = outcome;
    const authors = (wrong: GuestError) => this.#options.positions.authors(wrong);
    const how = { authors, maxUnits: MAX_VALUE_UNITS };
    return {
      ...outcome,
      ...(error && { error: authors(error) }),
      ...(hasTests && value !== undefined && { value: withResultPositions(value, how) }),
    };
  }
}

function endedBy({ exitReason, message }: RuntimeEnd): Outcome {
  return { exitReason, error: { name: 'LimitError', message }, cpuTimeMs: 0, ended: true };
}

/** What an embedder answered that could not be used; the connection to the process says other things. */
function isOfEmbedder(error: unknown): boolean {
  const { code } = CofferdamError.from(error);
  return code !== 'CONNECTION_LOST' && code !== 'RUNTIME_ENDED';
}

function failureOf(error: unknown): Pick<LoadFailure, 'exitReason' | 'error'> {
  if (error instanceof LoadFailure) return error;
  const { message } = CofferdamError.from(error);
  return {
    exitReason: 'Exception',
    error: { name: 'Error', message: `The modules could not be had: ${message}` },
  };
}
