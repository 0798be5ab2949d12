import { primordials } from '../../../guest/captured.ts';
import { hardened, record } from '../../../guest/interface.ts';
import { portError } from './errors.ts';
import type { Owned, OwnedTable } from './owned.ts';

const { apply, asyncIterator, iterator, Promise, promiseThen } = primordials;

interface Answers {
  ok(id: number, value: unknown): void;
  err(id: number, error: unknown): void;
}

type Step = (value: unknown) => unknown;

/** Answers what the embedder asks of the guest's functions and iterators. */
export class Service {
  readonly #owned: OwnedTable;
  readonly #answers: Answers;

  constructor(owned: OwnedTable, answers: Answers) {
    this.#owned = owned;
    this.#answers = answers;
  }

  call(id: number, target: { f?: unknown }, args: unknown[]): void {
    const owned = this.#owned.get(target.f);
    if (!owned || owned.kind !== 'function') return this.#gone(id);
    this.#settle(id, () => apply(owned.value as never, undefined, args));
  }

  iterate(id: number, ref: unknown, method: 'next' | 'return' | 'throw', value: unknown): void {
    const owned = this.#owned.get(ref);
    if (!owned || owned.kind !== 'iterable') return this.#gone(id);
    let promise: Promise<unknown>;
    try {
      promise = safePromise(this.#step(owned, method, value));
    } catch (error) {
      this.#owned.forget(owned);
      return this.#answers.err(id, error);
    }
    promiseThen(
      promise,
      (result: { done?: unknown; value?: unknown }) => this.#stepped(id, owned, result),
      (error: unknown) => {
        this.#owned.forget(owned);
        this.#answers.err(id, error);
      },
    );
  }

  /** Nobody refers to it any more: an iterator that was begun is told. */
  drop(ref: unknown, count: number): void {
    const owned = this.#owned.get(ref);
    if (owned && this.#owned.giveBack(owned, count)) this.#end(owned);
  }

  /** Nobody refers to anything any more. */
  end(): void {
    const all = this.#owned.takeAll();
    for (let i = 0; i < all.length; i++) this.#end(all[i]!);
  }

  #end(owned: Owned): void {
    if (!owned.iterator) return;
    try {
      const end = (owned.iterator as { return?: Step }).return;
      if (typeof end !== 'function') return;
      promiseThen(safePromise(apply(end, owned.iterator, [])), nothing, nothing);
    } catch {
      // Nobody is left to hear of it.
    }
  }

  #step(owned: Owned, method: 'next' | 'return' | 'throw', value: unknown): unknown {
    const opened = (owned.iterator ??= iteratorOf(owned.value));
    const step = (opened as Record<string, Step | undefined>)[method];
    if (typeof step === 'function') return apply(step, opened, [value]);
    if (method === 'throw') throw value;
    return record({ done: true, value });
  }

  #stepped(id: number, owned: Owned, result: { done?: unknown; value?: unknown }): void {
    let isDone = true;
    let value: unknown;
    try {
      isDone = !!result.done;
      value = result.value;
    } catch (error) {
      this.#owned.forget(owned);
      return this.#answers.err(id, error);
    }
    if (isDone) this.#owned.forget(owned);
    this.#answers.ok(id, record({ done: isDone, value }));
  }

  #settle(id: number, run: () => unknown): void {
    let promise: Promise<unknown>;
    try {
      promise = safePromise(run());
    } catch (error) {
      return this.#answers.err(id, error);
    }
    promiseThen(
      promise,
      (value: unknown) => this.#answers.ok(id, value),
      (error: unknown) => this.#answers.err(id, error),
    );
  }

  #gone(id: number): void {
    this.#answers.err(id, portError('REFERENCE_GONE', 'The reference is not held any more'));
  }
}

/** What was answered as a promise of ours: a guest's may have any constructor. */
function safePromise(value: unknown): Promise<unknown> {
  return hardened(new Promise<unknown>((resolve) => resolve(value)));
}

function iteratorOf(value: object): object {
  const fields = value as Record<symbol, (() => object) | undefined>;
  const open = fields[asyncIterator] ?? fields[iterator]!;
  return apply(open, value, []) as object;
}

function nothing(): void {}
