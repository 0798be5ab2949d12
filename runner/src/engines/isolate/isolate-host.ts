import {
  CofferdamError,
  parser,
  RunBrowserSchema,
  type BrowserAnswer,
  type IncomingCall,
  type Limits,
  type LogLine,
  type OutgoingCall,
} from '@cofferdam/protocol';
import { serveCheckedBrowser } from '../../bridge/browser/checked.ts';
import { serveExchange } from '../../bridge/fetch/over-channel.ts';
import type { FetchStart } from '../../bridge/fetch/stream.ts';
import type { WebSocketStart } from '../../bridge/websocket/stream.ts';
import { spawnChild, type Child } from '../../supervisor/child.ts';
import { MemoryWall, outerWallBytes } from '../../supervisor/memory-wall.ts';
import { readProc } from '../../supervisor/proc.ts';
import { ANSWER_MS, HEARTBEAT_MS, Silence } from '../../supervisor/silence.ts';
import type { Job } from '../engine.ts';
import type { InsideFigures, InsideJob, InsideOutcome } from './messages.ts';
import { readEvent, readFigures, readOutcome } from './read-inside.ts';
import { verdict, type Failure, type Sentence, type Suspect } from './verdict.ts';

/** The child ends a run at its wall time; this is how long it may take to say so. */
const ANSWER_GRACE_MS = 2_000;
/** CPU time of a process beyond that of its runs: garbage collection, compiling, making spares. */
const CPU_SLACK_MS = 2_000;
/** A process without a run that works all this time has a thread of a run that is over. */
const MAX_IDLE_WORK_MS = 2_000;

const INSIDE = new URL('./inside/main.ts', import.meta.url);
const ISOLATE_FLAGS = ['--no-node-snapshot', '--max-semi-space-size=2', '--max-old-space-size=256'];

const readBrowserCall = parser(RunBrowserSchema, 'PROTOCOL_VIOLATION');

interface ActiveRun extends Suspect {
  cpuTimeMs: number;
  job: Job;
  limits: Limits;
  logs: LogLine[];
  sentence: PromiseWithResolvers<Sentence>;
}

/** How one try at a run ended: an answer from inside, or a sentence after the process's end. */
export type Try = { outcome: InsideOutcome } | { sentence: Sentence; cpuTimeMs: number };

export interface TryResult {
  logs: LogLine[];
  end: Try;
}

export interface IsolateHostOptions {
  sparesPerProfile: number;
  /** Flags of V8 beside those that every isolate process has. */
  execArgv?: readonly string[];
  /** What the process runs. Default: the inside of an isolate process. */
  entry?: URL;
}

/** One isolate process, watched from outside. It serves one tenant until it ends. */
export class IsolateHost {
  readonly #child: Child;
  readonly #runs = new Map<string, ActiveRun>();
  readonly #timer: NodeJS.Timeout;
  #figures: InsideFigures = { rssBytes: 0, spares: 0, runs: [] };
  #baselineRss = 0;
  /** Of what was there before the first run too: much of it comes with the first spares. */
  #baselineIsOld = true;
  readonly #wall = new MemoryWall();
  readonly #silence = new Silence();
  /** The one run at the last look; '' for none, undefined for several. */
  #occupant: string | undefined = '';
  /** CPU time of the process when it was first seen with this occupant. */
  #occupiedCpuMs = 0;
  #lastCpuMs = 0;
  #killed: Failure | undefined;
  #culpritKnown = false;
  /** Until then nothing of a guest's is in it, and the channel waits for it no longer than it may. */
  #isUp = false;
  alive = true;

