import type { HostBindings, HostCallContext } from '../types.ts';
import type { WebSocketBinding } from './web-socket/serve-web-socket.ts';
import { Slots } from './slots.ts';

/** Files of one runtime that are on their way at once: each is held whole, up to 64 MiB. */
const MAX_TRANSFERS = 4;
/** Other operations on files of one runtime at once: each may hold a file descriptor or two. */
const MAX_FILE_OPERATIONS = 32;

/** Kinds of calls that a guest makes, as they are in `HostCallContext.resourceId`. */
export type ResourceKind = 'console' | 'fetch' | 'file' | 'module' | 'tool' | 'websocket';

/** What a guest may use of this process, with what only workers may. */
export interface GuestBindings extends HostBindings {
  webSocket?: WebSocketBinding;
}

export interface BindingCall extends Disposable {
  readonly context: HostCallContext;
}

/** What one runtime's guest may call, and what of it is under way. */
export class BindingScope {
  readonly runtimeId: string;
  readonly bindings: GuestBindings;
  readonly transfers = new Slots(MAX_TRANSFERS);
  readonly fileOperations = new Slots(MAX_FILE_OPERATIONS);
  readonly #abort = new AbortController();
  readonly #report: (error: unknown) => void;
  readonly #pending = new Map<ResourceKind, number>();
  readonly #numbers = new Map<ResourceKind, number>();
  #streams = 0;

  /** `report` is told of what a binding throws. */
  constructor(runtimeId: string, bindings: GuestBindings, report: (error: unknown) => void) {
    this.runtimeId = runtimeId;
    this.bindings = bindings;
    this.#report = report;
  }

  /** Begins a call; it is over when it is disposed of. */
  enter(kind: ResourceKind, signal: AbortSignal, requestId?: string): BindingCall {
    this.#pending.set(kind, this.pending(kind) + 1);
    const context = this.context(kind, AbortSignal.any([signal, this.#abort.signal]));
    return {
      context: requestId === undefined ? context : { ...context, requestId },
      [Symbol.dispose]: () => this.#pending.set(kind, this.pending(kind) - 1),
    };
  }

  context(kind: ResourceKind, signal: AbortSignal = this.#abort.signal): HostCallContext {
    const number = (this.#numbers.get(kind) ?? 0) + 1;
    this.#numbers.set(kind, number);
    return {
      signal,
      runtimeId: this.runtimeId,
      resourceId: `${kind}:${number}`,
      metadata: {},
    };
  }

  /** Counts a body until it is disposed of, once or more often. */
  openStream(): Disposable {
    this.#streams++;
    let isOpen = true;
    return {
      [Symbol.dispose]: () => {
        if (isOpen) this.#streams--;
        isOpen = false;
      },
    };
  }

  /** Bodies that are being sent or received. */
  get streams(): number {
    return this.#streams;
  }

  /** Of a runtime that is over nothing is pending, also where a binding goes on all the same. */
  pending(kind: ResourceKind): number {
    return this.#abort.signal.aborted ? 0 : (this.#pending.get(kind) ?? 0);
  }

  get active(): number {
    return [...this.#pending.keys()].reduce((sum, kind) => sum + this.pending(kind), 0);
  }

  report(error: unknown): void {
    this.#report(error);
  }

  /** Aborts every call under way. */
  close(reason: Error): void {
    this.#abort.abort(reason);
  }
}
