import type { ExitReason, GuestError } from '@cofferdam/protocol';
import { EXIT_REASONS } from '@cofferdam/protocol/base';
import ivm from 'isolated-vm';
import type { InsideOutcome } from '../messages.ts';
import type { GuestRun } from './guest-run.ts';
import type { PreparedContext } from './prepared.ts';
import { memoryMessage } from './watcher.ts';

/** Everything of an outcome that says how the guest's code ended. */
export type Ending = Pick<
  InsideOutcome,
  'exitReason' | 'value' | 'exports' | 'error' | 'stubs' | 'doomed'
>;

/** Runs the source in the prepared context, off this thread, until it ends or has to be ended. */
export async function execute(run: GuestRun, prepared: PreparedContext): Promise<Ending> {
  if (run.breach) return breached(run);
  const answer = prepared.run.apply(undefined, argumentsOf(run), {
    result: { promise: true, copy: true },
  });
  // A module runs no code behind its answer.
  const first = run.job.wasm ? undefined : new HeapFigures(run);
  return Promise.race([
    answer.then(
      (value) => atRest(run, first, endingOf(value)),
      (error: unknown) => (run.breach ? breached(run) : thrownByEngine(run, error)),
    ),
    run.givenUp.then((): Ending => ({ ...breached(run), doomed: true })),
  ]);
}

/** V8's heap and array buffers, said by the isolate's own thread after all it was asked before. */
class HeapFigures {
  readonly bytes: Promise<number | undefined>;
  known = false;

  constructor({ isolate }: GuestRun) {
    this.bytes = isolate.getHeapStatistics().then(
      (heap) => this.#know(heap.used_heap_size + (heap.externally_allocated_size ?? 0)),
      () => this.#know(undefined),
    );
  }

  #know(bytes: number | undefined): number | undefined {
    this.known = true;
    return bytes;
  }
}

/**
 * A run is over when its thread has nothing left to do, not when it has answered: code behind the
 * answer may loop for ever, and whoever then asks the isolate for anything waits for it. The first
 * figures are asked for with the run and come after its first turn: an answer of that turn waits
 * for them, which costs no trip. Behind a later one they are asked for again.
 */
async function atRest(run: GuestRun, first: HeapFigures | undefined, ending: Ending) {
  run.answered = true;
  const figures = first?.known ? new HeapFigures(run) : first;
  run.heapBytes = await figures?.bytes;
  if (run.breach) return breached(run);
  return run.isolate.isDisposed ? outOfMemory(run) : ending;
}

function outOfMemory(run: GuestRun): Ending {
  return { exitReason: 'Memory', error: { name: 'LimitError', message: memoryMessage(run) } };
}

function argumentsOf({ job, module }: GuestRun): unknown[] {
  const { source, check, browser, wasm, input, env, limits } = job;
  if (source) {
    const form = check ? 'check' : source.form;
    return [source.code, form, source.fileName, input, env, limits.outputBytes, browser];
  }
  const bytes = new ivm.ExternalCopy(module ?? new ArrayBuffer(0), { transferOut: true });
  const call = wasm?.call === undefined ? undefined : JSON.stringify(wasm.call);
  return [bytes.copyInto({ release: true, transferIn: true }), call, limits.outputBytes];
}

function breached(run: GuestRun): Ending {
  const { reason, message } = run.breach ?? {
    reason: 'EngineCrash',
    message: 'The engine crashed',
  };
  return { exitReason: reason, error: { name: 'LimitError', message } };
}

/** The promise of `apply` rejects only for what the engine did; the guest's errors are an answer. */
function thrownByEngine(run: GuestRun, error: unknown): Ending {
  const message = error instanceof Error ? error.message : 'The engine failed';
  if (run.isolate.isDisposed || message.includes('memory limit')) {
    return outOfMemory(run);
  }
  return {
    exitReason: 'Exception',
    error: errorOf([error instanceof Error ? error.name : 'Error', message]),
  };
}

/** An ending as the guest's bootstrap reports it; every part of it is the guest's word. */
function endingOf(answer: unknown): Ending {
  const parts = Array.isArray(answer) ? answer : [];
  const [reason, value, exports, ...error] = parts as unknown[];
  const stubs = stubsOf(error[4]);
  if (reason === 'Completed') {
    return { exitReason: 'Completed', ...texts({ value, exports }), ...stubs };
  }
  const exitReason: ExitReason = isExitReason(reason) ? reason : 'EngineCrash';
  const guestError = errorOf(error);
  // What V8 says when the isolate's array buffers reach its limit.
  const noBuffer = guestError.message.includes('Array buffer allocation failed');
  if (noBuffer) return { exitReason: 'Memory', error: guestError, ...stubs };
  // The results say which tests failed, and why.
  const results = exitReason === 'TestFailure' ? texts({ value }) : {};
  return { exitReason, error: guestError, ...results, ...stubs };
}

function isExitReason(reason: unknown): reason is ExitReason {
  return (EXIT_REASONS as readonly unknown[]).includes(reason);
}

function errorOf([name, message, stack, path]: readonly unknown[]): GuestError {
  return {
    name: text(name, 256) ?? 'Error',
    message: text(message, 8192) ?? '',
    ...texts({ stack: text(stack, 16_384), path: text(path, 1024) }),
  };
}

/** What stood in for imports of a WebAssembly module. */
function stubsOf(stubs: unknown): { stubs?: string[] } {
  if (!Array.isArray(stubs)) return {};
  const names = stubs.filter((name) => typeof name === 'string').map((name) => name.slice(0, 512));
  return { stubs: names.slice(0, MAX_STUBS) };
}
const MAX_STUBS = 1024;

function text(value: unknown, limit: number): string | undefined {
  return typeof value === 'string' ? value.slice(0, limit) : undefined;
}

function texts<K extends string>(values: Record<K, unknown>): { [P in K]?: string } {
  const entries = Object.entries(values).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(entries) as { [P in K]?: string };
}
