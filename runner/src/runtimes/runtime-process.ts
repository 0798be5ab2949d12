import { CofferdamError, type IncomingCall, type RuntimeEnd } from '@cofferdam/protocol';
import { verdict, type Failure } from '../engines/isolate/verdict.ts';
import { childOf, startChild, type Child, type StartedChild } from '../supervisor/child.ts';
import { MemoryWall, outerWallBytes } from '../supervisor/memory-wall.ts';
import { readProc } from '../supervisor/proc.ts';
import { ANSWER_MS, HEARTBEAT_MS, Silence } from '../supervisor/silence.ts';
import type { InsideRuntimeFigures } from './messages.ts';
import { readFigures } from './read-inside.ts';
import { RUNTIME_PROGRAM } from './runtime-program.ts';

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
  readonly #silence = new Silence();
  readonly #wall = new MemoryWall();
  #baselineRss = 0;
  #killed: Failure | undefined;
  #culpritKnown = false;
  /** Runtimes that have been asked for here, and have not ended. */
  places = 0;
  /** Runtimes that have ever been asked for here. */
  served = 0;
  /** It is not late while it is starting, nor is what it then takes its first runtime's. */
  #isUp = false;
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
      () => {
        this.#noteBaseline();
        this.#isUp = true;
      },
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
      this.#wall.reset();
      this.#noteBaseline();
    }
    this.#seated.set(runtime.runtimeId, runtime);
    this.#wall.raise(this.#allowedBytes);
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
    if (!this.alive || this.#seated.size === 0 || !this.#isUp) return;
    this.#watch();
    const call = this.#child.channel.call('figures', null, { deadlineMs: ANSWER_MS });
    call.reply.then(
      (figures) => this.#note(figures),
      () => {},
    );
  }

  #note(answer: unknown): void {
    const figures = readFigures(answer);
    if (!figures) return this.discard();
    this.#silence.broken();
    for (const figure of figures.runtimes) {
      const runtime = this.#seated.get(figure.runtimeId);
      if (runtime) runtime.figures = figure;
    }
  }

  #watch(): void {
    const usage = readProc(this.pid);
    this.#silence.look(usage?.cpuMs);
    const grown = (usage?.rssBytes ?? 0) - this.#baselineRss;
    if (this.#wall.isBroken(grown, this.#allowedBytes)) this.kill('Memory');
    else if (this.#silence.hangs) this.kill('EngineCrash');
  }

  /** From here on it has to answer, and what it has is nobody's growth. */
  #noteBaseline(): void {
    const usage = readProc(this.pid);
    this.#baselineRss = usage?.rssBytes ?? 0;
    this.#silence.broken(usage?.cpuMs);
  }

  /** What the process may have grown by for the runtimes that it has. */
  get #allowedBytes(): number {
    return outerWallBytes(this.#seated.values());
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
