import { core, primordials } from '../../../guest/captured.ts';
import { portError, type PortErrorCode } from './errors.ts';
import { ForeignTable, type Foreign } from './foreign.ts';
import { Outbox } from './outbox.ts';
import { OwnedTable } from './owned.ts';
import { PendingCalls } from './pending.ts';
import type { Port, PortOptions } from './port.ts';
import { Reader } from './reader.ts';
import { Service } from './serve.ts';
import { SignalTable } from './signals.ts';
import { iterableCall } from './tool-call.ts';
import { Writer } from './writer.ts';

const { dateNow, isArray, jsonParse, jsonStringify, Map, mapGet, mapSet, rejectedPromise } =
  primordials;
const { resolvedPromise, stringIndexOf } = primordials;

/** So many lines, or posts, of a turn are sent at once: what comes before a loop that never ends is seen. */
const PROMPT_LINES = 32;
const LOG_FLUSH_MS = 10;
const CUT = '[console lines were dropped: the host did not take them in time]';

type Handler = (value: unknown) => void;
type Message = [string, ...unknown[]];

/** The guest's end: what it asks of the embedder, and what it answers. */
export class GuestPort implements Port {
  readonly #outbox: Outbox;
  readonly #requestId: (() => string | undefined) | undefined;
  readonly #owned: OwnedTable;
  readonly #signals: SignalTable;
  readonly #foreign: ForeignTable;
  readonly #pending: PendingCalls;
  readonly #reader: Reader;
  readonly #service: Service;
  readonly #handlers = new Map<string, Handler | undefined>();
  #lastId = 0;
  /** Why nothing can be asked any more. */
  #ended: (() => Error) | undefined;
  /** Lines since the last flush that was due anyway, and when that was. */
  #lines = 0;
  #flushedAt = 0;
  #isCut = false;

