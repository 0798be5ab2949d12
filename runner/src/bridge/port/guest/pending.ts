import { primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import { MAX_PENDING_CALLS } from './bounds.ts';
import { portError } from './errors.ts';
import type { Foreign } from './foreign.ts';
import type { SentSignal, SignalTable } from './signals.ts';

const { Map, mapDelete, mapForEach, mapGet, mapSet, mapSize, Promise } = primordials;

type Settle = (value: unknown) => void;

/** A call of the guest's that the embedder has not answered. */
class PendingCall {
  readonly resolve: Settle;
  readonly reject: Settle;
  readonly signals: SentSignal[] | undefined;
  /** The iterator that was asked. */
  readonly iterator: Foreign | undefined;

  constructor(signals: SentSignal[] | undefined, iterator: Foreign | undefined) {
    this.resolve = made.resolve;
    this.reject = made.reject;
    this.signals = signals;
    this.iterator = iterator;
  }
}

/** One executor for all promises: it is called before their constructor returns. */
const made = record<{ resolve: Settle; reject: Settle }>({ resolve: none, reject: none });
const take = (resolve: Settle, reject: Settle): void => {
  made.resolve = resolve;
  made.reject = reject;
};
function none(): void {}

export class PendingCalls {
  readonly #byId = new Map<number, PendingCall>();
  readonly #signals: SignalTable;

  constructor(signals: SignalTable) {
    this.#signals = signals;
  }

  checkRoom(): void {
    if (mapSize(this.#byId) >= MAX_PENDING_CALLS) {
      throw portError('TOO_MANY', 'Too many calls are waiting for the host');
    }
  }

  add(id: number, signals: SentSignal[] | undefined, iterator?: Foreign): Promise<unknown> {
    const promise = new Promise(take);
    mapSet(this.#byId, id, new PendingCall(signals, iterator));
    if (signals) for (let i = 0; i < signals.length; i++) signals[i]!.uses++;
    return promise;
  }

  /** Takes a call out, to be settled; nothing where there is none of that id. */
  take(id: unknown): PendingCall | undefined {
    const call = mapGet(this.#byId, id) as PendingCall | undefined;
    if (!call) return undefined;
    mapDelete(this.#byId, id);
    const { signals } = call;
    if (signals) for (let i = 0; i < signals.length; i++) this.#release(signals[i]!);
    return call;
  }

  rejectAll(error: unknown): void {
    const calls = list<PendingCall>();
    mapForEach(this.#byId, (call: PendingCall, id: number) => {
      calls[calls.length] = call;
      mapDelete(this.#byId, id);
    });
    for (let i = 0; i < calls.length; i++) calls[i]!.reject(error);
  }

  #release(signal: SentSignal): void {
    signal.uses--;
    this.#signals.release(signal);
  }
}
