import { setTimeout as sleep } from 'node:timers/promises';
import { NETWORK, type CofferdamError, type RuntimeEnd } from '@cofferdam/protocol';
import type { GuestBindings } from '../bindings/scope.ts';
import type { RuntimeHooks } from '../host/open-runtime.ts';
import type { Runtime } from '../host/runtime.ts';
import { ScriptError } from '../host/script-error.ts';
import { readCode } from '../options/eval-options.ts';
import { Activity } from './activity.ts';
import { exitOf, type WorkerExit } from './exit.ts';
import { fetchOf } from './fetch-handler.ts';
import { readMessage, written } from './json.ts';
import { Listeners } from './listeners.ts';
import { overError, readHandler, readName } from './options.ts';
import { Order } from './order.ts';
import { Requests } from './requests.ts';
import type {
  SandboxIsolate,
  WorkerData,
  WorkerRequestHandler,
  WorkerSystemEvents,
  WorkerWebSocketHandler,
} from './types.ts';

/** What a worker may take for what it was given before it is destroyed, once its code has begun. */
const GRACE_MS = 2_000;
const MAX_TEXT = 16_384;

export interface IsolateContext {
  /** Keeps the process from ending until it is released. */
  hold(): () => void;
  log(line: string): void;
  onEnd(): void;
}

type Handler = (data: WorkerData) => void;

export class Isolate implements SandboxIsolate {
  /** What the runtime is opened with. */
  readonly bindings: GuestBindings;
  readonly hooks: RuntimeHooks;
  readonly #context: IsolateContext;
  readonly #messages = new Listeners('a handler of a worker’s');
  readonly #system = new Listeners('a handler of the system event');
  readonly #requests = new Requests();
  readonly #order = new Order();
  readonly #activity: Activity;
  #runtime: Runtime | undefined;
  #destroying: Promise<void> | undefined;
  #exit: WorkerExit | undefined;

