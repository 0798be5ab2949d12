import type { Channel, IncomingCall } from '@cofferdam/protocol/base';
import type { InsideEvent, InsideFigures, InsideJob, InsideOutcome } from '../messages.ts';
import { BridgeSession } from './bridge-session.ts';
import { now } from '../../../clock.ts';
import { execute, type Ending } from './execute.ts';
import { GuestRun } from './guest-run.ts';
import type { PreparedContext, PreparedIsolate, Profile } from './prepared.ts';
import { readModule } from './module-bytes.ts';
import { SpareIsolates } from './spares.ts';
import { Watcher } from './watcher.ts';
import { WarmIsolates } from './warm-isolates.ts';

export interface IsolateProcessOptions {
  sparesPerProfile: number;
  channel(): Channel;
}

const MiB = 1024 * 1024;

/** The inside of an isolate process: takes a prepared isolate for each run and throws it away. */
export class IsolateProcess {
  readonly #options: IsolateProcessOptions;
  readonly #spares: SpareIsolates;
  readonly #warm = new WarmIsolates();
  readonly #watcher: Watcher;
  readonly #cancels = new Map<string, AbortController>();

  constructor(options: IsolateProcessOptions) {
    this.#options = options;
    this.#spares = new SpareIsolates(options.sparesPerProfile);
    this.#watcher = new Watcher({ spares: () => this.#spares.count });
  }

  expect(job: Pick<InsideJob, 'preset' | 'limits'>): void {
    this.#spares.expect(profileOf(job));
  }

  figures(): InsideFigures {
    return this.#watcher.figures();
  }

  /** Ends a run by the wish of its caller; `run` answers how it went. */
  cancel(runId: string): void {
    this.#cancels.get(runId)?.abort();
  }

  async run(call: IncomingCall): Promise<InsideOutcome> {
    const job = call.payload as InsideJob;
    const cancel = new AbortController();
    this.#cancels.set(job.runId, cancel);
    try {
      return await this.#run(call, job, cancel.signal);
    } finally {
      this.#cancels.delete(job.runId);
    }
  }

  async #run(call: IncomingCall, job: InsideJob, signal: AbortSignal): Promise<InsideOutcome> {
    const module = job.wasm ? await readModule(call) : undefined;
    const taken = now();
    const { isolate, prepared, warm } = this.#take(job);
    const emit = (event: InsideEvent) => call.emit(event);
    const run = new GuestRun(job, isolate.isolate, (log) => emit({ log }));
    const bridge = new BridgeSession(run, this.#options.channel(), () => emit({ outside: true }));
    run.module = module;
    run.attach(prepared, bridge.calls);
    isolate.onCatastrophe = () => {
      this.#spares.pause();
      run.end('Memory', `The script used up the memory of its isolate at once`);
      run.giveUp();
    };
    const cancel = () => run.end('Cancelled', 'The run was cancelled');
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel);
    const began = now();
    const ending = await this.#watched(run, prepared);
    run.ended = true;
    const outcome = {
      ...ending,
      ...figuresOf(run, ending, this.#watcher),
      bridgeCalls: bridge.calls.count,
      fetches: bridge.fetches,
      warm,
      times: { taken, began, ended: now() },
    };
    bridge.close();
    this.#giveBack(run, isolate, prepared);
    return outcome;
  }

  async #watched(run: GuestRun, prepared: PreparedContext): Promise<Ending> {
    const { wallTimeMs } = run.job.limits;
    const timer = setTimeout(
      () => run.end('WallTime', `The script was not done after its ${wallTimeMs} ms`),
      wallTimeMs,
    );
    this.#watcher.add(run);
    try {
      return await execute(run, prepared);
    } finally {
      clearTimeout(timer);
      this.#watcher.delete(run);
    }
  }

  #take(job: InsideJob): { isolate: PreparedIsolate; prepared: PreparedContext; warm: boolean } {
    const profile = profileOf(job);
    const reused =
      job.reuse && job.source ? this.#warm.take(job.source.digest, profile) : undefined;
    if (reused) {
      return { isolate: reused.isolate, prepared: reused.prepared, warm: true };
    }
    const { isolate, warm } = this.#spares.take(profile);
    return { isolate, prepared: isolate.prepared, warm };
  }

  /** The isolate's end comes after the answer: tearing it down takes 0.1 ms. */
  #giveBack(run: GuestRun, isolate: PreparedIsolate, prepared: PreparedContext): void {
    isolate.onCatastrophe = undefined;
    prepared.hooks = undefined;
    const { reuse, source, wasm } = run.job;
    const dispose = () => {
      if (run.breach || isolate.isolate.isDisposed) return void this.#warm.drop(isolate);
      const { heapBytes } = run;
      const keep = reuse && source !== undefined && heapBytes !== undefined;
      if (keep && this.#warm.give(source.digest, isolate, prepared, heapBytes)) return;
      isolate.isolate.dispose();
    };
    this.#spares.refill();
    // A module's memory must be gone before the next run's baseline is taken.
    if (wasm) dispose();
    else setImmediate(dispose);
  }
}

function profileOf({
  preset,
  limits,
  wasm,
}: Pick<InsideJob, 'preset' | 'limits' | 'wasm'>): Profile {
  return { preset, memoryMiB: Math.ceil(limits.memoryBytes / MiB), wasm: wasm !== undefined };
}

function figuresOf(run: GuestRun, { doomed }: Ending, watcher: Watcher) {
  const { logsCut, outputBytes } = run;
  if (run.breach || doomed) return { logsCut, outputBytes, cpuTimeMs: run.lastCpuMs };
  const used = { logsCut, outputBytes, cpuTimeMs: run.cpuTimeMs };
  // V8's figures know nothing of a module's memory; it has the process to itself.
  if (run.job.wasm) return { ...used, memoryBytes: watcher.grownBytes };
  return { ...used, ...(run.heapBytes === undefined ? {} : { memoryBytes: run.heapBytes }) };
}
