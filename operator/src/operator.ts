import type { DatabaseSync } from 'node:sqlite';
import { CofferdamError, type Engine, type ResolvedScript } from '@cofferdam/protocol';
import { ScriptLoop } from './controller/script/loop.ts';
import type { GatewayPort, RunAsk, ScriptOutcome } from './gateway-port.ts';
import { RunHistory } from './run-history.ts';
import { systemClock, type Clock } from './schedule/clock.ts';
import { Scheduler, type DueRun } from './schedule/scheduler.ts';
import { FolderSource } from './sources/folder.ts';
import { keyOf, type SourceProblem } from './sources/source.ts';
import { StatusStore } from './status/store.ts';
import { uidOf } from './status/uid.ts';
import type { OperatorEvent } from './events.ts';
import { viewOf, type ScriptView } from './script-view.ts';

export interface OperatorOptions<Outcome extends ScriptOutcome> {
  /** The folder of YAML that is watched. */
  folder: string;
  /** Status is kept there, in tables of the operator's own. The caller closes it. */
  database: DatabaseSync;
  gateway: GatewayPort<Outcome>;
  /** The engines that this instance has. */
  engines: ReadonlySet<Engine>;
  /** Told of everything that happens, as it happens. Must not throw. */
  onEvent?: (event: OperatorEvent) => void;
  clock?: Clock;
}

/** Errors of a run that say nothing of trouble: somebody wanted it so. */
const QUIET = new Set(['DUPLICATE_RUN', 'STALE_EPOCH', 'CANCELLED', 'SHUTTING_DOWN']);
/** Starting waits no longer than this for the first compile checks; they go on behind it. */
const FIRST_LOOK_MS = 2_000;

/** Keeps a folder of scripts running: source, schedule, status and the loop between them. */
export class Operator<Outcome extends ScriptOutcome = ScriptOutcome> {
  readonly #options: OperatorOptions<Outcome>;
  readonly #store: StatusStore;
  readonly #source: FolderSource;
  readonly #scheduler: Scheduler;
  readonly #loop: ScriptLoop;
  readonly #history: RunHistory;
  readonly #epoch: number;

  constructor(options: OperatorOptions<Outcome>) {
    const clock = options.clock ?? systemClock;
    const emit = (event: OperatorEvent) => options.onEvent?.(event);
    this.#options = options;
    this.#store = new StatusStore(options.database, () => clock.now());
    this.#epoch = this.#store.nextEpoch();
    this.#history = new RunHistory(this.#store);
    this.#source = new FolderSource({
      folder: options.folder,
      onChange: (keys) => this.#loop.notice(keys),
      onProblems: (problems) => emit({ type: 'problems', problems }),
      onError: (error) => emit({ type: 'source-error', message: String(error) }),
    });
    this.#scheduler = new Scheduler({
      run: (due) => this.#runDue(due),
      onDecided: (key, scheduledAt) => this.#store.writeDecided(uidOfKey(key), scheduledAt),
      onSkip: (key, scheduledAt, reason) => emit({ type: 'skip', key, scheduledAt, reason }),
      clock,
    });
    this.#loop = new ScriptLoop({
      source: this.#source,
      store: this.#store,
      scheduler: this.#scheduler,
      gateway: options.gateway,
      engines: options.engines,
      epoch: this.#epoch,
      clock,
      onStatus: (key) => emit({ type: 'status', key, view: this.#view(key) }),
    });
  }

  /** Reads the folder and starts schedules; throws `INVALID_CONFIG` when there is no folder. */
  async start(): Promise<void> {
    await this.#source.start();
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, FIRST_LOOK_MS);
    await Promise.race([this.#loop.idle(), late.promise]);
    clearTimeout(timer);
  }

  list(): ScriptView[] {
    return this.#source
      .keys()
      .sort()
      .map((key) => this.#view(key)!);
  }

  get(namespace: string, name: string): ScriptView | undefined {
    return this.#view(keyOf({ namespace, name }));
  }

  /** What is wrong with files whose documents name no script. */
  problems(): SourceProblem[] {
    return this.#source.problems();
  }

  /**
   * Runs a script now. Guest failures are in the outcome; throws `SCRIPT_NOT_FOUND`,
   * `SCRIPT_NOT_READY` and what the gateway throws.
   */
  async runNow(namespace: string, name: string, ask: RunAsk): Promise<Outcome> {
    const key = keyOf({ namespace, name });
    const script = this.#loop.runnable(key);
    if (script) return this.#run(key, script, ask);
    const view = this.#view(key);
    if (!view) throw new CofferdamError('SCRIPT_NOT_FOUND', `no script ${key}`);
    const ready = view.status.conditions.find(({ type }) => type === 'Ready');
    const why = ready ? `${ready.reason}: ${ready.message}` : 'it has just been read';
    throw new CofferdamError('SCRIPT_NOT_READY', `${key} is not ready: ${why}`);
  }

  /** Stops the watch and the schedules, cancels scheduled runs under way and waits for them. */
  async close(): Promise<void> {
    await this.#source.close();
    await this.#scheduler.close();
    await this.#loop.close();
  }

  async #runDue({ key, scheduledAt, notAfter, signal }: DueRun): Promise<void> {
    const script = this.#loop.runnable(key);
    if (!script) return;
    const ask = { trigger: 'schedule' as const, scheduledAt, notAfter, signal };
    // Its failure is in the status by then.
    await this.#run(key, script, { ...ask, epoch: this.#epoch }).catch(() => {});
  }

  async #run(key: string, script: ResolvedScript, ask: RunAsk): Promise<Outcome> {
    const emit = (event: OperatorEvent) => this.#options.onEvent?.(event);
    const done = this.#history.begin(key);
    emit({ type: 'start', key });
    try {
      const outcome = await this.#options.gateway.run(script, ask);
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

  #view(key: string): ScriptView | undefined {
    const entry = this.#source.get(key);
    if (!entry) return undefined;
    return viewOf(entry, {
      stored: this.#store.read(uidOfKey(key)),
      nextRun: this.#scheduler.next(key),
      running: this.#history.running(key),
    });
  }
}

function uidOfKey(key: string): string {
  const slash = key.indexOf('/');
  return uidOf({ namespace: key.slice(0, slash), name: key.slice(slash + 1) });
}
