import { CofferdamError } from '@cofferdam/protocol';
import { MAX_IDLE_SIGNALS, MAX_REFERENCES } from './bounds.ts';
import { portError } from './port-error.ts';

/** A signal of the embedder's that the guest has a copy of. */
export interface SentSignal {
  readonly id: number;
  readonly signal: AbortSignal;
  readonly onAbort: () => void;
  /** Calls that it was given to and that were not answered. */
  uses: number;
}

interface SignalEvents {
  aborted(id: number, reason: unknown): void;
  gone(id: number): void;
}

/** Signals that crossed: the embedder's, which abort copies over there, and copies of the guest's. */
export class SignalTable {
  readonly #sent = new Map<AbortSignal, SentSignal>();
  /** Those that no call uses, oldest first: kept, since their receiver may have kept them. */
  readonly #idle = new Set<SentSignal>();
  readonly #received = new Map<number, AbortController>();
  readonly #nextId: () => number;
  readonly #events: SignalEvents;

  constructor(nextId: () => number, events: SignalEvents) {
    this.#nextId = nextId;
    this.#events = events;
  }

  /** Makes sure that the guest hears of a signal that is not aborted yet. */
  send(signal: AbortSignal): SentSignal {
    const known = this.#sent.get(signal);
    if (known) return known;
    if (this.#sent.size >= MAX_REFERENCES) {
      throw portError('TOO_MANY', 'The guest has too many signals');
    }
    const id = this.#nextId();
    const onAbort = () => {
      this.#forget(sent);
      this.#events.aborted(id, signal.reason);
    };
    const sent: SentSignal = { id, signal, onAbort, uses: 0 };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#sent.set(signal, sent);
    return sent;
  }

  use(sent: SentSignal): void {
    sent.uses++;
    this.#idle.delete(sent);
  }

  /** A call that it was given to is over. */
  release(sent: SentSignal): void {
    sent.uses--;
    this.settle(sent);
  }

  /** It was in a message that is no call, or is none after all. */
  settle(sent: SentSignal): void {
    if (sent.uses > 0 || this.#sent.get(sent.signal) !== sent) return;
    this.#idle.delete(sent);
    this.#idle.add(sent);
    if (this.#idle.size <= MAX_IDLE_SIGNALS) return;
    const [oldest] = this.#idle;
    this.#forget(oldest!);
    this.#events.gone(oldest!.id);
  }

  receive(id: number): AbortSignal {
    let controller = this.#received.get(id);
    if (!controller) {
      if (this.#received.size >= MAX_REFERENCES) {
        throw new CofferdamError('PROTOCOL_VIOLATION', 'a guest sent too many signals');
      }
      controller = new AbortController();
      this.#received.set(id, controller);
    }
    return controller.signal;
  }

  abort(id: number, reason: unknown): void {
    const controller = this.#received.get(id);
    this.#received.delete(id);
    controller?.abort(reason);
  }

  /** The guest has let go of a signal, or never will again say anything of it. */
  forgetReceived(id: number): void {
    this.#received.delete(id);
  }

  /** The guest is over: what it could have aborted is. */
  end(reason: unknown): void {
    for (const sent of this.#sent.values()) this.#forget(sent);
    for (const id of this.#received.keys()) this.abort(id, reason);
  }

  #forget(sent: SentSignal): void {
    sent.signal.removeEventListener('abort', sent.onAbort);
    this.#sent.delete(sent.signal);
    this.#idle.delete(sent);
  }
}