  constructor({ post, requestId }: PortOptions) {
    this.#outbox = new Outbox(post);
    this.#requestId = requestId;
    const nextId = () => ++this.#lastId;
    this.#owned = new OwnedTable(nextId);
    this.#signals = new SignalTable(nextId, {
      aborted: (id, reason) => this.#aborted(id, reason),
      gone: (id) => this.#outbox.add(`["gone",${id}]`, 2),
    });
    this.#foreign = new ForeignTable({
      call: (foreign, args) => this.#callForeign(foreign, args),
      iterate: (foreign, method, value) => this.#iterate(foreign, method, value),
      drop: (id, count) => this.#outbox.add(`["drop",${id},${count}]`, 3),
    });
    this.#pending = new PendingCalls(this.#signals);
    this.#reader = new Reader({
      owned: this.#owned,
      foreign: this.#foreign,
      signals: this.#signals,
    });
    this.#service = new Service(this.#owned, {
      ok: (id, value) => this.#answer(id, value),
      err: (id, error) => this.#fail(id, error),
    });
  }

  call(target: string, args: readonly unknown[]): Promise<unknown> {
    const id = ++this.#lastId;
    const writer = this.#writer(`["call",${id},${target},`, 'arguments');
    try {
      this.#checkRoom();
      writer.enter(args);
      writer.items(args, args.length);
      writer.leave();
      return iterableCall(this.#ask(id, writer.finish(this.#meta()), writer));
    } catch (error) {
      writer.abandon();
      return iterableCall(rejectedPromise(error));
    }
  }

  deliver(text: string): void {
    if (this.#ended !== undefined) return;
    try {
      const messages = jsonParse(text) as Message[];
      // Text without a tag's beginning holds none: its values are what they should be.
      const isPlain = stringIndexOf(text, '"$') === -1;
      for (let i = 0; i < messages.length; i++) this.#receive(messages[i]!, isPlain);
    } catch {
      // The process checks what comes from outside; what is left is a used-up stack or heap.
    }
  }

  sent(length: number): void {
    this.#outbox.sent(length);
  }

  log(level: string, text: string, depth: number): void {
    if (this.#outbox.isBusy) {
      if (this.#isCut) return;
      this.#isCut = true;
      return this.#addLine('warn', CUT, 0);
    }
    this.#isCut = false;
    this.#addLine(level, text, depth);
    this.#flushPromptly();
  }

  flush(): void {
    this.#outbox.flush();
  }

  post(event: string, value: unknown): void {
    if (this.#outbox.isFull) throw portError('TOO_MANY', 'Too much is waiting for the host');
    const writer = this.#writer(`["post",${jsonStringify(event)},`, 'value');
    this.#send(writer, value);
    this.#flushPromptly();
  }

  on(event: string, handler: Handler | undefined): void {
    mapSet(this.#handlers, event, handler);
  }

  end(message = 'The runtime has ended'): void {
    if (this.#ended !== undefined) return;
    this.#close('RUNTIME_ENDED', message);
  }

  /** The embedder has gone, and the guest goes on: what they had of each other is void. */
  detach(message: string): void {
    if (this.#ended !== undefined) return;
    this.#foreign.end();
    this.#close('SESSION_DETACHED', message);
    this.#service.end();
    try {
      this.#signals.end(portError('SESSION_DETACHED', message));
    } catch {
      // A guest's listener threw: its own matter.
    }
  }

  /** The guest has another port now: what it kept of this one is a reference that is gone. */
  supersede(): void {
    this.#ended = gone;
  }

  #close(code: PortErrorCode, message: string): void {
    const error = (): Error => portError(code, message);
    this.#ended = error;
    this.#outbox.isClosed = true;
    this.#pending.rejectAll(error());
  }

  #addLine(level: string, text: string, depth: number): void {
    const line = `["log",${jsonStringify(level)},${jsonStringify(text)},${depth}${this.#meta()}`;
    this.#outbox.add(line, 6);
  }

  /** The end of a message: for which request it is, where it is for one. */
  #meta(): string {
    const requestId = this.#requestId?.();
    return requestId === undefined ? ']' : `,{"requestId":${jsonStringify(requestId)}}]`;
  }

  /** What nobody answers is seen even when the guest does not come to rest. */
  #flushPromptly(): void {
    const now = dateNow();
    if (now - this.#flushedAt >= LOG_FLUSH_MS) this.#lines = 0;
    else if (this.#lines >= PROMPT_LINES) return;
    this.#lines++;
    this.#flushedAt = now;
    this.#outbox.flush();
  }

  #writer(start: string, root: string): Writer {
    return new Writer({ owned: this.#owned, signals: this.#signals }, start, root);
  }

  #checkRoom(): void {
    if (this.#ended !== undefined) throw this.#ended();
    if (this.#outbox.isFull) throw portError('TOO_MANY', 'Too much is waiting for the host');
    this.#pending.checkRoom();
  }

  #ask(id: number, message: string, writer: Writer, iterator?: Foreign): Promise<unknown> {
    const promise = this.#pending.add(id, writer.signals, iterator);
    this.#outbox.add(message, writer.values + 6);
    return promise;
  }

  #send(writer: Writer, value: unknown): void {
    try {
      writer.value(value);
      this.#outbox.add(writer.finish(']'), writer.values + 4);
    } catch (error) {
      writer.abandon();
      throw error;
    }
    const { signals } = writer;
    if (signals) for (let i = 0; i < signals.length; i++) this.#signals.release(signals[i]!);
  }

  #callForeign(foreign: Foreign, args: readonly unknown[]): Promise<unknown> {
    if (foreign.isGone) return rejectedPromise(gone());
    return this.call(`{"f":${foreign.id}}`, args);
  }

  #iterate(foreign: Foreign, method: string, value: unknown): Promise<unknown> {
    if (foreign.isGone) return this.#iterateEnded(method, value);
    const id = ++this.#lastId;
    const writer = this.#writer(`["iter",${id},${foreign.id},"${method}"`, 'value');
    try {
      this.#checkRoom();
      if (value !== undefined) {
        writer.put(',');
        writer.value(value);
      }
      return this.#ask(id, writer.finish(']'), writer, foreign);
    } catch (error) {
      writer.abandon();
      return rejectedPromise(error);
    }
  }

  /** As generators do that have ended. */
  #iterateEnded(method: string, value: unknown): Promise<unknown> {
    if (method === 'throw') return rejectedPromise(value);
    const result = { done: true, value: method === 'return' ? value : undefined };
    return resolvedPromise(result);
  }

  #aborted(id: number, reason: unknown): void {
    const writer = this.#writer(`["abort",${id},`, 'reason');
    try {
      this.#send(writer, reason);
    } catch {
      this.#outbox.add(`["abort",${id}]`, 2);
    }
  }

  #answer(id: number, value: unknown): void {
    try {
      this.#send(this.#writer(`["ok",${id},`, 'result'), value);
    } catch (error) {
      this.#fail(id, error);
    }
  }

  #fail(id: number, error: unknown): void {
    try {
      this.#send(this.#writer(`["err",${id},`, 'error'), error);
    } catch {
      this.#outbox.add(
        `["err",${id},{"$e":{"name":"Error","message":"What was thrown cannot be sent"}}]`,
        6,
      );
    }
  }

  #receive(message: Message, isPlain: boolean): void {
    if (!isArray(message)) return;
    switch (message[0]) {
      case 'ok':
        return this.#settle(message, isPlain, 'resolve');
      case 'err':
        return this.#settle(message, isPlain, 'reject');
      case 'abort':
        return this.#signals.abort(message[1], this.#read(message[2], isPlain));
      case 'gone':
        return this.#signals.forget(message[1]);
      case 'drop':
        return this.#service.drop(message[1], message[2] as number);
      default:
        return this.#receiveQuestion(message, isPlain);
    }
  }

  #receiveQuestion(message: Message, isPlain: boolean): void {
    const id = message[1] as number;
    switch (message[0]) {
      case 'call':
        return this.#serve(id, () => {
          const args = this.#read(message[3], isPlain) as unknown[];
          this.#service.call(id, message[2] as object, args);
        });
      case 'iter':
        return this.#serve(id, () => {
          const value = this.#read(message[4], isPlain);
          this.#service.iterate(id, message[2], message[3] as 'next', value);
        });
      case 'post':
        return this.#posted(message, isPlain);
    }
  }

  #serve(id: number, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#fail(id, error);
    }
  }

  #settle(message: Message, isPlain: boolean, how: 'resolve' | 'reject'): void {
    const call = this.#pending.take(message[1]);
    if (!call) return;
    try {
      const value = this.#read(message[2], isPlain);
      if (call.iterator && (how === 'reject' || (value as { done: unknown }).done === true)) {
        this.#foreign.forget(call.iterator);
      }
      call[how](value);
    } catch (error) {
      call.reject(error);
    }
  }

  #posted(message: Message, isPlain: boolean): void {
    const handler = mapGet(this.#handlers, message[1]) as Handler | undefined;
    if (!handler) return;
    try {
      handler(this.#read(message[2], isPlain));
    } catch (error) {
      core.fail(error);
    }
  }

  #read(value: unknown, isPlain: boolean): unknown {
    return isPlain ? value : this.#reader.read(value);
  }
}

function gone(): Error {
  return portError('REFERENCE_GONE', 'The reference was given back');
}
