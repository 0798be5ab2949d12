import type { DatabaseSync } from 'node:sqlite';
import type { Engine } from '@cofferdam/protocol';
import type { GatewayPort, RunAsk, ScriptOutcome } from './gateway-port.ts';
import { systemClock, type Clock } from './schedule/clock.ts';
import { ScriptKeeper } from './script-keeper.ts';
import { FolderSource } from './sources/folder.ts';
import { localReferences } from './sources/local-references.ts';
import { SecretFolder } from './sources/secret-folder.ts';
import { keyOf, type SourceProblem } from './sources/source.ts';
import { StatusStore } from './status/store.ts';
import type { OperatorEvent } from './events.ts';
import type { ScriptView } from './script-view.ts';

export interface OperatorOptions<Outcome extends ScriptOutcome> {
  /** The folder of YAML that is watched. */
  folder: string;
  /** Status is kept there, in tables of the operator's own. The caller closes it. */
  database: DatabaseSync;
  gateway: GatewayPort<Outcome>;
  /** The engines that this instance has. */
  engines: ReadonlySet<Engine>;
  /** A folder with `<namespace>/<name>/<key>` as files, which scripts name as Secrets. Default: none. */
  secrets?: string | undefined;
  /** Whether scripts may have a browser here. Default: no; those that ask for one are not ready. */
  browsers?: boolean;
  /** The hosts that servers may have. Default: those of `*.localhost`. */
  serverHosts?: readonly string[] | undefined;
  /** Told of everything that happens, as it happens. Must not throw. */
  onEvent?: (event: OperatorEvent) => void;
  clock?: Clock;
}

/** Starting waits no longer than this for the first compile checks; they go on behind it. */
const FIRST_LOOK_MS = 2_000;

/** Keeps a folder of scripts running: source, schedule, status and the loop between them. */
export class Operator<Outcome extends ScriptOutcome = ScriptOutcome> {
  readonly #source: FolderSource;
  readonly #secrets: SecretFolder | undefined;
  readonly #keeper: ScriptKeeper<Outcome>;

  constructor(options: OperatorOptions<Outcome>) {
    const clock = options.clock ?? systemClock;
    const emit = (event: OperatorEvent) => options.onEvent?.(event);
    const store = new StatusStore(options.database, () => clock.now());
    const epoch = store.nextEpoch();
    this.#source = new FolderSource({
      folder: options.folder,
      onChange: (keys) => this.#keeper.notice(keys),
      onProblems: (problems) => emit({ type: 'problems', problems }),
      onError: (error) => emit({ type: 'source-error', message: String(error) }),
    });
    const { gateway, engines, serverHosts, browsers = false } = options;
    const secrets =
      options.secrets === undefined ? undefined : this.#secretsIn(options.secrets, emit);
    this.#secrets = secrets;
    const source = this.#source;
    this.#keeper = new ScriptKeeper({
      ...{ source, store, gateway, engines, serverHosts },
      references: localReferences({
        hasBrowsers: browsers,
        secrets: secrets && ((reference) => secrets.data(reference)),
      }),
      ...{ epoch, clock, emit },
    });
  }

  /** Reads the folders and starts schedules; throws `INVALID_CONFIG` when there is no such folder. */
  async start(): Promise<void> {
    await this.#secrets?.start();
    await this.#source.start();
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, FIRST_LOOK_MS);
    await Promise.race([this.#keeper.idle(), late.promise]);
    clearTimeout(timer);
  }

  list(): ScriptView[] {
    return this.#source
      .keys()
      .sort()
      .map((key) => this.#keeper.view(key)!);
  }

  get(namespace: string, name: string): ScriptView | undefined {
    return this.#keeper.view(keyOf({ namespace, name }));
  }

  /** What is wrong with files whose documents name no script. */
  problems(): SourceProblem[] {
    return this.#source.problems();
  }

  /**
   * Runs a script now. Guest failures are in the outcome; throws `SCRIPT_NOT_FOUND`,
   * `SCRIPT_NOT_READY` and what the gateway throws.
   */
  runNow(namespace: string, name: string, ask: RunAsk): Promise<Outcome> {
    return this.#keeper.runNow(keyOf({ namespace, name }), ask);
  }

  /** Stops the watch and the schedules, cancels scheduled runs under way and waits for them. */
  async close(): Promise<void> {
    await this.#secrets?.close();
    await this.#source.close();
    await this.#keeper.close();
  }

  #secretsIn(folder: string, emit: (event: OperatorEvent) => void): SecretFolder {
    return new SecretFolder({
      folder,
      onChange: () => this.#keeper.notice(this.#source.keys()),
      onError: (error) => emit({ type: 'source-error', message: String(error) }),
    });
  }
}
