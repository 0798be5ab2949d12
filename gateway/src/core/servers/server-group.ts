import { CofferdamError, type ResolvedScript, type ResolvedServer } from '@cofferdam/protocol';
import { Backoff } from './backoff.ts';
import { place, upkeep, type GroupView } from './decide.ts';
import { ServerLog, type ServerLogLine } from './instance-log.ts';
import type { InstancePlace } from './place.ts';
import { revisionOf } from './revision.ts';
import { ServerInstance, type InstanceEnding } from './server-instance.ts';
import { WaitingRequests } from './waiting-requests.ts';

export type ServerScript = ResolvedScript & { server: ResolvedServer };

export interface ServerGroupOptions {
  now: () => number;
  /** Where an instance begins; `others` are the runners of those that there are. */
  placeOf(script: ResolvedScript, others: () => ReadonlySet<string>): Omit<InstancePlace, 'log'>;
  /** Told of each line of the script's console. */
  onLine: (line: ServerLogLine) => void;
}

/** A place of a request in an instance, given back once. */
export interface TakenPlace {
  instance: ServerInstance;
  release(): void;
}

/** Requests of one server that may wait. */
const MAX_WAITING = 1_024;
/** How often an instance is looked at whose runner may be about to go. */
const LOOK_MS = 1_000;

/** All instances of one server. Which there are is decided in decide.ts. */
export class ServerGroup {
  readonly log: ServerLog;
  readonly #options: ServerGroupOptions;
  readonly #instances = new Map<number, ServerInstance>();
  readonly #waiting = new WaitingRequests<TakenPlace>();
  readonly #backoff = new Backoff();
  #script: ServerScript;
  #timer: NodeJS.Timeout | undefined;
  #acquired: Promise<unknown> = Promise.resolve();
  #lastId = 0;
  #lastFailure: CofferdamError | undefined;
  #closed: CofferdamError | undefined;
  #quiet: (() => void)[] = [];

  constructor(script: ServerScript, options: ServerGroupOptions) {
    this.#script = script;
    this.#options = options;
    this.log = new ServerLog(options.now);
    this.#apply();
  }

