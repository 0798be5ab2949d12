import {
  CofferdamError,
  type IncomingCall,
  type PrefixOutcome,
  type PrefixRun,
} from '@cofferdam/protocol';
import { PrefixFailure } from './prefix-failure.ts';
import { PrefixSpares } from './prefix-spares.ts';
import { prepareIsolate, type IsolatePlace, type PreparedIsolate } from './prepared-isolate.ts';
import type { PrefixSource } from './prefix-source.ts';
import type { SpareShelf } from './spare-shelf.ts';

/** What a run's code is called in stack traces that was given no name. */
const UNNAMED = '[run]';
/** An embedder that does not take what its guest sent has its answer all the same. */
const PASSED_WITHIN_MS = 1_000;

/** One prefix, from its first evaluation until its embedder disposes of it. */
export class KeptPrefix {
  readonly source: PrefixSource;
  readonly #spares: PrefixSpares;

  constructor(source: PrefixSource, place: IsolatePlace, shelf: SpareShelf) {
    this.source = source;
    const prepare = (memoryBytes: number) => prepareIsolate(place, source, memoryBytes);
    this.#spares = new PrefixSpares({ shelf, prepare }, source.spec.memoryBytes);
  }

  /** Evaluates it for the first time. Throws `PrefixFailure`. */
  async open(): Promise<void> {
    const { isolate } = await this.#spares.take(this.source.spec.memoryBytes);
    this.#spares.add(isolate);
    this.#spares.giveBack();
  }

  async run(request: PrefixRun, call: IncomingCall): Promise<PrefixOutcome> {
    const { memoryBytes } = request;
    if (memoryBytes > this.source.spec.memoryBytes) {
      throw new CofferdamError('INVALID_INPUT', 'memoryBytes is more than the prefix was given');
    }
    const began = performance.now();
    try {
      const { isolate, isSpare } = await this.#spares.take(memoryBytes);
      return { ...(await this.#runIn(isolate, request, call)), isSpare };
    } catch (error) {
      if (!(error instanceof PrefixFailure)) throw error;
      const { exitReason, error: why } = error;
      const wallTimeMs = performance.now() - began;
      return { exitReason, error: why, cpuTimeMs: 0, wallTimeMs, isSpare: false };
    } finally {
      // After the answer: what is disposed of or made now is nobody's to wait for.
      setImmediate(() => this.#spares.giveBack());
    }
  }

  close(): void {
    this.#spares.close();
    this.source.drop();
  }

  async #runIn(
    isolate: PreparedIsolate,
    { code, filename = UNNAMED, cpuTimeMs, wallTimeMs, memoryBytes, data }: PrefixRun,
    call: IncomingCall,
  ): Promise<Omit<PrefixOutcome, 'isSpare'>> {
    if (call.signal.aborted) {
      this.#spares.add(isolate);
      throw new CofferdamError('CANCELLED');
    }
    const { runtime, port } = isolate;
    const { runtimeId } = runtime;
    call.emit({ runtimeId });
    port.connect(call);
    const limits = { cpuTimeMs, memoryBytes, ...(data !== undefined && { data }) };
    const request = { runtimeId, code, filename, timeMs: wallTimeMs, run: limits };
    try {
      const outcome = await runtime.evals.eval(request, call.signal, () => {});
      await port.passed(outcome.portBytes ?? 0, PASSED_WITHIN_MS);
      const { ended: _, ...rest } = outcome;
      return rest;
    } finally {
      setImmediate(() => isolate.dispose());
    }
  }
}
