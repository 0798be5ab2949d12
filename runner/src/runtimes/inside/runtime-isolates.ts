import { CofferdamError, type Channel, type IncomingCall } from '@cofferdam/protocol/base';
import { ownRssReader } from '../../supervisor/own-rss.ts';
import type {
  InsideAttach,
  InsideEnd,
  InsideEnding,
  InsideEval,
  InsideFigures,
  InsideModules,
  InsideOpen,
  InsideOutcome,
  InsideRuntimeFigures,
} from '../messages.ts';
import { PrefixStore } from '../prefixes/inside/prefix-store.ts';
import { RuntimeIsolate } from './runtime-isolate.ts';

/** The inside of a runtime process: the runtimes of one embedder. */
export class RuntimeIsolates {
  readonly prefixes = new PrefixStore();
  readonly #channel: () => Channel;
  readonly #runtimes = new Map<string, RuntimeIsolate>();
  readonly #rss = ownRssReader();

  constructor(channel: () => Channel) {
    this.#channel = channel;
  }

  async open(call: IncomingCall): Promise<InsideEnd> {
    const { runtimeId, prefixId } = call.payload as InsideOpen;
    const prefix = prefixId === undefined ? undefined : this.prefixes.of(prefixId);
    const runtime = new RuntimeIsolate(call, this.#channel());
    this.#runtimes.set(runtimeId, runtime);
    if (prefix) await runtime.prepare(prefix);
    if (!runtime.isOver) call.emit({ opened: true, heapBytes: runtime.figures().heapBytes });
    const end = await runtime.ended;
    this.#runtimes.delete(runtimeId);
    return end;
  }

  /** Somebody has a session; answered when nobody has it any more. */
  attach(call: IncomingCall): Promise<object> {
    const task = call.payload as InsideAttach;
    return this.#of(task.runtimeId).attach(call, task);
  }

  detach(call: IncomingCall): object {
    this.#of((call.payload as { runtimeId: string }).runtimeId).detach();
    return {};
  }

  async addModules(call: IncomingCall): Promise<object> {
    const task = call.payload as InsideModules;
    await this.#of(task.runtimeId).addModules(call, task);
    return {};
  }

  evaluate(call: IncomingCall): Promise<InsideOutcome> {
    const task = call.payload as InsideEval;
    return this.#of(task.runtimeId).evaluate(call, task);
  }

  /** A request, or a connection, for a guest that serves. */
  serve(call: IncomingCall, what: 'request' | 'webSocket'): Promise<object> {
    const { server } = this.#of((call.payload as { runtimeId: string }).runtimeId);
    if (server) return server[what](call);
    throw new CofferdamError('INVALID_INPUT', 'the runtime is no server');
  }

  end(call: IncomingCall): object {
    const { runtimeId, exitReason, message } = call.payload as InsideEnding;
    this.#runtimes.get(runtimeId)?.end(exitReason, message);
    return {};
  }

  figures(): InsideFigures {
    const runtimes = [...this.#runtimes.values()].map((runtime) => runtime.figures());
    return { rssBytes: this.#rss(), runtimes };
  }

  measure(call: IncomingCall): Promise<InsideRuntimeFigures> {
    return this.#of((call.payload as { runtimeId: string }).runtimeId).measure();
  }

  #of(runtimeId: string): RuntimeIsolate {
    const runtime = this.#runtimes.get(runtimeId);
    if (runtime) return runtime;
    throw new CofferdamError('RUNTIME_ENDED');
  }
}
