import type { ExitReason } from '@cofferdam/protocol';
import type { Channel, IncomingCall } from '@cofferdam/protocol/base';
import { setTimeout as elapsed } from 'node:timers/promises';
import type { Reference } from 'isolated-vm';
import type {
  InsideAttach,
  InsideEnd,
  InsideEval,
  InsideModules,
  InsideOpen,
  InsideOutcome,
  InsideRunLimits,
  InsideRuntimeFigures,
} from '../messages.ts';
import { readTexts } from '../../texts.ts';
import type { GuestError } from '@cofferdam/protocol';
import { Rehearsal } from '../prefixes/inside/rehearsal.ts';
import { RunWatch } from '../prefixes/inside/run-watch.ts';
import type { StoredPrefix } from '../prefixes/inside/stored-prefix.ts';
import { outcomeOf, runOutcome } from './outcome.ts';
import { doomTimer } from './doom-timer.ts';
import { GuestServer } from './guest-server.ts';
import { IsolatePort } from './isolate-port.ts';
import { openRealm, type Realm } from './realm.ts';
import { askedOf, onBehalfOf } from './request-scope.ts';
import { RuntimeBridge } from './runtime-bridge.ts';
import { StretchWatch } from './stretch-watch.ts';

/**
 * A loop over `JSON.parse` may swallow termination: an isolate whose thread has not stopped when its
 * process has worked for so long after `dispose()` takes that with it. Its neighbours pay for it.
 */
const DOOM = { workMs: 250, latestMs: 2_000 };
/** One whose run is done has nothing to swallow it for, as a rule. */
const DONE_DOOM = { ...DOOM, workMs: Infinity };
/** Asking the guest's thread for its heap waits for what it is doing. */
const MEASURE_MS = 100;

/** Of what brings bytes along. */
const COPIED = { arguments: { copy: true } } as const;

type Failure = Exclude<ExitReason, 'Completed'>;
type Outcome = Pick<InsideOutcome, 'exitReason' | 'value' | 'exports' | 'error'>;

/** One runtime in its isolate, from its `open` call to its end. */
export class RuntimeIsolate {
  readonly open: InsideOpen;
  /** Answered when the isolate's thread has stopped, or will not. */
  readonly ended: Promise<InsideEnd>;
  /** Of a guest that serves. */
  readonly server: GuestServer | undefined;
  readonly #ended = Promise.withResolvers<InsideEnd>();
  readonly #realm: Realm;
  readonly #bridge: RuntimeBridge;
  readonly #port: IsolatePort;
  readonly #watch: StretchWatch;
  readonly #evals = new Map<number, (outcome: Outcome) => void>();
  /** Of an isolate with a prefix. */
  readonly #rehearsal: Rehearsal | undefined;
  #run: InsideRunLimits | undefined;
  #over: Omit<InsideEnd, 'doomed'> | undefined;
  #heapBytes = 0;
  /** CPU time that the host spent on the guest's account. */
  #chargedMs = 0;

