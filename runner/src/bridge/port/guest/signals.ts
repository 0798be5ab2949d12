import { core, primordials } from '../../../guest/captured.ts';
import { list } from '../../../guest/interface.ts';
import type { AbortGroup } from '../../abort/guest.ts';
import { MAX_IDLE_SIGNALS, MAX_REFERENCES } from './bounds.ts';
import { portError } from './errors.ts';

export type Signal = InstanceType<AbortGroup['AbortSignal']>;
type Controller = InstanceType<AbortGroup['AbortController']>;

const { Map, mapClear, mapDelete, mapForEach, mapGet, mapHas, mapSet, mapSize } = primordials;

/** A signal of the guest's that the embedder has a copy of. */
export class SentSignal {
  readonly id: number;
  readonly signal: Signal;
  /** Calls that it was given to and that were not answered. */
  uses = 0;
  isIdle = false;
  takeBack: (() => void) | undefined = undefined;

  constructor(id: number, signal: Signal) {
    this.id = id;
    this.signal = signal;
  }
}

interface SignalEvents {
  aborted(id: number, reason: unknown): void;
  gone(id: number): void;
}

/** Signals that crossed: the guest's, which abort copies over there, and copies of the embedder's. */
export class SignalTable {
  readonly #sent = new Map<Signal, SentSignal>();
  readonly #received = new Map<number, Controller>();
  readonly #events: SignalEvents;
  readonly #nextId: () => number;
  /** Those that no call uses, oldest first: kept, since their receiver may have kept them. */
  #idle = list<SentSignal>();
  #head = 0;

  constructor(nextId: () => number, events: SignalEvents) {
    this.#nextId = nextId;
    this.#events = events;
  }

  /** Whether a value is one: none can exist before the group that makes them was used. */
  isSignal(value: unknown): value is Signal {
    const group = core.loaded<AbortGroup>('abort');
    return group !== undefined && group.isSignal(value);
  }

  /** Makes sure that the embedder hears of a signal that is not aborted yet. */
  send(signal: Signal): SentSignal {
    const known = mapGet(this.#sent, signal) as SentSignal | undefined;
    if (known) return known;
    if (mapSize(this.#sent) >= MAX_REFERENCES) {
      throw portError('TOO_MANY', 'The host has too many signals');
    }
    const sent = new SentSignal(this.#nextId(), signal);
    const { addAlgorithm } = core.use<AbortGroup>('abort');
    sent.takeBack = addAlgorithm(signal, () => {
      mapDelete(this.#sent, signal);
      this.#events.aborted(sent.id, signal.reason);
    });
    mapSet(this.#sent, signal, sent);
    return sent;
  }

  /** A call that it was given to is over, or the message that had it was no call. */
  release(sent: SentSignal): void {
    if (sent.uses > 0 || sent.isIdle || !mapHas(this.#sent, sent.signal)) return;
    sent.isIdle = true;
    this.#idle[this.#idle.length] = sent;
    if (this.#idle.length - this.#head > MAX_IDLE_SIGNALS) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const sent = this.#idle[this.#head++]!;
    sent.isIdle = false;
    if (this.#head === MAX_IDLE_SIGNALS) this.#compact();
    if (sent.uses > 0 || !mapDelete(this.#sent, sent.signal)) return;
    sent.takeBack!();
    this.#events.gone(sent.id);
  }

  #compact(): void {
    const left = list<SentSignal>();
    for (let i = this.#head; i < this.#idle.length; i++) left[left.length] = this.#idle[i]!;
    this.#idle = left;
    this.#head = 0;
  }

  receive(id: number): Signal {
    let controller = mapGet(this.#received, id) as Controller | undefined;
    if (!controller) {
      controller = new (core.use<AbortGroup>('abort').AbortController)();
      mapSet(this.#received, id, controller);
    }
    return controller.signal;
  }

  /** A copy that was aborted before it came. */
  aborted(reason: unknown): Signal {
    const controller = new (core.use<AbortGroup>('abort').AbortController)();
    controller.abort(reason);
    return controller.signal;
  }

  abort(id: unknown, reason: unknown): void {
    const controller = mapGet(this.#received, id) as Controller | undefined;
    if (!controller) return;
    mapDelete(this.#received, id);
    controller.abort(reason);
  }

  forget(id: unknown): void {
    mapDelete(this.#received, id);
  }

  /** The other end is gone: its signals are aborted, and it hears of none. */
  end(reason: unknown): void {
    mapForEach(this.#sent, (sent: SentSignal) => sent.takeBack!());
    mapClear(this.#sent);
    const received = list<Controller>();
    mapForEach(this.#received, (each: Controller) => void (received[received.length] = each));
    mapClear(this.#received);
    for (let i = 0; i < received.length; i++) received[i]!.abort(reason);
  }
}
