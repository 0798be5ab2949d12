import type { LogLine } from '@cofferdam/protocol';
import { CpuClock, type CpuMark } from '../../../supervisor/cpu-clock.ts';
import { CONSOLE_LEVELS, type ExitReason } from '@cofferdam/protocol/base';
import type { InsideJob } from '../messages.ts';
import type { PreparedContext, RunHooks } from './prepared.ts';
import type ivm from 'isolated-vm';

/**
 * A loop over `JSON.parse` swallows termination for ever: an isolate whose thread has not stopped
 * so long after `dispose()` takes its process with it.
 */
const DOOM_MS = 250;
/** The guest's own console counts characters; this counts what arrives, with room for markers. */
const LOG_SLACK_BYTES = 64 * 1024;
/** What the guest's console allows, and its marker. */
const MAX_LOG_LINES = 10_001;

export interface Breach {
  reason: Exclude<ExitReason, 'Completed'>;
  message: string;
}

/** One run in its isolate: what it has used, and the first limit it broke. */
export class GuestRun {
  readonly job: InsideJob;
  readonly isolate: ivm.Isolate;
  /** Settles when the run has to be given up without the guest's answer. */
  readonly givenUp: Promise<void>;
  readonly #giveUp = Promise.withResolvers<void>();
  readonly #cpuClock: CpuClock;
  readonly #cpuBefore: CpuMark;
  readonly #onLog: (line: LogLine) => void;
  /** The WebAssembly module that is run. */
  module: ArrayBuffer | undefined;
  breach: Breach | undefined;
  /** The guest has said how it ended; its thread may have work left. */
  answered = false;
  ended = false;
  /** V8 heap and array buffers when the thread had come to rest. */
  heapBytes: number | undefined;
  logsCut = false;
  outputBytes = 0;
  /** CPU time of the host's on the guest's account, in milliseconds. */
  #chargedMs = 0;
  /** CPU time at the watcher's last look, in milliseconds, and what it grew by. */
  lastCpuMs = 0;
  recentCpuMs = 0;
  #lines = 0;

  constructor(job: InsideJob, isolate: ivm.Isolate, onLog: (line: LogLine) => void) {
    this.job = job;
    this.isolate = isolate;
    this.#onLog = onLog;
    this.#cpuClock = new CpuClock(isolate);
    this.#cpuBefore = this.#cpuClock.mark();
    this.givenUp = this.#giveUp.promise;
  }

  get cpuTimeMs(): number {
    // An isolate that its memory limit disposed of can no longer say.
    if (this.isolate.isDisposed) return this.lastCpuMs;
    return this.#chargedMs + this.#cpuClock.since(this.#cpuBefore);
  }

  /** Adds CPU time that the host spent on the guest's account: the watcher ends who has too much. */
  charge(ms: number): void {
    if (ms > 0) this.#chargedMs += ms;
  }

  /** Ends the run: the first reason is the true one. */
  end(reason: Breach['reason'], message: string): void {
    if (this.ended || this.breach) return;
    this.breach = { reason, message };
    this.lastCpuMs = this.cpuTimeMs;
    try {
      this.isolate.dispose();
    } catch {
      // Already disposed by its own memory limit, which the answer will say.
    }
    setTimeout(() => this.giveUp(), DOOM_MS).unref();
  }

  /** The guest's thread will never answer. */
  giveUp(): void {
    this.#giveUp.resolve();
  }

  log(level: number, message: string): void {
    if (this.ended || this.breach) return;
    const text = typeof message === 'string' ? message : '';
    this.#lines++;
    this.outputBytes += Buffer.byteLength(text);
    const tooMuch = this.outputBytes > this.job.limits.outputBytes + LOG_SLACK_BYTES;
    if (tooMuch || this.#lines > MAX_LOG_LINES) {
      // Never a console's doing: a flood of this call starves the watcher's timers.
      this.end('Output', 'The script wrote more console lines than the guest console allows');
      return;
    }
    if (text.startsWith('[output cut at ')) this.logsCut = true;
    this.#onLog({ level: CONSOLE_LEVELS[level] ?? 'log', message: text, time: Date.now() });
  }

  /** Connects the guest's host functions to this run, and to nothing once it is over. */
  attach(prepared: PreparedContext, calls: Pick<RunHooks, 'call' | 'callSync'>): void {
    const over = () => this.answered || this.ended || this.breach !== undefined;
    const never = new Promise<unknown[]>(() => {});
    const gone = [false, '{"name":"Error","message":"the run is over"}'];
    prepared.hooks = {
      log: (level, message) => this.log(level, message),
      call: async (...args) => {
        if (over()) return gone;
        const answer = await calls.call(...args);
        // An answer would set a thread to work that has come to rest, with nobody watching.
        return over() ? never : answer;
      },
      callSync: (...args) => (over() ? gone : calls.callSync(...args)),
    };
  }
}