  constructor(call: IncomingCall, channel: Channel) {
    this.open = call.payload as InsideOpen;
    this.ended = this.#ended.promise;
    if (this.open.features?.includes('server')) {
      this.server = new GuestServer((...told) => this.#apply(this.#realm.server!, told, COPIED));
    }
    this.#bridge = new RuntimeBridge(this.open, channel, {
      charge: (ms) => (this.#chargedMs += ms),
      capabilities: this.server ? [this.server.capability] : [],
    });
    if (this.open.prefixId !== undefined) {
      this.#rehearsal = new Rehearsal((message) => this.end('Exception', message));
    }
    const { calls } = this.#bridge;
    this.#realm = openRealm(this.open, {
      post: (text, number) => this.#post(text, number),
      done: (evalId, ...outcome) => this.#evals.get(evalId)?.(this.#outcome(outcome)),
      call: async (...asked) =>
        this.#answer(asked[0], () => onBehalfOf(asked[4], () => calls.call(...askedOf(asked)))),
      callSync: (...args) => (this.#over ? GONE : calls.callSync(...args)),
      tell: (...told) => this.server?.told(...told),
      catastrophe: () => this.#catastrophe(),
    });
    this.#watch = new StretchWatch({
      isolate: this.#realm.isolate,
      maxMs: this.open.stretchTimeMs,
      onExceeded: () =>
        this.end(
          'CpuTime',
          `The guest worked for more than ${this.open.stretchTimeMs} ms without coming to rest`,
        ),
      onDisposed: () => this.#outOfMemory(),
    });
    this.#port = new IsolatePort(
      {
        deliver: (texts) => this.#apply(this.#realm.deliver, texts),
        sent: (units) => void this.#apply(this.#realm.sent, [units]),
      },
      ({ message }) => this.end('Cancelled', `The port broke: ${message}`),
    );
    if (!this.open.session) this.#port.connect(call);
    call.signal.addEventListener('abort', () =>
      this.end('Cancelled', 'The runtime was disposed of'),
    );
  }

  #outcome(reported: readonly unknown[]): Outcome {
    const outcome = outcomeOf(reported);
    return this.#rehearsal ? runOutcome(outcome) : outcome;
  }

  get cpuTimeMs(): number {
    return this.#watch.read() + this.#chargedMs;
  }

  figures(): InsideRuntimeFigures {
    const { runtimeId } = this.open;
    const { recentCpuMs } = this.#watch;
    return { runtimeId, cpuTimeMs: this.cpuTimeMs, recentCpuMs, heapBytes: this.#heapBytes };
  }

  /** With the heap as it is now, or as it was last known while the guest's thread does not say. */
  async measure(): Promise<InsideRuntimeFigures> {
    const { isolate } = this.#realm;
    if (this.#over) return this.figures();
    const read = isolate.getHeapStatistics().then(
      (heap) => {
        this.#heapBytes = heap.used_heap_size + (heap.externally_allocated_size ?? 0);
      },
      () => {},
    );
    await Promise.race([read, elapsed(MEASURE_MS)]);
    return this.figures();
  }

  /** Of a session: this call's bytes are the port, until {@link detach} or its end. */
  async attach(call: IncomingCall, { bindings, features = [] }: InsideAttach): Promise<object> {
    const { console, tools } = bindings;
    this.#bridge.attach(bindings);
    const { number, over } = this.#port.connect(call);
    const names = [JSON.stringify(tools), JSON.stringify(features)];
    await this.#apply(this.#realm.attach!, [number, console, ...names]);
    if (!this.#over) call.emit({ attached: true });
    await Promise.race([over, this.ended]);
    return {};
  }

  detach(): void {
    this.#bridge.detach();
    this.#port.disconnect();
    void this.#apply(this.#realm.detach!, []);
  }

  async addModules(call: IncomingCall, { modules }: InsideModules): Promise<void> {
    const texts = await readTexts(
      call.data,
      modules.map(({ bytes }) => bytes),
    );
    if (modules.length > 0) await this.#apply(this.#realm.add, [JSON.stringify(modules), ...texts]);
  }

  /** Evaluates the prefix ahead of the run; ends the isolate where that fails. */
  async prepare(prefix: StoredPrefix): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const { timeMs, data, order } = prefix.task;
    this.#evals.set(PREFIX_EVAL, resolve);
    const late = () => this.end('WallTime', `The prefix was not done after its ${timeMs} ms`);
    const timer = setTimeout(late, timeMs);
    try {
      await this.#apply(this.#realm.add, [prefix.heads, ...(await prefix.codes(this.#realm))]);
      await this.#define(data);
      void this.#apply(this.#realm.evaluate, [PREFIX_EVAL, JSON.stringify(order)]);
      const { exitReason, error } = await promise;
      if (exitReason !== 'Completed') return this.end(exitReason, error?.message ?? '', error);
      await this.#comeToRest();
    } catch {
      // Its code could not be brought into it: for want of memory, or since it has ended.
      this.#outOfMemory();
    } finally {
      clearTimeout(timer);
      this.#evals.delete(PREFIX_EVAL);
    }
    if (!this.#over) void prefix.learn(this.#realm.isolate);
  }

  /** The guest's thread answers when it has nothing left to do: none of its promises goes on alone. */
  async #comeToRest(): Promise<void> {
    let answered: number | undefined;
    do {
      answered = this.#rehearsal?.answered;
      // eslint-disable-next-line no-await-in-loop -- an answer in between set it to work again
      const heap = await this.#realm.isolate.getHeapStatistics();
      this.#heapBytes = heap.used_heap_size + (heap.externally_allocated_size ?? 0);
    } while (!this.#over && answered !== this.#rehearsal?.answered);
    if (this.#over || this.#rehearsal?.isAtRest) return;
    const what =
      'timers, or calls that it did not await: nothing runs between a prefix and its run';
    this.end('Exception', `The prefix left something for later: ${what}`);
  }

  /** Globals that are data; the text is the embedder's, for a guest of its own. */
  async #define(data: string | undefined): Promise<void> {
    if (data !== undefined)
      await this.#apply(this.#realm.deliver, [`[["post","globals",${data}]]`]);
  }

  /** Whether the runtime has ended. */
  get isOver(): boolean {
    return this.#over !== undefined;
  }

  async evaluate(call: IncomingCall, task: InsideEval): Promise<InsideOutcome> {
    const before = this.cpuTimeMs;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const { evalId, timeMs } = task;
    this.#rehearsal?.end();
    this.#run = task.run;
    using watch = task.run && this.#watchRun(task.run);
    this.#evals.set(evalId, resolve);
    const late = () => this.end('WallTime', `The eval was not done after its ${timeMs} ms`);
    const timer = timeMs > 0 ? setTimeout(late, timeMs) : undefined;
    const cancel = () => this.end('Cancelled', 'The eval was cancelled');
    call.signal.addEventListener('abort', cancel, { once: true });
    try {
      await Promise.race([promise, this.#begin(call, task)]);
      if (watch && !this.#over) await Promise.race([promise.then(() => watch.weigh()), this.ended]);
      const outcome = this.#over ? endedBy(this.#over) : await promise;
      return {
        ...outcome,
        cpuTimeMs: this.cpuTimeMs - before,
        ended: this.#over !== undefined,
        portBytes: this.#port.postedBytes,
      };
    } finally {
      clearTimeout(timer);
      call.signal.removeEventListener('abort', cancel);
      this.#evals.delete(evalId);
    }
  }

  async #begin(call: IncomingCall, task: InsideEval): Promise<void> {
    await this.addModules(call, task);
    call.emit({ added: true });
    await this.#define(task.run?.data);
    this.#port.handOver();
    const { evalId, order, tests = false } = task;
    await this.#apply(this.#realm.evaluate, [evalId, JSON.stringify(order), tests]);
  }

  #watchRun(limits: InsideRunLimits): RunWatch {
    return new RunWatch({
      ...{ isolate: this.#realm.isolate, limits },
      isMemoryExact: limits.memoryBytes >= this.open.memoryBytes,
      cpuTimeMs: () => this.cpuTimeMs,
      onBreach: (exitReason, message) => this.end(exitReason, message),
    });
  }

  /** Ends the runtime: the first reason is the true one. */
  end(exitReason: Failure, message: string, error?: GuestError): void {
    if (this.#over) return;
    const { isolate } = this.#realm;
    this.#over = { exitReason, message, cpuTimeMs: this.cpuTimeMs, ...(error && { error }) };
    this.#watch.stop();
    this.#bridge.close();
    this.server?.end(`${exitReason}: ${message}`);
    // Asked before: it fails as soon as the thread has stopped, and never when that does not.
    const stopped = isolate.isDisposed ? Promise.resolve() : isolate.getHeapStatistics();
    try {
      isolate.dispose();
    } catch {
      // Its own memory limit has done it.
    }
    for (const resolve of this.#evals.values()) resolve(endedBy(this.#over));
    const isDone = this.#rehearsal && exitReason === 'Cancelled';
    const timer = doomTimer(isDone ? DONE_DOOM : DOOM, () => this.#settle(true));
    const settle = () => {
      timer[Symbol.dispose]();
      this.#settle(false);
    };
    stopped.then(settle, settle);
  }

  #settle(doomed: boolean): void {
    this.#ended.resolve({ ...this.#over!, doomed });
  }

  #catastrophe(): void {
    this.end('Memory', 'The guest used up the memory of its isolate at once');
    this.#settle(true);
  }

  #outOfMemory(): void {
    const bytes = this.#run?.memoryBytes ?? this.open.memoryBytes;
    const mib = Math.round(bytes / 2 ** 20);
    this.end('Memory', `The guest used more than its ${mib} MiB of memory`);
  }

  /** What goes wrong in it says nothing: a rejection that nobody handles surfaces at whatever comes next. */
  async #apply(method: Reference, args: unknown[], options?: typeof COPIED): Promise<void> {
    if (this.#over) return;
    this.#watch.touch();
    try {
      await method.apply(undefined, args, options);
    } catch {
      if (this.#realm.isolate.isDisposed) this.#outOfMemory();
    }
  }

  /** An answer sets the guest's thread to work, as anything does that is given to it. */
  async #answer(capability: unknown, ask: () => Promise<unknown[]>): Promise<unknown[]> {
    this.#rehearsal?.enter(capability);
    if (this.#over) return GONE;
    const answer = await ask();
    this.#rehearsal?.leave();
    this.#watch.touch();
    return answer;
  }

  #post(text: unknown, number: unknown): void {
    if (this.#over) return;
    if (this.#rehearsal?.keepsBack(text)) {
      // Taken all the same, or the guest would hold back what its run sends.
      void this.#apply(this.#realm.sent, [(text as string).length]);
      return;
    }
    try {
      this.#port.post(text, number);
    } catch {
      this.end('Output', 'The guest sent its embedder more than a port carries');
    }
  }
}

/** Evals are numbered from 1. */
const PREFIX_EVAL = 0;
const GONE = [false, '{"name":"Error","message":"the runtime is over"}'];

function endedBy({ exitReason, message }: Pick<InsideEnd, 'exitReason' | 'message'>): Outcome {
  return { exitReason, error: { name: 'LimitError', message } };
}
