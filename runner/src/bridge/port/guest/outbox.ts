import { primordials } from '../../../guest/captured.ts';
import { hardened, list } from '../../../guest/interface.ts';
import { BATCH_LENGTH, BATCH_VALUES, MAX_QUEUED, MAX_UNSENT } from './bounds.ts';

const { promiseThen, resolvedPromise } = primordials;

/** So often a batch waits for one more round of microtasks, as long as each brings messages. */
const MAX_ROUNDS = 8;

/**
 * Messages on their way out: those of one turn cross together. What the host has not acknowledged
 * is bounded; the rest waits here, in the memory that is the guest's own.
 */
export class Outbox {
  readonly #post: (text: string) => void;
  readonly #settled = hardened(resolvedPromise());
  readonly #onTurn = (): void => this.#turn();
  #batch = '';
  #batchValues = 0;
  #isScheduled = false;
  #rounds = 0;
  /** Messages of this batch, and how many there were at the last look. */
  #messages = 0;
  #seen = 0;
  #frames = list<string>();
  #head = 0;
  #queued = 0;
  #unsent = 0;
  isClosed = false;

  constructor(post: (text: string) => void) {
    this.#post = post;
  }

  /** What waits, here and with the host, in UTF-16 units. */
  get waiting(): number {
    return this.#unsent + this.#queued + this.#batch.length;
  }

  get isFull(): boolean {
    return this.waiting > MAX_QUEUED;
  }

  /** Whether there is no room for what may as well be dropped. */
  get isBusy(): boolean {
    return this.waiting > MAX_UNSENT;
  }

  add(message: string, values: number): void {
    if (this.isClosed) return;
    const isOver =
      this.#batch.length + message.length > BATCH_LENGTH ||
      this.#batchValues + values > BATCH_VALUES;
    if (isOver && this.#batch !== '') this.flush();
    this.#batch = this.#batch === '' ? message : `${this.#batch},${message}`;
    this.#batchValues += values;
    this.#messages++;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    promiseThen(this.#settled, this.#onTurn);
  }

  /** Sends what was added, without waiting for the end of the turn. */
  flush(): void {
    if (this.#batch === '') return;
    const frame = `[${this.#batch}]`;
    this.#batch = '';
    this.#batchValues = 0;
    this.#messages = 0;
    this.#seen = 0;
    this.#frames[this.#frames.length] = frame;
    this.#queued += frame.length;
    this.#pump();
  }

  sent(length: number): void {
    this.#unsent = length < this.#unsent ? this.#unsent - length : 0;
    this.#pump();
  }

  #turn(): void {
    if (this.#messages > this.#seen && this.#rounds < MAX_ROUNDS) {
      this.#seen = this.#messages;
      this.#rounds++;
      promiseThen(this.#settled, this.#onTurn);
      return;
    }
    this.#isScheduled = false;
    this.#rounds = 0;
    this.flush();
  }

  #pump(): void {
    while (this.#head < this.#frames.length && this.#unsent < MAX_UNSENT && !this.isClosed) {
      const frame = this.#frames[this.#head]!;
      this.#frames[this.#head++] = '';
      this.#queued -= frame.length;
      this.#unsent += frame.length;
      try {
        this.#post(frame);
      } catch {
        // The host is gone: the process ends this isolate.
        this.isClosed = true;
      }
    }
    if (this.#head < this.#frames.length) return;
    this.#frames = list<string>();
    this.#head = 0;
  }
}