  get script(): ServerScript {
    return this.#script;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get instances(): readonly ServerInstance[] {
    return [...this.#instances.values()];
  }

  isCurrent(instance: ServerInstance): boolean {
    return instance.view(revisionOf(this.#script)).current;
  }

  /** Takes the script as it is now: another revision replaces the instances, one after the other. */
  update(script: ServerScript): void {
    if (script === this.#script) return;
    if (revisionOf(script) !== revisionOf(this.#script)) {
      this.#backoff.reset();
      this.#lastFailure = undefined;
    }
    this.#script = script;
    if (script.server.suspended) this.#waiting.refuseAll(this.#suspended());
    this.#apply();
  }

  /**
   * A place for one request. Rejects with `UNAVAILABLE` while it is suspended, `QUEUE_FULL`, `EXPIRED`,
   * `CANCELLED`, and what keeps its instances from starting.
   */
  async enter(signal: AbortSignal): Promise<TakenPlace> {
    if (this.#closed) throw this.#closed;
    if (this.#script.server.suspended) throw this.#suspended();
    const placement = place(this.#view());
    if (placement.kind === 'use') return this.#take(placement.id);
    if (placement.kind === 'refuse') throw this.#refusal(placement.why);
    const entered = this.#waiting.wait(signal);
    this.#apply();
    return entered;
  }

  /** Refuses what comes and what waits with this, lets requests end, then ends the instances. */
  async close(reason: CofferdamError): Promise<void> {
    this.#closed ??= reason;
    this.#waiting.refuseAll(reason);
    clearTimeout(this.#timer);
    for (const instance of this.#instances.values()) this.#endWhenQuiet(instance);
    if (this.#instances.size > 0) await new Promise<void>((resolve) => this.#quiet.push(resolve));
  }

  #endWhenQuiet(instance: ServerInstance): void {
    if (this.#closed && instance.inFlight === 0) instance.end(this.#closed);
  }

  /** Makes true what is decided, until nothing more is. */
  #apply(): void {
    if (this.#closed) return;
    for (;;) {
      if (this.#waiting.size === 0) break;
      const placement = place({ ...this.#view(), waiting: 0 });
      if (placement.kind === 'refuse') this.#waiting.refuseAll(this.#refusal(placement.why));
      if (placement.kind !== 'use') break;
      this.#waiting.admit(this.#take(placement.id));
    }
    const { start, leave, end, at } = upkeep(this.#view());
    const now = this.#options.now();
    for (const id of leave) this.#instances.get(id)!.leavingSince = now;
    for (const id of end) this.#instances.get(id)!.end(LET_GO);
    for (let begun = 0; begun < start; begun++) this.#start();
    this.#lookAgain(at - now);
  }

  #lookAgain(afterMs: number): void {
    clearTimeout(this.#timer);
    const watches = this.#instances.size > 0 ? LOOK_MS : Infinity;
    const wait = Math.min(watches, Math.max(1, afterMs));
    if (wait === Infinity) return;
    this.#timer = setTimeout(() => this.#apply(), wait).unref();
  }

  #view(): GroupView {
    const { server } = this.#script;
    const revision = revisionOf(this.#script);
    const rules = server.suspended ? { ...server, ...NO_INSTANCES } : server;
    return {
      instances: this.instances.map((instance) => instance.view(revision)),
      waiting: this.#waiting.size,
      maxWaiting: MAX_WAITING,
      rules,
      notBefore: this.#backoff.notBefore,
      now: this.#options.now(),
    };
  }

  #take(id: number): TakenPlace {
    const instance = this.#instances.get(id)!;
    const over = instance.begin('inFlight');
    instance.requests++;
    const release = () => {
      over();
      this.#endWhenQuiet(instance);
      this.#apply();
    };
    return { instance, release };
  }

  #start(): void {
    const script = this.#script;
    const others = () => new Set(this.instances.flatMap(({ runnerId }) => runnerId ?? []));
    const log = (line: Omit<ServerLogLine, 'time'>) => this.#options.onLine(this.log.add(line));
    let instancePlace: InstancePlace;
    try {
      const found = this.#options.placeOf(script, others);
      const acquire = (signal: AbortSignal) => this.#inTurn(() => found.acquire(signal));
      instancePlace = { ...found, acquire, log };
    } catch (error) {
      return this.#failed(CofferdamError.from(error));
    }
    const id = ++this.#lastId;
    const instance = new ServerInstance({ id, script, place: instancePlace });
    this.#instances.set(id, instance);
    void instance.ended.then((ending) => this.#over(instance, ending));
    void instance.live(() => {
      this.#say(instance, 'info', 'ready');
      this.#apply();
    });
  }

  /** One after the other: which runner is to be avoided is known when the one before has its own. */
  #inTurn<T>(acquire: () => Promise<T>): Promise<T> {
    const acquired = this.#acquired.then(acquire);
    this.#acquired = acquired.catch(() => {});
    return acquired;
  }

  #over(instance: ServerInstance, { error, isGuests }: InstanceEnding): void {
    this.#instances.delete(instance.id);
    const wasWanted = error !== LET_GO && error !== this.#closed;
    this.#say(instance, wasWanted ? 'error' : 'info', error.message);
    const { readyAt } = instance;
    const now = this.#options.now();
    if (wasWanted && (isGuests || readyAt === undefined)) {
      this.#backoff.failed(now, readyAt === undefined ? 0 : now - readyAt);
      // Of an earlier revision nobody waits to hear.
      if (instance.revision === revisionOf(this.#script)) this.#noteFailure(error, readyAt);
    }
    this.#apply();
    if (this.#instances.size === 0) for (const resolve of this.#quiet.splice(0)) resolve();
  }

  #failed(error: CofferdamError): void {
    this.#backoff.failed(this.#options.now(), 0);
    this.#noteFailure(error, undefined);
  }

  #noteFailure(error: CofferdamError, readyAt: number | undefined): void {
    this.#lastFailure = error;
    if (readyAt !== undefined) return;
    const others = this.instances.some(({ readyAt: ready }) => ready !== undefined);
    if (!others) this.#waiting.refuseAll(error);
  }

  #refusal(why: 'full' | 'failing'): CofferdamError {
    if (why === 'full')
      return new CofferdamError('QUEUE_FULL', 'too many requests wait for the server');
    return this.#lastFailure ?? new CofferdamError('SERVER_FAILED');
  }

  #suspended(): CofferdamError {
    return new CofferdamError('UNAVAILABLE', 'the server is suspended');
  }

  #say({ id: instance }: ServerInstance, level: 'info' | 'error', message: string): void {
    this.log.add({ instance, level, message, system: true });
  }
}

const NO_INSTANCES = { minInstances: 0, maxInstances: 0, idleMs: 0 };
/** Nobody needs it, or another one has replaced it. */
const LET_GO = new CofferdamError('RUNTIME_ENDED', 'let go');
