import { CofferdamError, notRun, type Engine, type ResolvedScript } from '@cofferdam/protocol';
import type { References } from './controller/script/gather.ts';
import { ScriptLoop } from './controller/script/loop.ts';
import type { OperatorEvent } from './events.ts';
import type { GatewayPort, RunAsk, RunTrigger, ScriptOutcome } from './gateway-port.ts';
import { RunHistory } from './run-history.ts';
import type { Clock } from './schedule/clock.ts';
import { Scheduler, type DueRun } from './schedule/scheduler.ts';
import { viewOf, type ScriptView } from './script-view.ts';
import type { ScriptSource } from './sources/source.ts';
import type { ScriptStore } from './status/script-store.ts';

export interface ScriptKeeperOptions<Outcome extends ScriptOutcome> {
  source: ScriptSource;
  store: ScriptStore;
  gateway: GatewayPort<Outcome>;
  /** The engines that this instance has. */
  engines: ReadonlySet<Engine>;
  /** What resources refer to; absent: they cannot refer to anything. */
  references?: References;
  /** The hosts that servers may have. Default: those of `*.localhost`. */
  serverHosts?: readonly string[] | undefined;
  /** Higher than that of every operator before. */
  epoch: number;
  clock: Clock;
  /** Told of everything that happens, as it happens. Must not throw. */
  emit: (event: OperatorEvent) => void;
}

/** Errors of a run that say nothing of trouble: somebody wanted it so. */
const QUIET = new Set(['DUPLICATE_RUN', 'STALE_EPOCH', 'CANCELLED', 'SHUTTING_DOWN']);

/** Keeps the scripts of a source running: schedule, status and the loop between them. */
export class ScriptKeeper<Outcome extends ScriptOutcome = ScriptOutcome> {
  readonly #options: ScriptKeeperOptions<Outcome>;
  readonly #scheduler: Scheduler;
  readonly #loop: ScriptLoop;
  readonly #history: RunHistory;

  constructor(options: ScriptKeeperOptions<Outcome>) {
    const { store, emit, clock } = options;
    this.#options = options;
    this.#history = new RunHistory(store);
    this.#scheduler = new Scheduler({
      run: (due) => this.#runDue(due),
      onDecided: (key, scheduledAt) => this.#decided(key, scheduledAt),
      onSkip: (key, scheduledAt, reason) => emit({ type: 'skip', key, scheduledAt, reason }),
      clock,
    });
    this.#loop = new ScriptLoop({
      ...options,
      scheduler: this.#scheduler,
      onStatus: (key) => emit({ type: 'status', key, view: this.view(key) }),
    });
  }

  /** Looks at these scripts (again). */
  notice(keys: Iterable<string>): void {
    this.#loop.notice(keys);
  }

  /** Looks at these scripts at once, with what is known: no compiler is asked. */
  look(keys: Iterable<string>): void {
    this.#loop.look(keys);
  }

  /** Resolves when everything noticed so far was looked at. */
  idle(): Promise<void> {
    return this.#loop.idle();
  }

  /** The script as it may run now. */
  runnable(key: string): ResolvedScript | undefined {
    return this.#loop.runnable(key);
  }

  /**
   * Runs a script now. Guest failures are in the outcome; throws `SCRIPT_NOT_FOUND`,
   * `SCRIPT_NOT_READY` and what the gateway throws.
   */
  async runNow(key: string, ask: RunAsk): Promise<Outcome> {
    const script = this.#loop.runnable(key);
    if (script) return this.#run(key, script, ask);
    const view = this.view(key);
    if (!view) throw new CofferdamError('SCRIPT_NOT_FOUND', `no script ${key}`);
    const ready = view.status.conditions.find(({ type }) => type === 'Ready');
    const why = ready ? `${ready.reason}: ${ready.message}` : 'it has just been read';
    throw new CofferdamError('SCRIPT_NOT_READY', `${key} is not ready: ${why}`);
  }

  /** Takes a run into the status that somebody else had asked the gateway for. */
  record(key: string, outcome: ScriptOutcome, trigger: RunTrigger): void {
    const uid = this.#options.store.uidOf(key);
    if (uid === undefined) return;
    const run = this.#history.record(uid, outcome, trigger);
    this.#options.emit({ type: 'run', key, run });
    this.#loop.setFault(key, undefined);
  }

  view(key: string): ScriptView | undefined {
    const { source, store } = this.#options;
    const entry = source.get(key);
    const uid = store.uidOf(key);
    if (!entry || uid === undefined) return undefined;
    return viewOf(entry, {
      stored: store.read(uid),
      nextRun: this.#scheduler.next(key),
      running: this.#history.running(key),
    });
  }

  /** Stops the schedules, cancels scheduled runs under way and waits for them. */
  async close(): Promise<void> {
    await this.#scheduler.close();
    await this.#loop.close();
  }

  #decided(key: string, scheduledAt: number): void {
    const uid = this.#options.store.uidOf(key);
    if (uid !== undefined) this.#options.store.writeDecided(uid, scheduledAt);
  }

  async #runDue({ key, scheduledAt, notAfter, signal }: DueRun): Promise<void> {
    const script = this.#loop.runnable(key);
    if (!script) return;
    const ask = { trigger: 'schedule' as const, scheduledAt, notAfter, signal };
    // Its failure is in the status by then.
    await this.#run(key, script, { ...ask, epoch: this.#options.epoch }).catch(() => {});
  }

  async #run(key: string, script: ResolvedScript, ask: RunAsk): Promise<Outcome> {
    const { gateway, emit } = this.#options;
    const why = notRun(script);
    if (why !== undefined) throw new CofferdamError('INVALID_INPUT', `${key} ${why}`);
    const done = this.#history.begin(key);
    emit({ type: 'start', key });
    try {
      const outcome = await gateway.run(script, ask);
      const run = this.#history.record(script.uid, outcome, ask.trigger);
      emit({ type: 'run', key, run });
      this.#loop.setFault(key, undefined);
      return outcome;
    } catch (error) {
      const { code, message } = CofferdamError.from(error);
      if (!QUIET.has(code)) this.#loop.setFault(key, { code, message });
      emit({ type: 'refused', key, code, message });
      throw error;
    } finally {
      done();
    }
  }
}