  constructor(context: IsolateContext) {
    this.#context = context;
    const requests = this.#requests;
    this.#activity = new Activity({
      hold: () => context.hold(),
      ask: (number) => this.#order.pass(() => this.#runtime!.post(NETWORK.sync, number)),
    });
    this.bindings = {
      fetch: this.#stirring(fetchOf(requests)),
      webSocket: (start, call) =>
        (requests.handler('websocket') as WorkerWebSocketHandler)(start, call),
    };
    this.hooks = {
      tools: { [NETWORK.request]: this.#stirring(requests.answer) },
      onPost: (event, value) => this.#posted(event, value),
      onEnd: (end) => setImmediate(() => this.#ended(end)),
    };
  }

  begin(runtime: Runtime): void {
    this.#runtime = runtime;
  }

  get id(): string {
    return this.#runtime!.id;
  }

  /** Whether it is to live on. */
  get isLiving(): boolean {
    return !this.#destroying && !this.#exit;
  }

  execute(code: string): Promise<void> {
    const text = readCode(code);
    const done = Promise.withResolvers<void>();
    // Whoever does not wait for it hears of it as a system event.
    done.promise.catch(() => {});
    if (this.#destroying) throw overError('the worker was destroyed');
    this.#order.hold((begun) => {
      const once = begunOnce(begun);
      const ended = this.#runtime!.eval(text, undefined, once).finally(once);
      ended.then(() => done.resolve(), done.reject);
      ended.catch((error: unknown) => this.#failed(error));
    });
    this.#activity.stir();
    return done.promise;
  }

  send(event: string, data?: WorkerData): void {
    const message = written(readName(event, 'event'), data);
    if (this.#destroying) throw overError('the worker was destroyed');
    if (this.#exit) return;
    if (this.#order.isHeld) this.#postLater(message);
    else this.#runtime!.post(NETWORK.message, message);
    this.#activity.stir();
  }

  on(event: string, handler: Handler): void {
    this.#messages.add(readName(event, 'event'), readHandler<Handler>(handler));
  }

  off(event: string, handler: Handler): void {
    this.#messages.remove(readName(event, 'event'), handler);
  }

  onRequest(method: string, handler: unknown): void {
    this.#requests.set(readName(method, 'method'), readHandler<WorkerRequestHandler>(handler));
  }

  onSystem<E extends keyof WorkerSystemEvents>(
    event: E,
    handler: (data: WorkerSystemEvents[E]) => void,
  ): void {
    this.#system.add(readName(event, 'event'), readHandler<Handler>(handler));
  }

  destroy(): Promise<void> {
    this.#destroying ??= this.#destroy();
    return this.#destroying;
  }

  async #destroy(): Promise<void> {
    if (this.#exit) return;
    const release = this.#context.hold();
    try {
      await new Promise<void>((resolve) => this.#order.pass(resolve));
      const late = new AbortController();
      const grace = sleep(GRACE_MS, undefined, { signal: late.signal }).catch(() => {});
      await Promise.race([this.#activity.handled(), grace]);
      late.abort();
      const message = 'the worker was destroyed';
      await this.#runtime!.dispose({ reason: message });
      this.#leave({ reason: 'destroyed', message });
    } finally {
      release();
    }
  }

  /** Whoever asked goes on when it is answered. */
  #stirring<A extends unknown[], R>(
    answer: (...args: A) => R | Promise<R>,
  ): (...args: A) => Promise<R> {
    return async (...args) => {
      try {
        return await answer(...args);
      } finally {
        setImmediate(() => this.#activity.stir());
      }
    };
  }

  /** What waited has nobody to throw to. */
  #postLater(message: string[]): void {
    this.#order.pass(() => {
      try {
        this.#runtime!.post(NETWORK.message, message);
      } catch (error) {
        this.#error('DataError', `a message was not sent: ${(error as Error).message}`);
      }
    });
  }

  #posted(event: string, value: unknown): void {
    if (event === NETWORK.message) return this.#received(value);
    if (!Array.isArray(value)) return;
    const [first, second] = value as unknown[];
    if (event === NETWORK.sync) this.#activity.answered(first, second);
    else if (event === NETWORK.error) this.#error(textOf(first), textOf(second));
  }

  #received(value: unknown): void {
    try {
      const message = readMessage(value);
      if (message) this.#messages.tell(message.name, message.data);
    } catch (error) {
      this.#error('DataError', `a message could not be read: ${(error as Error).message}`);
    }
  }

  /** Limits have events of their own. */
  #failed(error: unknown): void {
    if (error instanceof ScriptError) {
      return this.#error(error.name, error.message, error.stack);
    }
    this.#context.log(`worker ${this.id}: ${String(error)}`);
  }

  #error(name: string, message: string, stack?: string): void {
    this.#context.log(`worker ${this.id}: ${name}: ${message}`);
    this.#system.tell('error', { name, message, ...(stack && { stack }) });
  }

  #ended(end: RuntimeEnd | CofferdamError): void {
    const exit = exitOf(end);
    // One that could not be opened at all is nobody's.
    if (this.#exit || this.#destroying || !this.#runtime) return this.#activity.end();
    if (exit.reason === 'cpu_limit' || exit.reason === 'memory_limit') {
      this.#system.tell(exit.reason, { message: exit.message });
    }
    this.#leave(exit);
  }

  #leave(exit: WorkerExit): void {
    if (this.#exit) return;
    this.#exit = exit;
    this.#activity.end();
    this.#context.log(`worker ${this.id} ended: ${exit.reason}, ${exit.message}`);
    this.#system.tell('exit', exit);
    this.#context.onEnd();
  }
}

function begunOnce(begun: () => void): () => void {
  let isBegun = false;
  return () => {
    if (!isBegun) begun();
    isBegun = true;
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MAX_TEXT) : '';
}
