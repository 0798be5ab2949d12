import { CofferdamError } from '@cofferdam/protocol';
import type { HostBindings, HostCallContext } from '../types.ts';
import type { Namespace } from '../sessions/namespace.ts';
import type { WebSocketBinding } from './web-socket/serve-web-socket.ts';
import { RuntimeBrowser } from './browser/runtime-browser.ts';
import { Slots } from './slots.ts';

/** Files of one runtime that are on their way at once: each is held whole, up to 64 MiB. */
const MAX_TRANSFERS = 4;
/** Other operations on files of one runtime at once: each may hold a file descriptor or two. */
const MAX_FILE_OPERATIONS = 32;

/** Kinds of calls that a guest makes, as they are in `HostCallContext.resourceId`. */
export type ResourceKind =
  'browser' | 'console' | 'fetch' | 'file' | 'host' | 'module' | 'tool' | 'websocket';

/** What a guest may use of this process, with what only workers may. */
export interface GuestBindings extends HostBindings {
  webSocket?: WebSocketBinding;
}

/** A request that the guest is serving, as whoever gave it described it. */
export interface ServedRequest {
  metadata: Record<string, unknown>;
  /** Aborted when the request is given up. */
  signal: AbortSignal;
}

export interface BindingCall extends Disposable {
  readonly context: HostCallContext;
}

/** What one runtime's guest may call, and what of it is under way. */
export class BindingScope {
  readonly runtimeId: string;
  readonly bindings: GuestBindings;
  /** Of a session: what stays in this process when its handle is given back. */
  readonly namespace: Namespace | undefined;
  readonly transfers = new Slots(MAX_TRANSFERS);
  readonly fileOperations = new Slots(MAX_FILE_OPERATIONS);
  readonly #abort = new AbortController();
  readonly #report: (error: unknown) => void;
  readonly #pending = new Map<ResourceKind, number>();
  readonly #numbers = new Map<ResourceKind, number>();
  readonly #requests = new Map<string, ServedRequest>();
  #streams = 0;
  #browser: RuntimeBrowser | undefined;
  #closed: Promise<void> = Promise.resolve();

  /** `report` is told of what a binding throws. */
  // eslint-disable-next-line max-params -- the last is of sessions alone
  constructor(
    runtimeId: string,
    bindings: GuestBindings,
    report: (error: unknown) => void,
    namespace?: Namespace,
  ) {
    this.runtimeId = runtimeId;
    this.bindings = bindings;
    this.#report = report;
    this.namespace = namespace;
  }

  /** Begins a call; it is over when it is disposed of. */
  enter(kind: ResourceKind, signal: AbortSignal, requestId?: string): BindingCall {
    this.#pending.set(kind, this.pending(kind) + 1);
    const served = this.#served(requestId);
    const signals = [signal, this.#abort.signal, ...(served ? [served.signal] : [])];
    const context = this.context(kind, AbortSignal.any(signals));
    return {
      context: this.contextOf(requestId, context),
      [Symbol.dispose]: () => this.#pending.set(kind, this.pending(kind) - 1),
    };
  }

  /** Knows a request until it is disposed of. Throws where its id is in use. */
  serve(requestId: string, request: ServedRequest): Disposable {
    if (this.#requests.has(requestId)) {
      throw new CofferdamError('INVALID_INPUT', `requestId '${requestId}' is in use`);
    }
    this.#requests.set(requestId, request);
    return { [Symbol.dispose]: () => void this.#requests.delete(requestId) };
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

  /** The guest's browser, with these bindings. That of a session outlives this scope. */
  get browser(): RuntimeBrowser {
    if (this.#browser) return this.#browser;
    const make = () => new RuntimeBrowser();
    const browser = this.namespace?.keep('browser', make) ?? make();
    browser.attach(this);
    this.#browser = browser;
    return browser;
  }

  /** Settles when what goes with the scope is closed. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /** The same for a request, where the guest serves that. */
  contextOf(requestId: string | undefined, context: HostCallContext): HostCallContext {
    const served = this.#served(requestId);
    return served ? { ...context, requestId: requestId!, metadata: served.metadata } : context;
  }

  /** The guest's word: of a request that it does not serve, or no longer, nothing is known. */
  #served(requestId: string | undefined): ServedRequest | undefined {
    return requestId === undefined ? undefined : this.#requests.get(requestId);
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
    if (this.namespace) this.#browser?.detach(this);
    else if (this.#browser) this.#closed = this.#browser.close();
  }
}
