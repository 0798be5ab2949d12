import { CofferdamError } from '@cofferdam/protocol';
import type { ToolHandler } from '../types.ts';
import { MAX_ARGUMENTS, MAX_PENDING_CALLS } from './bounds.ts';
import { IteratorServer } from './iterator-server.ts';
import type { OwnedTable, RunningCall } from './owned.ts';
import type { PeerOptions } from './peer.ts';
import { portError } from './port-error.ts';
import { readId, type Reader } from './reader.ts';
import type { Sender } from './sender.ts';

interface ServerParts {
  owned: OwnedTable;
  sender: Sender;
  reader: Reader;
}

interface Call {
  id: number;
  args: unknown[];
  signals: AbortSignal[];
  requestId?: string;
  /** Default: a tool's. */
  kind?: 'host';
}

const MAX_REQUEST_ID = 256;

/** Answers the guest's calls of tools, of functions that it was given, and of their iterators. */
export class Server {
  readonly #options: PeerOptions;
  readonly #parts: ServerParts;
  readonly #tools: ReadonlyMap<string, ToolHandler>;
  readonly #iterators: IteratorServer;
  /** Questions of the guest's that have no answer yet, by id. */
  readonly #pending = new Set<number>();
  readonly #running = new Set<RunningCall>();
  #isOver = false;

  constructor(options: PeerOptions, parts: ServerParts) {
    this.#options = options;
    this.#parts = parts;
    this.#tools = new Map(Object.entries(options.tools));
    this.#iterators = new IteratorServer(parts.owned, {
      ok: (id, value) => this.#ok(id, value),
      err: (id, error) => this.#err(id, error),
    });
  }

  get size(): number {
    return this.#pending.size;
  }

  call(message: unknown[], isPlain: boolean): void {
    const id = this.#begin(message[1]);
    const requestId = readRequestId(message[4]);
    const signals: AbortSignal[] = [];
    const args = this.#read(id, message[3], isPlain, signals);
    if (args === GONE) return;
    if (!Array.isArray(args)) throw violation('arguments are a list');
    if (args.length > MAX_ARGUMENTS) {
      return this.#err(id, new TypeError(`more than ${MAX_ARGUMENTS} arguments`));
    }
    const call = { id, args, signals, ...(requestId === undefined ? {} : { requestId }) };
    const { t, f, h } = Object(message[2]) as Record<'t' | 'f' | 'h', unknown>;
    if (typeof t === 'string') this.#callTool(t, call);
    else if (typeof h === 'string') this.#callHost(h, call);
    else this.#callFunction(readId(f), call);
  }

  iterate(message: unknown[], isPlain: boolean): void {
    const id = this.#begin(message[1]);
    const ref = readId(message[2]);
    const method = message[3];
    if (method !== 'next' && method !== 'return' && method !== 'throw') {
      throw violation('iterators have no such method');
    }
    const value = this.#read(id, message[4], isPlain, []);
    if (value !== GONE) this.#iterators.step(id, ref, { method, value });
  }

  drop(ref: number, count: number): void {
    this.#iterators.drop(ref, count);
  }

  end(reason: Error): void {
    this.#isOver = true;
    for (const call of this.#running) call.abort(reason);
    this.#iterators.end();
    this.#pending.clear();
  }

  #begin(given: unknown): number {
    const id = readId(given);
    if (this.#pending.has(id)) throw violation('a call has an id of another');
    if (this.#pending.size >= MAX_PENDING_CALLS) throw violation('too many calls at once');
    this.#pending.add(id);
    return id;
  }

  /** The value, or {@link GONE} when the call was answered with a reference's being gone. */
  // eslint-disable-next-line max-params -- what one message says, and where its signals go
  #read(id: number, value: unknown, isPlain: boolean, signals: AbortSignal[]): unknown {
    if (isPlain) return value;
    try {
      return this.#parts.reader.read(value, signals);
    } catch (error) {
      if (error instanceof CofferdamError) throw error;
      this.#err(id, error);
      return GONE;
    }
  }

  #callTool(name: string, call: Call): void {
    const handler = this.#tools.get(name);
    if (!handler) return this.#err(call.id, new TypeError(`the host gave no tool '${name}'`));
    this.#run(handler, call);
  }

  #callHost(method: string, call: Call): void {
    const handler = this.#options.host?.(method);
    if (!handler) return this.#err(call.id, new TypeError('the host gave no nested hosts'));
    this.#run(handler, { ...call, kind: 'host' });
  }

  #callFunction(ref: number, call: Call): void {
    const owned = this.#parts.owned.get(ref);
    if (owned?.kind === 'function') return this.#run(owned.value as ToolHandler, call);
    this.#err(call.id, portError('REFERENCE_GONE', 'The reference is not held any more'));
  }

  #run(handler: ToolHandler, { id, args, signals, requestId, kind }: Call): void {
    let running: RunningCall | undefined;
    try {
      running = this.#enter(signals, requestId, kind);
      // Up to the parameter that is the context: a guest that gives less does not move it.
      while (args.length < handler.length - 1) args.push(undefined);
      const result = handler(...args, running.context);
      if (isThenable(result)) this.#await(id, result, running);
      else this.#answer(id, result, running);
    } catch (error) {
      running?.[Symbol.dispose]();
      this.#err(id, error);
    }
  }

  #await(id: number, result: PromiseLike<unknown>, running: RunningCall): void {
    Promise.resolve(result).then(
      (value) => this.#answer(id, value, running),
      (error: unknown) => {
        running[Symbol.dispose]();
        this.#err(id, error);
      },
    );
  }

  #enter(
    signals: readonly AbortSignal[],
    requestId: string | undefined,
    kind: 'host' | undefined,
  ): RunningCall {
    const abort = new AbortController();
    // A signal among the arguments is what the guest has to give this call up.
    const follow = (event: Event) => abort.abort((event.target as AbortSignal).reason);
    for (const signal of signals) signal.addEventListener('abort', follow, { once: true });
    const aborted = signals.find((signal) => signal.aborted);
    if (aborted) abort.abort(aborted.reason);
    const entered = this.#options.enter(abort.signal, requestId, kind);
    const running: RunningCall = {
      context: entered.context,
      abort: (reason) => abort.abort(reason),
      [Symbol.dispose]: () => {
        if (!this.#running.delete(running)) return;
        for (const signal of signals) signal.removeEventListener('abort', follow);
        entered[Symbol.dispose]();
      },
    };
    this.#running.add(running);
    return running;
  }

  /** What can be iterated keeps the call going until the iteration is over. */
  #answer(id: number, value: unknown, running: RunningCall): void {
    this.#ok(id, value);
    if (!this.#iterators.adopt(value, running)) running[Symbol.dispose]();
  }

  #ok(id: number, value: unknown): void {
    if (this.#isOver || !this.#pending.delete(id)) return;
    this.#parts.sender.ok(id, value);
  }

  #err(id: number, error: unknown): void {
    if (this.#isOver || !this.#pending.delete(id)) return;
    this.#parts.sender.err(id, error);
  }
}

const GONE = Symbol('gone');

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Promise || typeof Object(value).then === 'function';
}

/** For which request something is, as the guest says. */
export function readRequestId(meta: unknown): string | undefined {
  const { requestId } = Object(meta) as { requestId?: unknown };
  if (requestId === undefined) return undefined;
  if (typeof requestId === 'string' && requestId.length <= MAX_REQUEST_ID) return requestId;
  throw violation('a request has another id');
}

function violation(what: string): CofferdamError {
  return new CofferdamError('PROTOCOL_VIOLATION', `the port of a guest: ${what}`);
}