  constructor({ sparesPerProfile, execArgv = [], entry = INSIDE }: IsolateHostOptions) {
    this.#child = spawnChild({
      entry,
      execArgv: [...ISOLATE_FLAGS, ...execArgv],
      args: [String(sparesPerProfile)],
      channel: {
        handlers: {
          fetch: (call) => this.#fetch(call),
          websocket: (call) => this.#webSocket(call),
          browser: (call) => this.#browser(call),
        },
      },
    });
    void this.#child.channel.peer.then(
      () => this.#noteUp(),
      () => {},
    );
    this.#timer = setInterval(() => this.#beat(), HEARTBEAT_MS);
    void this.#child.exited.then(() => this.#ended());
    // A process that broke the protocol has no more to say: it ends as one that crashed.
    void this.#child.channel.closed.then(() => this.#discard());
  }

  get pid(): number {
    return this.#child.pid;
  }

  get active(): number {
    return this.#runs.size;
  }

  get figures(): InsideFigures {
    return this.#figures;
  }

  get exited(): Promise<unknown> {
    return this.#child.exited;
  }

  expect(job: Pick<InsideJob, 'preset' | 'limits'>): void {
    void this.#child.channel.call('expect', job, { deadlineMs: ANSWER_MS });
  }

  async run(job: Job, inside: InsideJob, attempts: 1 | 2): Promise<TryResult> {
    const run: ActiveRun = {
      job,
      limits: inside.limits,
      runId: inside.runId,
      outside: false,
      cpuTimeMs: 0,
      recentCpuMs: 0,
      attempts,
      began: false,
      logs: [],
      sentence: Promise.withResolvers<Sentence>(),
    };
    if (!this.alive) return { logs: [], end: { sentence: { kind: 'unbegun' }, cpuTimeMs: 0 } };
    // The last run's garbage is not this one's growth.
    if (this.#baselineIsOld) this.#noteIdle();
    this.#runs.set(run.runId, run);
    this.#wall.raise(this.#allowedBytes);
    // A process that is just starting (0.2 s, and seconds on a busy machine) is not late yet.
    await this.#child.channel.peer.catch(() => {});
    const end = await (job.signal.aborted ? cancelled(run) : this.#send(run, inside));
    this.#runs.delete(run.runId);
    if (this.#runs.size === 0) {
      this.#baselineIsOld = true;
      setImmediate(() => this.#noteIdle());
    }
    return { logs: run.logs, end };
  }

  async #send(run: ActiveRun, inside: InsideJob): Promise<Try> {
    const { job, runId } = run;
    run.began = this.alive;
    this.#silence.broken();
    const call = this.#child.channel.call('run', inside, {
      deadlineMs: inside.limits.wallTimeMs + ANSWER_GRACE_MS,
      onEvent: (event) => this.#onEvent(run, event),
    });
    if (job.wasmBytes) sendBytes(call, job.wasmBytes);
    // Not the call's own cancel: a thread that does not stop has to be answered for.
    const cancel = () =>
      void this.#child.channel.call('cancel', { runId }, { deadlineMs: ANSWER_MS });
    job.signal.addEventListener('abort', cancel, { once: true });
    const end = await Promise.race([
      call.reply.then(
        (outcome) => this.#answered(run, outcome),
        (error: { code?: string }) => this.#unanswered(run, error.code),
      ),
      run.sentence.promise.then((sentence): Try => ({ sentence, cpuTimeMs: run.cpuTimeMs })),
    ]);
    job.signal.removeEventListener('abort', cancel);
    return end;
  }

  kill(reason: Failure): void {
    this.#killed ??= reason;
    this.alive = false;
    this.#child.kill();
  }

  /** Ends the process without a reason of ours: what becomes of its runs is as after a crash. */
  #discard(): void {
    this.alive = false;
    this.#child.kill();
  }

  async #answered(run: ActiveRun, answer: unknown): Promise<Try> {
    const outcome = readOutcome(answer);
    if (!outcome) return this.#unanswered(run, 'PROTOCOL_VIOLATION');
    if (outcome.doomed && outcome.exitReason !== 'Completed') {
      // Its own answer stands; the others are judged when the process has ended.
      this.#runs.delete(run.runId);
      this.#culpritKnown = true;
      this.kill(outcome.exitReason);
    }
    return { outcome };
  }

  /** The call failed: too late, the process is gone, or it answers nonsense. */
  async #unanswered(run: ActiveRun, code: string | undefined): Promise<Try> {
    if (code === 'DEADLINE_EXCEEDED') {
      run.told = run.job.signal.aborted ? 'Cancelled' : 'WallTime';
      this.kill('WallTime');
    } else {
      this.#discard();
    }
    return { sentence: await run.sentence.promise, cpuTimeMs: run.cpuTimeMs };
  }

  /** What it throws ends the connection, and with it the process. */
  #onEvent(run: ActiveRun, message: unknown): void {
    const event = readEvent(message);
    if ('outside' in event) {
      run.outside = true;
    } else {
      // Somebody has seen this line when lines are streamed: a second try would say it again.
      if (run.job.onLog) run.outside = true;
      run.logs.push(event.log);
      run.job.onLog?.(event.log);
    }
  }

  async #fetch(call: IncomingCall): Promise<unknown> {
    const { runId, ...start } = call.payload as FetchStart & { runId: string };
    const run = this.#runs.get(runId);
    if (!run) return undefined;
    run.outside = true;
    return serveExchange(call, run.job.openFetch(start));
  }

  async #webSocket(call: IncomingCall): Promise<unknown> {
    const { runId, ...start } = call.payload as WebSocketStart & { runId: string };
    const run = this.#runs.get(runId);
    if (!run) return undefined;
    run.outside = true;
    return serveExchange(call, run.job.openWebSocket(start));
  }

  async #browser(call: IncomingCall): Promise<BrowserAnswer> {
    const { runId, ...asked } = readBrowserCall(call.payload);
    const run = this.#runs.get(runId);
    if (!run?.job.openBrowser) throw new CofferdamError('FORBIDDEN', 'the run has no browser');
    run.outside = true;
    return serveCheckedBrowser(call, asked, run.job.openBrowser);
  }

  /** What the process uses while nothing runs in it, read when nobody waits: 60 µs. */
  #noteIdle(): void {
    if (this.#runs.size > 0 || !this.alive) return;
    this.#baselineIsOld = false;
    this.#baselineRss = readProc(this.pid)?.rssBytes ?? 0;
    this.#wall.reset();
  }

  /** What it has and has done by then is no run's: some may be waiting for it. */
  #noteUp(): void {
    this.#isUp = true;
    const { rssBytes, cpuMs } = readProc(this.pid) ?? { rssBytes: 0, cpuMs: 0 };
    this.#baselineRss = rssBytes;
    this.#lastCpuMs = cpuMs;
    this.#occupiedCpuMs = cpuMs;
    this.#silence.broken(cpuMs);
  }

  /** What the process may have grown by for the runs that it has. */
  get #allowedBytes(): number {
    return outerWallBytes([...this.#runs.values()].map(({ limits }) => limits));
  }

  #beat(): void {
    if (!this.alive || !this.#isUp) return;
    this.#watch();
    if (this.#runs.size === 0) return;
    const call = this.#child.channel.call('figures', null, { deadlineMs: ANSWER_MS });
    call.reply.then(
      (figures) => this.#note(figures),
      () => {},
    );
  }

  #note(answer: unknown): void {
    const figures = readFigures(answer);
    if (!figures) return this.#discard();
    this.#silence.broken();
    this.#figures = figures;
    for (const figure of figures.runs) {
      const run = this.#runs.get(figure.runId);
      if (run) Object.assign(run, { cpuTimeMs: figure.cpuTimeMs, recentCpuMs: figure.recentCpuMs });
    }
  }

  #watch(): void {
    const usage = readProc(this.pid);
    if (!usage) return;
    this.#silence.look(usage.cpuMs);
    const runs = [...this.#runs.values()];
    const worked = this.#workOfOccupant(runs, usage.cpuMs);
    if (runs.length === 0) {
      if (worked > MAX_IDLE_WORK_MS) this.#discard();
      return;
    }
    const grown = usage.rssBytes - this.#baselineRss;
    if (this.#wall.isBroken(grown, this.#allowedBytes)) this.kill('Memory');
    else if (this.#silence.hangs) this.kill('EngineCrash');
    else if (runs[0] && worked > runs[0].limits.cpuTimeMs + CPU_SLACK_MS) this.kill('CpuTime');
  }

  /** CPU time since the process has had this one run, or none; of several nothing can be said. */
  #workOfOccupant(runs: readonly ActiveRun[], cpuMs: number): number {
    const occupant = runs.length > 1 ? undefined : (runs[0]?.runId ?? '');
    const rested = occupant === '' && cpuMs - this.#lastCpuMs < HEARTBEAT_MS / 2;
    this.#lastCpuMs = cpuMs;
    if (occupant !== this.#occupant || rested) {
      this.#occupant = occupant;
      this.#occupiedCpuMs = cpuMs;
    }
    return occupant === undefined ? 0 : cpuMs - this.#occupiedCpuMs;
  }

  #ended(): void {
    this.alive = false;
    clearInterval(this.#timer);
    const runs = [...this.#runs.values()];
    const sentences = verdict(runs, {
      reason: this.#killed ?? 'EngineCrash',
      killed: this.#killed !== undefined,
      culpritKnown: this.#culpritKnown,
    });
    for (const run of runs) run.sentence.resolve(sentences.get(run.runId)!);
  }
}

/** What becomes of the call says what became of its bytes. */
function sendBytes(call: OutgoingCall, bytes: Uint8Array): void {
  call.write(bytes).catch(() => {});
  call.end();
}

function cancelled(run: ActiveRun): Try {
  return { sentence: { kind: 'culprit', reason: 'Cancelled' }, cpuTimeMs: run.cpuTimeMs };
}
