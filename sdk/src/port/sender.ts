import { MAX_PENDING_CALLS } from './bounds.ts';
import { guestViewOf } from './error-view.ts';
import type { Outbox } from './outbox.ts';
import type { PeerStream, PortGauge } from './peer.ts';
import { portError } from './port-error.ts';
import type { SentSignal } from './signals.ts';
import { Writer, type Tables } from './writer.ts';

/** What a message is beside its value, in values: brackets, commas, its id. */
const HEAD_VALUES = 6;

/** A message that is ready, and what of it has to be taken back when its call is over. */
interface Written {
  readonly signals: readonly SentSignal[];
}

/** Writes messages and hands them to the outbox. */
export class Sender {
  readonly #tables: Tables;
  readonly #outbox: Outbox;
  readonly #stream: PeerStream;
  readonly #gauge: PortGauge | undefined;

  constructor(parts: {
    tables: Tables;
    outbox: Outbox;
    stream: PeerStream;
    gauge?: PortGauge | undefined;
  }) {
    this.#gauge = parts.gauge;
    this.#tables = parts.tables;
    this.#outbox = parts.outbox;
    this.#stream = parts.stream;
  }

  /** Throws where the guest does not take what it is sent. */
  checkFlow(): void {
    if (this.#stream.isFull) throw tooSlow();
  }

  /** Answers a call of the guest's. What cannot be sent is an error to the guest, and to nobody else. */
  ok(id: number, value: unknown): void {
    if (this.#stream.isFull) return this.err(id, tooSlow());
    try {
      this.#settleAll(this.send(`["ok",${id},`, 'result', (writer) => writer.value(value)));
    } catch (error) {
      this.err(id, error);
    }
  }

  err(id: number, error: unknown): void {
    const view = JSON.stringify(guestViewOf(error));
    this.#outbox.add(`["err",${id},{"$e":${view}}]`, HEAD_VALUES);
  }

  post(event: string, value: unknown): void {
    if (this.#stream.isFull) throw tooSlow();
    const start = `["post",${JSON.stringify(event)},`;
    this.#settleAll(this.send(start, 'value', (writer) => writer.value(value)));
  }

  /** A signal that the guest has a copy of was aborted. */
  abort(id: number, reason: unknown): void {
    try {
      this.#settleAll(this.send(`["abort",${id},`, 'reason', (writer) => writer.value(reason)));
    } catch {
      this.#outbox.add(`["abort",${id}]`, HEAD_VALUES);
    }
  }

  /** Throws what cannot be sent; nothing of it stays behind then. */
  send(start: string, root: string, write: (writer: Writer) => void): Written {
    const writer = new Writer(this.#tables, start, root);
    try {
      write(writer);
      const text = writer.finish(']');
      if (this.#gauge?.answered(text) === false) throw tooLarge();
      this.#outbox.add(text, writer.values + HEAD_VALUES);
    } catch (error) {
      writer.abandon();
      throw error;
    }
    return writer;
  }

  #settleAll({ signals }: Written): void {
    for (const signal of signals) this.#tables.signals.settle(signal);
  }
}

function tooSlow(): Error {
  return portError('TOO_MANY', 'The guest does not take what it was sent');
}

function tooLarge(): Error {
  return portError('TOO_LARGE', 'The answer is larger than a call of this guest may carry');
}

export function checkRoom(pending: number): void {
  if (pending < MAX_PENDING_CALLS) return;
  throw portError('TOO_MANY', 'Too many calls are waiting for the guest');
}
