import { portError } from './port-error.ts';
import type { Foreign } from './foreign.ts';
import type { SentSignal } from './signals.ts';
import { checkRoom, type Sender } from './sender.ts';
import type { Tables, Writer } from './writer.ts';

type Method = 'next' | 'return' | 'throw';
type Settle = (value: unknown) => void;

/** A call of the embedder's that the guest has not answered. */
interface Question {
  resolve: Settle;
  reject: Settle;
}

interface AskerParts {
  tables: Tables;
  /** Called when something is asked; what it answers, when that is answered. */
  hold(): (() => void) | undefined;
}

/** Calls of the guest's functions and iterators. */
export class Asker {
  readonly #nextId: () => number;
  readonly #sender: Sender;
  readonly #tables: Tables;
  readonly #hold: AskerParts['hold'];
  readonly #pending = new Map<number, Question>();
  #reason: Error | undefined;

  constructor(nextId: () => number, sender: Sender, { tables, hold }: AskerParts) {
    this.#nextId = nextId;
    this.#sender = sender;
    this.#tables = tables;
    this.#hold = hold;
  }

  async call(foreign: Foreign, args: unknown[]): Promise<unknown> {
    this.#check(foreign);
    const id = this.#nextId();
    const start = `["call",${id},{"f":${foreign.id}},`;
    return await this.#ask(id, start, (writer) => writer.value(args));
  }

  async iterate(
    foreign: Foreign,
    method: Method,
    value: unknown,
  ): Promise<IteratorResult<unknown>> {
    if (this.#reason) throw this.#reason;
    if (foreign.isGone) return iterateEnded(method, value);
    const id = this.#nextId();
    const start = `["iter",${id},${foreign.id},"${method}",`;
    const asked = this.#ask(id, start, (writer) => writer.value(value));
    try {
      const result = await asked;
      const { done, value: got } = Object(result) as Partial<IteratorResult<unknown>>;
      if (done !== false) this.#tables.foreign.forget(foreign);
      return { done: done !== false, value: got };
    } catch (error) {
      this.#tables.foreign.forget(foreign);
      throw error;
    }
  }

  take(id: number): Question | undefined {
    const question = this.#pending.get(id);
    this.#pending.delete(id);
    return question;
  }

  end(reason: Error): void {
    this.#reason = reason;
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
  }

  #check(foreign: Foreign): void {
    if (this.#reason) throw this.#reason;
    if (foreign.isGone) throw portError('REFERENCE_GONE', 'The reference was given back');
  }

  #ask(id: number, start: string, write: (writer: Writer) => void): Promise<unknown> {
    checkRoom(this.#pending.size);
    this.#sender.checkFlow();
    const root = start.startsWith('["call"') ? 'arguments' : 'value';
    const { signals } = this.#sender.send(start, root, write);
    for (const signal of signals) this.#tables.signals.use(signal);
    const asked = Promise.withResolvers<unknown>();
    const letGo = this.#hold();
    const release = () => {
      this.#release(signals);
      letGo?.();
    };
    this.#pending.set(id, {
      resolve: (value) => {
        release();
        asked.resolve(value);
      },
      reject: (error) => {
        release();
        asked.reject(error);
      },
    });
    return asked.promise;
  }

  #release(signals: readonly SentSignal[]): void {
    for (const signal of signals) this.#tables.signals.release(signal);
  }
}

/** As generators do that have ended. */
function iterateEnded(method: Method, value: unknown): IteratorResult<unknown> {
  if (method === 'throw') throw value;
  return { done: true, value: method === 'return' ? value : undefined };
}
