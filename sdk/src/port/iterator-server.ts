import { portError } from './port-error.ts';
import type { Owned, OwnedTable, RunningCall } from './owned.ts';

type Method = 'next' | 'return' | 'throw';
type Step = (value: unknown) => unknown;
type Opened = NonNullable<Owned['iterator']>;

interface Answers {
  ok(id: number, value: unknown): void;
  err(id: number, error: unknown): void;
}

interface StepRequest {
  method: Method;
  value: unknown;
}

/** Answers what the guest asks of the embedder's iterators. */
export class IteratorServer {
  readonly #owned: OwnedTable;
  readonly #answers: Answers;

  constructor(owned: OwnedTable, answers: Answers) {
    this.#owned = owned;
    this.#answers = answers;
  }

  /** Makes a call last as long as the iteration of what it answered, if it can be iterated. */
  adopt(value: unknown, call: RunningCall): boolean {
    if (typeof value !== 'object' || value === null) return false;
    const owned = this.#owned.find(value);
    if (owned?.kind !== 'iterable' || owned.call) return false;
    owned.call = call;
    return true;
  }

  step(id: number, ref: number, { method, value }: StepRequest): void {
    const owned = this.#owned.get(ref);
    if (owned?.kind !== 'iterable') return this.#gone(id, method, value);
    if (method === 'return') this.#giveUpSteps(owned);
    owned.steps++;
    this.#take(owned, method, value).then(
      ({ done, value: got }) => {
        owned.steps--;
        if (done) this.#finish(owned);
        this.#answers.ok(id, { done, value: got });
      },
      (error: unknown) => {
        owned.steps--;
        this.#finish(owned);
        this.#answers.err(id, error);
      },
    );
  }

  /** Nobody refers to it any more: an iterator that was begun is told. */
  drop(ref: number, count: number): void {
    const owned = this.#owned.get(ref);
    if (owned && this.#owned.giveBack(owned, count)) this.#close(owned);
  }

  end(): void {
    for (const owned of this.#owned.takeAll()) this.#close(owned);
  }

  async #take(owned: Owned, method: Method, value: unknown): Promise<IteratorResult<unknown>> {
    const opened = (owned.iterator ??= open(owned.value));
    const step = opened[method] as Step | undefined;
    if (!step && method === 'throw') throw value;
    const result = step ? await step.call(opened, value) : { done: true, value };
    const { done, value: got } = Object(result) as Partial<IteratorResult<unknown>>;
    // A plain iterator may answer promises, which its consumer would wait for.
    return { done: !!done, value: await got };
  }

  #close(owned: Owned): void {
    this.#giveUpSteps(owned);
    void endIterator(owned.iterator).finally(() => owned.call?.[Symbol.dispose]());
  }

  /** A generator takes no `return` before its pending step is over: its signal may hurry that. */
  #giveUpSteps(owned: Owned): void {
    if (owned.steps > 0) owned.call?.abort(new DOMException('No longer iterated', 'AbortError'));
  }

  #finish(owned: Owned): void {
    this.#owned.forget(owned);
    owned.call?.[Symbol.dispose]();
  }

  /** As an iterator that has ended: it may have been so before the guest heard of it. */
  #gone(id: number, method: Method, value: unknown): void {
    if (method === 'next') return this.#answers.ok(id, { done: true, value: undefined });
    if (method === 'return') return this.#answers.ok(id, { done: true, value });
    this.#answers.err(id, portError('REFERENCE_GONE', 'The reference is not held any more'));
  }
}

function open(value: object): Opened {
  const fields = value as Record<symbol, (() => Opened) | undefined>;
  return (fields[Symbol.asyncIterator] ?? fields[Symbol.iterator]!).call(value);
}

async function endIterator(iterator: Opened | undefined): Promise<void> {
  try {
    await (iterator?.return as Step | undefined)?.call(iterator, undefined);
  } catch {
    // Nobody is left to hear of it.
  }
}
