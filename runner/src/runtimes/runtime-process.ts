import { CofferdamError, type IncomingCall, type RuntimeEnd } from '@cofferdam/protocol';
import { verdict, type Failure } from '../engines/isolate/verdict.ts';
import { childOf, startChild, type Child, type StartedChild } from '../supervisor/child.ts';
import { readProc } from '../supervisor/proc.ts';
import type { InsideRuntimeFigures } from './messages.ts';
import { readFigures } from './read-inside.ts';
import { RUNTIME_PROGRAM } from './runtime-program.ts';

const HEARTBEAT_MS = 250;
/** A process whose event loop has not answered for so long is gone, whatever it does. */
const HEARTBEAT_LIMIT_MS = 3_000;
/** Beyond what its runtimes were given, twice over: V8 counts neither everything nor always. */
const MEMORY_SLACK_BYTES = 192 * 1024 * 1024;
/** Each runtime has a stream and up to 64 requests. */
const MAX_CALLS = 4096;

/** A runtime as its process knows it. */
export interface Seated {
  readonly runtimeId: string;
  readonly memoryBytes: number;
  figures: InsideRuntimeFigures;
  /** Answers what the guest asks: `binding.browser`, `binding.fetch`, `binding.files`, `binding.websocket` and `import`. */
  serve(call: IncomingCall): unknown;
  /** The process has ended, and this is what it was for this runtime. */
  lost(end: RuntimeEnd): void;
}

/** One runtime process, watched from outside. It serves one embedder until it ends. */
export class RuntimeProcess {
  readonly #child: Child;
  readonly #seated = new Map<string, Seated>();
  readonly #timer: NodeJS.Timeout;
  #baselineRss = 0;
  /** `undefined` while it is starting (0.2 s, and seconds on a busy machine): it is not late then. */
  #lastPong: number | undefined;
  #killed: Failure | undefined;
  #culpritKnown = false;
  /** Runtimes that have been asked for here, and have not ended. */
  places = 0;
  /** Runtimes that have ever been asked for here. */
  served = 0;
  alive = true;

  /** It may be starting already. */
  constructor(started: StartedChild = startChild(RUNTIME_PROGRAM)) {
    const serve = (call: IncomingCall) => this.#serve(call);
    this.#child = childOf(started, {
      handlers: {
        'binding.browser': serve,
        'binding.fetch': serve,
        'binding.files': serve,
        'binding.websocket': serve,
        import: serve,
      },
      maxInFlight: MAX_CALLS,
    });
    this.#timer = setInterval(() => this.#beat(), HEARTBEAT_MS);
    this.#timer.unref();
    void this.#child.exited.then(() => this.#ended());
    void this.#child.channel.peer.then(
      () => (this.#lastPong = performance.now()),
      () => {},
    );
    // A process that broke the protocol has no more to say: it ends as one that crashed.
    void this.#child.channel.closed.then(() => this.discard());
  }

  get pid(): number {
    return this.#child.pid;
  }

  get channel() {
    return this.#child.channel;
  }

  get exited(): Promise<unknown> {
    return this.#child.exited;
  }

  seat(runtime: Seated): void {
    if (this.#seated.size === 0) {
      this.#baselineRss = readProc(this.pid)?.rssBytes ?? 0;
      if (this.#lastPong !== undefined) this.#lastPong = performance.now();
    }
    this.#seated.set(runtime.runtimeId, runtime);
  }

  leave(runtimeId: string): void {
    this.#seated.delete(runtimeId);
  }

  /** Ends the process; `culpritKnown`: by a runtime that has been answered for. */
  kill(reason: Failure, culpritKnown = false): void {
    this.#killed ??= reason;
    this.#culpritKnown ||= culpritKnown;
    this.discard();
  }

  /** Ends the process without a reason of ours: its runtimes end as after a crash. */
  discard(): void {
    this.alive = false;
    this.#child.kill();
  }

  #serve(call: IncomingCall): unknown {
    const { runtimeId } = Object(call.payload) as { runtimeId?: string };
    const runtime = this.#seated.get(runtimeId ?? '');
    if (!runtime) throw new CofferdamError('RUNTIME_ENDED');
    return runtime.serve(call);
  }

  #beat(): void {
    if (!this.alive || this.#seated.size === 0 || this.#lastPong === undefined) return;
    this.#watch(performance.now() - this.#lastPong);
    const call = this.#child.channel.call('figures', null, { deadlineMs: HEARTBEAT_LIMIT_MS });
    call.reply.then(
      (figures) => this.#note(figures),
      () => {},
    );
  }

  #note(answer: unknown): void {
    const figures = readFigures(answer);
    if (!figures) return this.discard();
    this.#lastPong = performance.now();
    for (const figure of figures.runtimes) {
      const runtime = this.#seated.get(figure.runtimeId);
      if (runtime) runtime.figures = figure;
    }
  }

  #watch(silentMs: number): void {
    const usage = readProc(this.pid);
    const memory = [...this.#seated.values()].reduce((sum, one) => sum + one.memoryBytes, 0);
    const grown = (usage?.rssBytes ?? 0) - this.#baselineRss;
    if (grown > 2 * memory + MEMORY_SLACK_BYTES) this.kill('Memory');
    else if (silentMs > HEARTBEAT_LIMIT_MS) this.kill('EngineCrash');
  }

  #ended(): void {
    this.alive = false;
    clearInterval(this.#timer);
    const runtimes = [...this.#seated.values()];
    this.#seated.clear();
    const suspects = runtimes.map(({ runtimeId, figures: { recentCpuMs } }) => {
      return { runId: runtimeId, outside: true, recentCpuMs, attempts: 2 as const, began: true };
    });
    const sentences = verdict(suspects, {
      reason: this.#killed ?? 'EngineCrash',
      killed: this.#killed !== undefined,
      culpritKnown: this.#culpritKnown,
    });
    for (const runtime of runtimes) {
      const sentence = sentences.get(runtime.runtimeId)!;
      const reason = sentence.kind === 'culprit' ? sentence.reason : 'Neighbour';
      runtime.lost({ exitReason: reason, message: MESSAGES[reason] ?? 'The runtime was ended' });
    }
  }
}

const MESSAGES: Partial<Record<Failure, string>> = {
  Cancelled: 'The runtime was disposed of',
  Neighbour: 'Another runtime, or something unknown, ended the process that this one was in',
  Memory: 'The guest used more than its memory, and ended its process',
  EngineCrash: 'The guest ended the process that ran it',
};
